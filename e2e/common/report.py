"""One line per check, and the summary every suite ends with."""

import os
import sys
import threading
import time


class Report:
    """Counts checks; `finish` prints `N passed, N failed` and gives the exit status."""

    def __init__(self, suite):
        self.suite = suite
        self.passed = 0
        self.failures = []
        self.skipped = []
        self.started = time.monotonic()
        self._lock = threading.Lock()

    def ok(self, name, note=""):
        with self._lock:
            self.passed += 1
            print(f"ok   {name}" + (f"  ({note})" if note else ""), flush=True)

    def fail(self, name, why):
        with self._lock:
            self.failures.append((name, why))
            print(f"FAIL {name}: {why}", flush=True)

    def skip(self, name, why):
        """Something that this machine cannot run, which is said loudly; where `CI` is set it is a failure."""
        if os.environ.get("CI"):
            return self.fail(name, why)
        with self._lock:
            self.skipped.append((name, why))
            print(f"SKIP {name}: {why}", flush=True)

    def check(self, name, condition, why=""):
        """Counts `name` as passed when `condition` holds."""
        if condition:
            self.ok(name)
        else:
            self.fail(name, why() if callable(why) else why)
        return bool(condition)

    def finish(self):
        took = time.monotonic() - self.started
        if self.failures:
            print(f"\n{self.suite} failures:")
            for name, why in self.failures:
                print(f"  {name}: {why.splitlines()[0][:300]}")
        for name, why in self.skipped:
            print(f"skipped: {name}: {why}")
        print(f"{self.suite}: {self.passed} passed, {len(self.failures)} failed in {took:.0f} s")
        sys.stdout.flush()
        return 1 if self.failures or not self.passed else 0
