"""Transmission's daemon, steered over its RPC."""

import base64
import json

from common.network import HERE
from common.process import Process, free_port, wait_until

from .peer import Peer, Totals


class Transmission(Peer):
    def dials(self, scheme):
        # 3.00 takes addresses of 127.0.0.0/8 from a tracker for martians, and what it is told over UDP is IPv4 to it
        # always: the other side must dial
        return self.host is not HERE and (scheme == "http" or not self.host.addresses_of("IPv6"))

    def start(self, torrent, save):
        self.rpc, self.session_id = free_port(), ""
        if self.host.addresses_of("IPv4") == []:
            # its RPC listens on IPv4 alone, and its library not even on 127.0.0.1 where there is no other; this one
            # leads nowhere
            self.host.ip("address add 192.0.2.1/32 dev lo")
        settings = {
            "bind-address-ipv4": "127.0.0.1" if self.host is HERE else "0.0.0.0",
            "bind-address-ipv6": "::1" if self.host is HERE else "::",
            "peer-port": free_port(),
            "peer-port-random-on-start": False,
            "dht-enabled": False,
            "lpd-enabled": False,
            "pex-enabled": False,
            "utp-enabled": False,
            "port-forwarding-enabled": False,
            "rpc-enabled": True,
            "rpc-bind-address": "127.0.0.1",
            "rpc-port": self.rpc,
            "rpc-whitelist-enabled": True,
            "rpc-whitelist": "127.0.0.1",
            "rpc-host-whitelist-enabled": False,
            "download-dir": str(save),
            "incomplete-dir-enabled": False,
            "watch-dir-enabled": False,
            "start-added-torrents": True,
            "encryption": 1,
            "ratio-limit-enabled": False,
        }
        (self.folder / "settings.json").write_text(json.dumps(settings))
        self.process = Process(
            self.host.command(["transmission-daemon", "-f", "-g", str(self.folder), "--log-info"]),
            self.folder / "transmission.log",
        )
        wait_until(self._answers, 60, "Transmission's RPC")
        metainfo = base64.b64encode(open(torrent, "rb").read()).decode()
        added = self._call("torrent-add", metainfo=metainfo, **{"download-dir": str(save)})
        self.torrent = added["torrent-added"]["id"]

    def _answers(self):
        self.process.require_alive()
        try:
            return self._call("session-get") is not None
        except OSError:
            return False

    def _call(self, method, **arguments):
        request = json.dumps({"method": method, "arguments": arguments}).encode()
        for _ in range(2):
            known = {"X-Transmission-Session-Id": self.session_id}
            status, headers, answer = self.host.ask(self.rpc, "POST", "/transmission/rpc", request, known)
            if status == 409:
                self.session_id = headers["x-transmission-session-id"]
                continue
            body = json.loads(answer)
            if body["result"] != "success":
                raise AssertionError(f"{method}: {body['result']}")
            return body["arguments"]
        raise AssertionError(f"{method}: the session id is not accepted")

    def _get(self, *fields):
        return self._call("torrent-get", ids=[self.torrent], fields=fields)["torrents"][0]

    def complete(self):
        self.process.require_alive()
        torrent = self._get("leftUntilDone", "status")
        return torrent["leftUntilDone"] == 0 and torrent["status"] == 6

    def totals(self):
        torrent = self._get("uploadedEver", "downloadedEver")
        return Totals(torrent["uploadedEver"], torrent["downloadedEver"])

    def leave(self):
        self._call("torrent-stop", ids=[self.torrent])

    def join(self):
        self._call("torrent-start", ids=[self.torrent])

    def state(self):
        try:
            stats = self._get("status", "errorString", "trackerStats", "peers")
            trackers = [(t["announce"].split("?")[0][:30], t["lastAnnounceResult"]) for t in stats["trackerStats"]]
            return f"status {stats['status']} {stats['errorString']} {trackers} peers {len(stats['peers'])}"
        except (OSError, AssertionError) as error:
            return f"{error}; {self.process.tail(600)}"
