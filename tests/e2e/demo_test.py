#!/usr/bin/python3
"""The demo as a customer runs it, and the README's example against what it leaves up."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEMO = os.path.join(SOURCE, "scripts", "demo.py")
PROMISED = ["STARLIFT_API", "STARLIFT_API_KEY", "STARLIFT_CA_FILE", "STARLIFT_ADMIN", "SANDBOX_URL",
            "DATABASE_URL", "REDIS_URL", "WALLET_MNEMONIC_FILE", "FRAGMENT_COOKIES_FILE", "STARLIFT_OPERATOR",
            "WITNESS_URL"]


def run(*argv):
    return subprocess.run(argv, cwd=SOURCE, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)


def example(state):
    """The README's Python, with its state folder replaced by ours."""
    with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as file:
        code = re.search(r"```python\n(.*?)```", file.read(), re.DOTALL).group(1)
    assert '"/tmp/starlift"' in code
    return code.replace('"/tmp/starlift"', repr(state))


class DemoTest(unittest.TestCase):
    def test_plain_run_leaves_nothing_behind(self):
        before = set(os.listdir(tempfile.gettempdir()))
        done = run(DEMO)
        self.assertEqual(done.returncode, 0, done.stdout)
        for state in ("CREATED", "QUEUED", "INVOICED", "PAYING", "PAID", "DELIVERED"):
            self.assertRegex(done.stdout, r"\d s\s+%s" % state)
        self.assertRegex(done.stdout, r"transaction  [0-9a-f]{64}")
        self.assertIn("6 signatures accepted", done.stdout)
        left = {name for name in os.listdir(tempfile.gettempdir()) if name.startswith("starlift-")} - before
        self.assertEqual(left, set())

    def test_kept_up_used_and_ended(self):
        # Removed after the stack in it was ended, also when the test fails on the way.
        parent = tempfile.TemporaryDirectory()
        self.addCleanup(parent.cleanup)
        state = os.path.join(parent.name, "state")
        done = run(DEMO, "--keep", "--state", state)
        self.addCleanup(run, DEMO, "--stop", "--state", state)
        self.assertEqual(done.returncode, 0, done.stdout)
        with open(os.path.join(state, "endpoints.env"), encoding="utf-8") as file:
            endpoints = dict(line.strip().split("=", 1) for line in file)
        self.assertEqual(list(endpoints), PROMISED)
        self.assertEqual(os.stat(os.path.join(state, "endpoints.env")).st_mode & 0o777, 0o600)
        for name in ("WALLET_MNEMONIC_FILE", "FRAGMENT_COOKIES_FILE"):
            self.assertEqual(os.stat(endpoints[name]).st_mode & 0o777, 0o600)
        self.assertRegex(endpoints["STARLIFT_API"], r"^[\w.]+:\d+$")
        with open(os.path.join(state, "pids"), encoding="utf-8") as file:
            pids = [int(line.split()[1]) for line in file]

        bought = run(sys.executable, "-c", example(state))
        self.assertEqual(bought.returncode, 0, bought.stdout)
        self.assertRegex(bought.stdout.splitlines()[-1], r"^order\.delivered [0-9a-f]{64}$")

        again = run(DEMO, "--keep", "--state", state)
        self.assertEqual(again.returncode, 2, again.stdout)
        ended = run(DEMO, "--stop", "--state", state)
        self.assertEqual(ended.returncode, 0, ended.stdout)
        for pid in pids:
            self.assertFalse(os.path.exists("/proc/%d" % pid) and not self.is_zombie(pid), pid)
        self.assertEqual(os.listdir(state), ["logs"])

    @staticmethod
    def is_zombie(pid):
        with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"


if __name__ == "__main__":
    unittest.main()
