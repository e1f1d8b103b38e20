"""A libtorrent session as a program: takes a line of JSON, answers with one, and ends with its input.

`python3 -m clients.session INTERFACES TORRENT FOLDER`, where INTERFACES is libtorrent's `listen_interfaces`. The words
that it takes are `status`, `leave` and `join`; each is answered with the state after it.
"""

import json
import sys

import libtorrent

SETTINGS = {
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


def main(interfaces, torrent, folder):
    session = libtorrent.session({**SETTINGS, "listen_interfaces": interfaces})
    add = libtorrent.add_torrent_params()
    add.ti = libtorrent.torrent_info(torrent)
    add.save_path = folder
    add.flags &= ~libtorrent.torrent_flags.auto_managed
    add.flags &= ~libtorrent.torrent_flags.paused
    add.flags |= libtorrent.torrent_flags.disable_pex
    handle = session.add_torrent(add)
    log = []
    for line in sys.stdin:
        word = json.loads(line)
        if word == "leave":
            handle.pause()
        elif word == "join":
            handle.resume()
        log = [*log, *(f"{type(a).__name__}: {a.message()}" for a in session.pop_alerts())][-8:]
        status = handle.status()
        state = {
            "seeding": status.is_seeding,
            "uploaded": status.total_payload_upload,
            # what it announces: without what came twice or was broken
            "downloaded": status.total_payload_download - status.total_redundant_bytes - status.total_failed_bytes,
            "log": log,
        }
        print(json.dumps(state), flush=True)
    session.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
