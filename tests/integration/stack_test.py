#!/usr/bin/python3
"""How scripts/stack ends what it started, whatever went wrong. Starts no server."""

import os
import signal
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE, "scripts"))

from stack import Stack, stop_recorded  # noqa: E402
from stack import programs  # noqa: E402


class EndProcess(unittest.TestCase):
    def setUp(self):
        self.child = subprocess.Popen(["sleep", "60"])
        self.started = programs.start_time(self.child.pid)

    def tearDown(self):
        self.child.kill()
        self.child.wait()

    def test_ends_the_process(self):
        programs.end_process(self.child.pid, self.started)
        self.assertEqual(self.child.wait(), -signal.SIGTERM)

    def test_another_process_with_the_same_id_lives_on(self):
        programs.end_process(self.child.pid, self.started + 1)
        self.assertIsNone(self.child.poll())

    def test_a_process_that_ends_by_itself_meanwhile_has_ended(self):
        with mock.patch.object(programs.os, "kill", side_effect=ProcessLookupError):
            programs.end_process(self.child.pid, self.started)
        # The same at the second signal, after the patience is over.
        with mock.patch.object(programs.os, "kill", side_effect=[None, ProcessLookupError]):
            programs.end_process(self.child.pid, self.started, seconds=0)


class NamedFolder(unittest.TestCase):
    def setUp(self):
        parent = tempfile.TemporaryDirectory()
        self.addCleanup(parent.cleanup)
        self.folder = os.path.join(parent.name, "state")

    def make(self, *names):
        for name in names:
            path = os.path.join(self.folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write("made\n")

    def test_a_stack_that_could_not_start_leaves_logs_alone(self):
        stack = Stack(os.path.join(self.folder, "no-build"), folder=self.folder)
        with mock.patch.object(stack.postgres, "start"), mock.patch.object(stack.redis, "start"):
            with self.assertRaises(OSError):
                stack.start()
        self.assertTrue(os.path.isdir(os.path.join(self.folder, "keys")))
        self.assertTrue(stack.stop())
        self.assertEqual(os.listdir(self.folder), ["logs"])
        self.assertFalse(os.path.exists(stack.postgres.folder))
        self.assertFalse(os.path.exists(stack.redis.folder))

    def test_stop_removes_what_was_made_and_nothing_else(self):
        stack = Stack(self.folder, folder=self.folder)
        self.make("keys/wallet", "tls/ca.pem", "stubs/a.py", "logs/api.log", "api.toml", "worker-1.toml",
                  "mnemonic", "cookies", "mine.txt")
        stack.stop()
        self.assertEqual(sorted(os.listdir(self.folder)), ["logs", "mine.txt"])

    def test_the_folder_is_cleared_though_a_program_cannot_be_ended(self):
        stack = Stack(self.folder, folder=self.folder)
        self.make("keys/wallet", "logs/api.log")
        stack.api = mock.Mock()
        stack.api.stop.side_effect = PermissionError
        with self.assertRaises(PermissionError):
            stack.stop()
        self.assertEqual(os.listdir(self.folder), ["logs"])
        self.assertFalse(os.path.exists(stack.postgres.folder))

    def test_what_was_left_up_is_removed_though_its_programs_are_gone(self):
        self.make("keys/wallet", "logs/api.log")
        gone = subprocess.Popen(["true"])
        gone.wait()
        for name, text in (("pids", "api %d 1\n" % gone.pid), ("folders", "")):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        self.assertEqual(stop_recorded(self.folder), ["api"])
        self.assertEqual(os.listdir(self.folder), ["logs"])


if __name__ == "__main__":
    unittest.main()
