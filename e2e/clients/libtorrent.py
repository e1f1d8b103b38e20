"""libtorrent through its Python binding, in this process."""

import libtorrent

from .peer import Peer, Totals


class Libtorrent(Peer):
    urldata = True

    def start(self, torrent, save):
        self.log = []
        self.session = libtorrent.session(
            {
                "listen_interfaces": "127.0.0.1:0",
                "enable_dht": False,
                "enable_lsd": False,
                "enable_upnp": False,
                "enable_natpmp": False,
                "enable_incoming_utp": False,
                "enable_outgoing_utp": False,
                "allow_multiple_connections_per_ip": True,
                "ssrf_mitigation": False,
                "announce_to_all_trackers": True,
                "announce_to_all_tiers": True,
                "alert_mask": libtorrent.alert.category_t.tracker_notification
                | libtorrent.alert.category_t.error_notification
                | libtorrent.alert.category_t.status_notification,
            }
        )
        add = libtorrent.add_torrent_params()
        add.ti = libtorrent.torrent_info(str(torrent))
        add.save_path = str(save)
        add.flags &= ~libtorrent.torrent_flags.auto_managed
        add.flags &= ~libtorrent.torrent_flags.paused
        add.flags |= libtorrent.torrent_flags.disable_pex
        self.handle = self.session.add_torrent(add)

    def _drain(self):
        self.log += [f"{type(a).__name__}: {a.message()}" for a in self.session.pop_alerts()]

    def complete(self):
        self._drain()
        return self.handle.status().is_seeding

    def totals(self):
        status = self.handle.status()
        return Totals(status.total_payload_upload, status.total_payload_download)

    def leave(self):
        self.handle.pause()

    def end(self):
        self._drain()
        self.session.pause()
        del self.handle
        del self.session

    def state(self):
        self._drain()
        return " | ".join(self.log[-8:])
