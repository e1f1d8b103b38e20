"""Transmission's daemon, steered over its RPC."""

import base64
import json
import urllib.error
import urllib.request

from common.process import Process, free_port, wait_until

from .peer import Peer, Totals


class Transmission(Peer):
    # 3.00 takes addresses of 127.0.0.0/8 from a tracker for martians: the other side must dial
    dials_loopback = False

    def start(self, torrent, save):
        self.rpc, self.session_id = free_port(), ""
        settings = {
            "bind-address-ipv4": "127.0.0.1",
            "bind-address-ipv6": "::1",
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
            ["transmission-daemon", "-f", "-g", str(self.folder), "--log-info"], self.folder / "transmission.log"
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
        for _ in range(2):
            request = urllib.request.Request(
                f"http://127.0.0.1:{self.rpc}/transmission/rpc",
                json.dumps({"method": method, "arguments": arguments}).encode(),
                {"X-Transmission-Session-Id": self.session_id},
            )
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    body = json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code != 409:
                    raise
                self.session_id = error.headers["X-Transmission-Session-Id"]
                continue
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

    def end(self):
        self.process.stop(10)

    def state(self):
        try:
            stats = self._get("status", "errorString", "trackerStats", "peers")
            trackers = [(t["announce"].split("?")[0][:30], t["lastAnnounceResult"]) for t in stats["trackerStats"]]
            return f"status {stats['status']} {stats['errorString']} {trackers} peers {len(stats['peers'])}"
        except (OSError, AssertionError) as error:
            return f"{error}; {self.process.tail(600)}"
