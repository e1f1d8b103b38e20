"""aria2, steered over its JSON-RPC."""

import base64
import json
from pathlib import Path

from common.network import HERE
from common.process import Process, free_port, wait_until

from .peer import Peer, Totals


class Aria2(Peer):
    def scheme(self, wanted):
        # it speaks UDP to trackers over IPv4 alone
        return wanted if self.host.addresses_of("IPv4") else "http"

    def start(self, torrent, save):
        self.rpc = free_port()
        self.had = any(Path(save).iterdir())
        here = ["--interface=127.0.0.1", "--bt-external-ip=127.0.0.1"] if self.host is HERE else []
        no_ipv6 = "false" if self.host.addresses_of("IPv6") else "true"
        words = [
            "aria2c",
            "--no-conf=true",
            "--enable-rpc=true",
            "--rpc-listen-all=false",
            f"--rpc-listen-port={self.rpc}",
            "--rpc-secret=lab",
            "--rpc-save-upload-metadata=false",
            f"--listen-port={free_port()}",
            f"--dht-listen-port={free_port()}",
            # UDP trackers share the DHT's socket: without a DHT there are none
            "--enable-dht=true",
            f"--dht-file-path={self.folder / 'dht.dat'}",
            "--dht-message-timeout=1",
            "--enable-dht6=false",
            "--bt-enable-lpd=false",
            "--enable-peer-exchange=false",
            f"--disable-ipv6={no_ipv6}",
            *here,
            "--follow-torrent=false",
            "--file-allocation=none",
            "--check-integrity=true",
            "--bt-seed-unverified=false",
            "--seed-ratio=0.0",
            "--seed-time=9999",
            "--summary-interval=0",
            "--console-log-level=notice",
            f"--log={self.folder / 'aria2.debug'}",
            "--log-level=info",
            f"--dir={save}",
        ]
        self.process = Process(self.host.command(words), self.folder / "aria2.log")
        wait_until(self._answers, 60, "aria2's RPC")
        self.torrent = base64.b64encode(Path(torrent).read_bytes()).decode()
        self.join()

    def join(self):
        self.gid = self._call("addTorrent", self.torrent)

    def _answers(self):
        self.process.require_alive()
        try:
            return self._call("getVersion")
        except OSError:
            return False

    def _call(self, method, *parameters):
        request = {"jsonrpc": "2.0", "id": "1", "method": f"aria2.{method}", "params": ["token:lab", *parameters]}
        _, _, answer = self.host.ask(self.rpc, "POST", "/jsonrpc", json.dumps(request).encode())
        return json.loads(answer)["result"]

    def _status(self):
        return self._call("tellStatus", self.gid)

    def complete(self):
        self.process.require_alive()
        status = self._status()
        return status["status"] == "active" and status.get("seeder") == "true" and "verifiedLength" not in status

    def totals(self):
        # the RPC has no sum of received bytes, but from one peer nothing arrives twice
        status = self._status()
        return Totals(int(status["uploadLength"]), 0 if self.had else int(status["completedLength"]))

    def leave(self):
        self._call("remove", self.gid)

    def state(self):
        try:
            status = self._status()
            keys = ("status", "errorMessage", "completedLength", "connections", "seeder")
            # the tracker's words are in its log alone
            with open(self.folder / "aria2.debug", errors="replace") as log:
                said = [line.strip() for line in log if "failure reason" in line or "error_string" in line][-1:]
            return f"{ {key: status.get(key) for key in keys} } {said}"
        except (OSError, KeyError) as error:
            return f"{error}; {self.process.tail(600)}"
