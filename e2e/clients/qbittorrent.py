"""qBittorrent without a window, steered over its Web API."""

import json
import os
import urllib.parse

from common.network import HERE
from common.process import Process, free_port, wait_until
from common.skep import multipart

from .peer import Peer, Totals

SETTINGS = """\
[BitTorrent]
Session\\AddTorrentStopped=false
Session\\BTProtocol=TCP
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=false
Session\\Interface={interface}
Session\\InterfaceName={interface}
Session\\InterfaceAddress={address}
Session\\MultiConnectionsPerIp=true
Session\\SSRFMitigation=false
Session\\AnnounceToAllTrackers=true
Session\\AnnounceToAllTiers=true
Session\\Port={port}
Session\\QueueingSystemEnabled=false
Session\\DefaultSavePath={save}

[LegalNotice]
Accepted=true

[Network]
PortForwardingEnabled=false

[Preferences]
WebUI\\Address=127.0.0.1
WebUI\\Port={rpc}
WebUI\\LocalHostAuth=false
WebUI\\UseUPnP=false
General\\Locale=en
"""


class QBittorrent(Peer):
    urldata = True
    both = True
    words_over_udp = False

    def start(self, torrent, save):
        self.rpc, self.changes = free_port(), 0
        config = self.folder / "qBittorrent" / "config"
        config.mkdir(parents=True)
        # bound to an interface without IPv4 it would dial nobody
        interface = "lo" if self.host is HERE else ""
        address = self.host.addresses[0] if len(self.host.addresses) == 1 else ""
        settings = SETTINGS.format(
            interface=interface, address=address, port=free_port(), rpc=self.rpc, save=save
        )
        (config / "qBittorrent.conf").write_text(settings)
        self.process = Process(
            self.host.command(["qbittorrent-nox", f"--profile={self.folder}"]),
            self.folder / "qbittorrent.log",
            env={**os.environ, "HOME": str(self.folder)},
        )
        wait_until(self._answers, 60, "qBittorrent's Web API")
        kind, body = multipart(
            [("torrents", "t.torrent", open(torrent, "rb").read()), ("savepath", None, str(save).encode())]
        )
        self._call("torrents/add", body, kind)
        wait_until(lambda: self._call("torrents/info"), 30, "qBittorrent to take the torrent")
        self.hash = self._call("torrents/info")[0]["hash"]

    def _answers(self):
        self.process.require_alive()
        try:
            return self._call("app/version")
        except OSError:
            return False

    def _call(self, path, body=None, kind="application/x-www-form-urlencoded"):
        method, headers = ("GET", {}) if body is None else ("POST", {"Content-Type": kind})
        status, _, answer = self.host.ask(self.rpc, method, f"/api/v2/{path}", body, headers)
        text = answer.decode()
        if status != 200:
            raise OSError(f"{path}: {status} {text}")
        return json.loads(text) if text.startswith(("[", "{")) else text

    def _info(self):
        return self._call(f"torrents/info?hashes={self.hash}")[0]

    def complete(self):
        self.process.require_alive()
        info = self._info()
        return info["progress"] == 1 and info["state"] in ("uploading", "stalledUP", "forcedUP")

    def totals(self):
        # the figures are refreshed when something of the torrent changes, and the last block may not be in them
        self.changes += 1
        limit = {"hashes": self.hash, "limit": 1_000_000_000 + self.changes}
        self._call("torrents/setUploadLimit", urllib.parse.urlencode(limit).encode())
        info = self._call(f"torrents/properties?hash={self.hash}")
        # what came twice or was broken is not announced
        return Totals(info["total_uploaded"], info["total_downloaded"] - info["total_wasted"])

    def leave(self):
        self._call("torrents/pause", urllib.parse.urlencode({"hashes": self.hash}).encode())

    def join(self):
        self._call("torrents/resume", urllib.parse.urlencode({"hashes": self.hash}).encode())

    def state(self):
        try:
            trackers = self._call(f"torrents/trackers?hash={self.hash}")
            lines = [(t["url"][:30], t["status"], t["msg"]) for t in trackers if "://" in t["url"]]
            return f"{self._info()['state']} {lines}"
        except (OSError, LookupError) as error:
            return f"{error}; {self.process.tail(600)}"
