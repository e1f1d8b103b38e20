"""libtorrent through its Python binding, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

from common.process import Process

from .peer import Peer, Totals


class Libtorrent(Peer):
    urldata = True
    both = True
    words_over_udp = False

    def start(self, torrent, save):
        interfaces = ",".join(f"[{a}]:0" if ":" in a else f"{a}:0" for a in self.host.addresses)
        self.process = Process(
            self.host.command([sys.executable, "-B", "-m", "clients.session", interfaces, str(torrent), str(save)]),
            self.folder / "libtorrent.log",
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _ask(self, word):
        self.process.require_alive()
        self.process.child.stdin.write(json.dumps(word) + "\n")
        self.process.child.stdin.flush()
        answer = self.process.child.stdout.readline()
        if not answer:
            self.process.child.wait(10)
            self.process.require_alive()
        return json.loads(answer)

    def complete(self):
        return self._ask("status")["seeding"]

    def totals(self):
        state = self._ask("status")
        return Totals(state["uploaded"], state["downloaded"])

    def leave(self):
        self._ask("leave")

    def join(self):
        self._ask("join")

    def state(self):
        try:
            return " | ".join(self._ask("status")["log"][-3:])
        except (OSError, ValueError, AssertionError) as error:
            return f"{error}; {self.process.tail(600)}"
