"""The processes of a stack."""

import os
import signal
import subprocess
import time


def start_time(pid):
    """When the process started, in the kernel's ticks; None when there is none. A process id together
    with this names one process for ever."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
            return None if fields[0] == "Z" else int(fields[19])
    except (FileNotFoundError, ProcessLookupError):
        return None


class Program:
    """One of our programs, restartable, with its output in a log file."""

    def __init__(self, name, argv, log_path):
        self.name, self.argv, self.log_path = name, argv, log_path
        self.process = None

    @property
    def pid(self):
        return self.process.pid

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        return self

    def running(self):
        return self.process is not None and self.process.poll() is None

    def wait_until(self, ready, seconds=30):
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running():
                raise RuntimeError("%s ended at start:\n%s" % (self.name, self.log_tail()))
            if time.monotonic() > deadline:
                raise RuntimeError("%s is not ready:\n%s" % (self.name, self.log_tail()))
            time.sleep(0.05)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def log_tail(self):
        return "\n".join(self.log().splitlines()[-20:])

    def kill(self):
        """SIGKILL: it gets no chance to say a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=30):
        """SIGTERM, and its exit code; None when it had to be killed."""
        if not self.running():
            return self.process.returncode if self.process else 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None


def end_process(pid, started, number=signal.SIGTERM, seconds=30):
    """Ends a process that another run started, if it still is the same one."""
    deadline = time.monotonic() + seconds
    try:
        if start_time(pid) != started:
            return
        os.kill(pid, number)
        while start_time(pid) == started:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
    except ProcessLookupError:
        pass  # it ended between the look and the signal
