"""Child processes that end with the suite, free ports, and waiting for a condition."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

_running = set()
_lock = threading.Lock()


class Timeout(AssertionError):
    """A condition did not come true in time; the message says which."""


def wait_until(condition, seconds, what, every=0.1):
    """The first true value of `condition()`; raises `Timeout` naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Timeout(f"not within {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(every)


_given = set()


def free_port():
    """A port number free for TCP and UDP on 127.0.0.1, and not given out before."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(
            socket.AF_INET, socket.SOCK_DGRAM
        ) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
        with _lock:
            if port not in _given:
                _given.add(port)
                return port


class Process:
    """One child in its own process group; killed with the group when the suite ends, however it ends."""

    def __init__(self, command, log, **options):
        self.name = os.path.basename(command[0])
        self.log = log
        if shutil.which("setpriv"):
            command = ["setpriv", "--pdeathsig", "KILL", "--", *command]
        options.setdefault("stdin", subprocess.DEVNULL)
        with open(log, "ab") as out:
            options.setdefault("stdout", out)
            options.setdefault("stderr", out)
            self.child = subprocess.Popen(command, start_new_session=True, **options)
        with _lock:
            _running.add(self)

    def alive(self):
        return self.child.poll() is None

    def require_alive(self):
        """True, or an AssertionError with the end of the child's log."""
        if not self.alive():
            raise AssertionError(f"{self.name} ended with {self.child.returncode}: {self.tail()}")
        return True

    def tail(self, size=2000):
        """The end of what the child logged."""
        try:
            with open(self.log, "rb") as log:
                return log.read()[-size:].decode(errors="replace")
        except OSError:
            return ""

    def send(self, number):
        try:
            os.killpg(self.child.pid, number)
        except ProcessLookupError:
            pass

    def kill(self):
        """kill -9 of the whole group, and wait."""
        self.send(signal.SIGKILL)
        self.child.wait()
        with _lock:
            _running.discard(self)

    def stop(self, seconds=15, number=signal.SIGTERM):
        """Asks to end, waits up to `seconds`, then kills; the exit status, or None when it had to be killed."""
        if self.alive():
            os.kill(self.child.pid, number)
        try:
            status = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        self.kill()
        return status


def end_all():
    """Kills every child that still runs."""
    for process in list(_running):
        process.kill()


atexit.register(end_all)


def end_on_signals():
    """Makes SIGTERM and SIGHUP leave through `sys.exit`, so that children are ended too."""

    def leave(number, _frame):
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)
