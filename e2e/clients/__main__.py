"""Runs the matrix of transfers: `python3 -m clients [WORD…]` runs the cases whose name holds every word."""

import concurrent.futures
import os
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from common import process
from common.network import Network, Unavailable
from common.report import Report

from .bare import Bare
from .cases import cases
from .site import Site
from .transfer import Transfer

PROGRAMS = {
    "transmission": "transmission-daemon",
    "aria2": "aria2c",
    "qbittorrent": "qbittorrent-nox",
    "rtorrent": "rtorrent",
}


class Lab:
    """The trackers under test, as far as the chosen cases need them."""

    def __init__(self, folder, report, chosen):
        self.folder, self.report = Path(folder), report
        self.network, self.trackers = None, {}
        if any(case.families for _, case in chosen):
            try:
                self.network = Network(self.folder / "network")
            except Unavailable as why:
                report.skip("transfers over IPv6", str(why))
                chosen = [(number, case) for number, case in chosen if not case.families]
        self.chosen = chosen
        for _, case in chosen:
            key = self.key(case)
            if key not in self.trackers:
                kind, network = key
                place, folder = (self.network, "network") if network else (None, "loopback")
                folder = self.folder / f"{kind}-{folder}"
                self.trackers[key] = Site(folder, place) if kind == "site" else Bare(folder, kind, place)

    @staticmethod
    def key(case):
        return ("site" if case.site else case.access, bool(case.families))

    def run(self, number, case):
        began = time.monotonic()
        folder = self.folder / f"case-{number}"
        transfer = Transfer(
            number, case, self.trackers[self.key(case)], self.network if case.families else None, folder
        )
        try:
            transfer.run()
            self.report.ok(str(case), f"{time.monotonic() - began:.1f} s")
            shutil.rmtree(folder, ignore_errors=True)
        except Exception as error:
            if not isinstance(error, AssertionError):
                traceback.print_exc()
            self.report.fail(str(case), "\n  ".join([str(error), *transfer.states()]))
        finally:
            for error in transfer.end():
                traceback.print_exception(error)

    def stop(self):
        for tracker in self.trackers.values():
            tracker.skep.stop()
        self.report.ok("all trackers stop cleanly")


def main(words):
    process.end_on_signals()
    report = Report("clients")
    chosen = [(n, case) for n, case in enumerate(cases()) if all(word in str(case) for word in words)]
    missing = [client for client, program in PROGRAMS.items() if not shutil.which(program)]
    if missing:
        raise SystemExit(f"not installed: {', '.join(missing)} (see README.md)")
    folder = tempfile.mkdtemp(prefix="skep-clients-")
    try:
        lab = Lab(folder, report, chosen)
        workers = int(os.environ.get("E2E_PARALLEL", "8"))
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            # the slowest first: they wait for the most part
            ordered = sorted(lab.chosen, key=lambda chosen: "transmission" not in str(chosen[1]))
            for future in [pool.submit(lab.run, number, case) for number, case in ordered]:
                future.result()
        lab.stop()
    except Exception as error:
        traceback.print_exc()
        report.fail("the lab", str(error))
    finally:
        process.end_all()
        if report.failures:
            print(f"logs kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
