#!/usr/bin/python3
"""Private PostgreSQL and Redis servers: own folder, free loopback ports, gone when done.

  scripts/private_services.py run -- COMMAND…

runs COMMAND with STARLIFT_TEST_DATABASE_URL, STARLIFT_TEST_WITNESS_URL (another database of the same
server) and STARLIFT_TEST_REDIS (host:port) set, and ends with its exit code. Nothing of the machine's own servers is used or touched.
"""

import argparse
import glob
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

START_SECONDS = 30
STOP_SECONDS = 20


def free_port():
    """A loopback port that nobody listens on, outside the range of outgoing connections."""
    while True:
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def accepts(port):
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """One server process in a session of its own, so that a signal reaches its children as well."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = folder
        self.port = free_port()
        self.log_path = os.path.join(folder, name + ".log")
        self.process = None

    @property
    def pid(self):
        return self.process.pid if self.process else None

    def _spawn(self, argv, **options):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **options)

    def _wait_until(self, ready):
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("%s did not start; see %s" % (self.name, self.log_path))
            time.sleep(0.05)

    def _end(self, number, group=False):
        if self.process is None:
            return
        try:
            if group:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)
            self.process.wait(STOP_SECONDS)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def kill(self):
        """SIGKILL to the server and all its children: what a power failure looks like to it."""
        self._end(signal.SIGKILL, group=True)

    def restart(self):
        self.stop()
        self.start()


class PrivatePostgres(Server):
    """PostgreSQL with its default durability (fsync on)."""

    def __init__(self, folder=None):
        self._own_folder = folder is None
        # The postgres user must be able to walk to it, so never below a private folder.
        super().__init__("postgres", folder or tempfile.mkdtemp(prefix="starlift-pg-"))
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
        if not found:
            raise RuntimeError("PostgreSQL is not installed: run scripts/install")
        self._bin = found[-1]
        # PostgreSQL refuses to run as root.
        self._as = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        self.data = os.path.join(self.folder, "data")

    DATABASES = ("starlift", "witness")

    @property
    def url(self):
        return self.url_of("starlift")

    @property
    def witness_url(self):
        return self.url_of("witness")

    def url_of(self, database):
        return "postgresql://starlift@127.0.0.1:%d/%s" % (self.port, database)

    def _tool(self, name, *arguments):
        return subprocess.run([os.path.join(self._bin, name), *arguments], cwd=self.folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **self._as)

    def _create(self):
        if self._as:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        done = self._tool("initdb", "--pgdata", self.data, "--username", "starlift", "--auth", "trust",
                          "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
        if done.returncode != 0:
            raise RuntimeError("initdb failed: " + done.stdout)

    def start(self):
        first = not os.path.exists(self.data)
        if first:
            self._create()
        self._spawn([os.path.join(self._bin, "postgres"), "-D", self.data, "-p", str(self.port),
                     "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + self.folder,
                     "-c", "max_connections=200"], cwd=self.folder, **self._as)
        self._wait_until(self._ready)
        if first:
            for database in self.DATABASES:
                self._tool("createdb", "-h", self.folder, "-p", str(self.port), "-U", "starlift", database)
        return self

    def _ready(self):
        return self._tool("pg_isready", "-q", "-h", self.folder, "-p", str(self.port)).returncode == 0

    def query(self, sql, database="starlift"):
        """The rows' text, unaligned, or RuntimeError."""
        done = self._tool("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", self.url_of(database), "-c", sql)
        if done.returncode != 0:
            raise RuntimeError(done.stdout)
        return done.stdout.strip()

    def dump(self):
        """All databases as text."""
        return "".join(self._tool("pg_dump", "--inserts", self.url_of(database)).stdout
                       for database in self.DATABASES)

    def stop(self):
        self._end(signal.SIGINT)

    def stop_immediate(self):
        """No checkpoint: it recovers from its log when it starts again."""
        self._end(signal.SIGQUIT)

    def remove(self):
        self.stop()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)


class PrivateRedis(Server):
    """Redis with its append-only file, written to disk every second."""

    def __init__(self, folder=None):
        self._own_folder = folder is None
        super().__init__("redis", folder or tempfile.mkdtemp(prefix="starlift-redis-"))

    @property
    def address(self):
        return "127.0.0.1:%d" % self.port

    @property
    def url(self):
        return "redis://" + self.address

    def start(self):
        self._spawn(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder,
                     "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
                     "--daemonize", "no"])
        self._wait_until(lambda: self.command("PING") == "PONG")
        return self

    def command(self, *words):
        done = subprocess.run(["redis-cli", "-p", str(self.port), *words], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return done.stdout.strip()

    def stop(self):
        self._end(signal.SIGTERM)

    stop_immediate = Server.kill

    def remove(self):
        self.stop()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def exit_on_signals():
    """Turns SIGTERM and SIGHUP into SystemExit, so that `finally` runs."""
    def leave(number, _frame):
        sys.exit(128 + number)
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)


def run(command):
    exit_on_signals()
    postgres, redis, child = PrivatePostgres(), PrivateRedis(), None
    try:
        postgres.start()
        redis.start()
        environment = dict(os.environ, STARLIFT_TEST_DATABASE_URL=postgres.url,
                           STARLIFT_TEST_WITNESS_URL=postgres.witness_url,
                           STARLIFT_TEST_REDIS=redis.address)
        child = subprocess.Popen(command, env=environment)
        return child.wait()
    finally:
        if child is not None and child.poll() is None:
            child.terminate()
            child.wait()
        for server in (redis, postgres):
            server.remove()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["run"])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        parser.error("which command?")
    sys.exit(run(command))


if __name__ == "__main__":
    main()
