"""Runs the matrix of transfers: `python3 -m clients [WORD…]` runs the cases whose name holds every word."""

import concurrent.futures
import os
import shutil
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from common import bencode, process
from common.process import wait_until
from common.relay import Relay
from common.report import Report
from common.skep import Skep
from common.torrents import PIECE, only_tracker, payload, torrent_by_libtorrent, torrent_v1, trackers

from .aria2 import Aria2
from .libtorrent import Libtorrent
from .qbittorrent import QBittorrent
from .rtorrent import RTorrent
from .transmission import Transmission

CLIENTS = {
    "libtorrent": Libtorrent,
    "transmission": Transmission,
    "aria2": Aria2,
    "qbittorrent": QBittorrent,
    "rtorrent": RTorrent,
}

#: how long after the last announce the site may lag behind
LAG = 5.0
#: patience with clients on a busy machine
PATIENCE = 90


@dataclass
class Case:
    seeder: str
    leecher: str
    scheme: str
    forum: str
    version: str
    many: bool = False

    def __str__(self):
        return f"{self.seeder} to {self.leecher}, {self.scheme}, {self.forum}, {self.version}"


def cases():
    """Every client as seeder and as leecher, over HTTP and UDP, in private and public forums; v2 where it is spoken.

    Only libtorrent and qBittorrent send the passkey over UDP, so the others meet UDP in a public forum.
    Transmission does not dial 127.0.0.1: as a leecher it is dialled.
    """
    lab = [
        # HTTP with a passkey: each client in each role
        ("libtorrent", "transmission", "http", "private", "v1"),
        ("transmission", "libtorrent", "http", "private", "v1"),
        ("libtorrent", "aria2", "http", "private", "v1"),
        ("aria2", "libtorrent", "http", "private", "v1"),
        ("libtorrent", "qbittorrent", "http", "private", "v1"),
        ("qbittorrent", "libtorrent", "http", "private", "v1"),
        ("libtorrent", "rtorrent", "http", "private", "v1"),
        ("rtorrent", "libtorrent", "http", "private", "v1"),
        # HTTP in a public forum: the clients among themselves
        ("transmission", "aria2", "http", "public", "v1"),
        ("rtorrent", "qbittorrent", "http", "public", "v1"),
        ("qbittorrent", "transmission", "http", "public", "v1"),
        ("aria2", "rtorrent", "http", "public", "v1"),
        # UDP with a passkey (BEP 41)
        ("libtorrent", "qbittorrent", "udp", "private", "v1"),
        ("qbittorrent", "libtorrent", "udp", "private", "v1"),
        # UDP in a public forum: each client in each role
        ("transmission", "rtorrent", "udp", "public", "v1"),
        ("rtorrent", "qbittorrent", "udp", "public", "v1"),
        ("qbittorrent", "aria2", "udp", "public", "v1"),
        ("aria2", "libtorrent", "udp", "public", "v1"),
        ("libtorrent", "transmission", "udp", "public", "v1"),
        # hybrid: spoken as v2 by two, as v1 by the others
        ("libtorrent", "qbittorrent", "http", "private", "hybrid"),
        ("qbittorrent", "libtorrent", "udp", "public", "hybrid"),
        ("libtorrent", "rtorrent", "http", "private", "hybrid"),
        # v2 alone
        ("libtorrent", "qbittorrent", "http", "private", "v2"),
        ("qbittorrent", "libtorrent", "udp", "private", "v2"),
        ("libtorrent", "libtorrent", "udp", "public", "v2"),
    ]
    # every third torrent is a folder of several files
    return [Case(*row, many=number % 3 == 0) for number, row in enumerate(lab)]


class Lab:
    """The site under test with its forums, and what every case needs of it."""

    def __init__(self, folder, report):
        self.folder, self.report = Path(folder), report
        self.relay, self.hashes = Relay(), {}
        self.skep = Skep(self.folder / "skep", environment=self.public_addresses())
        self.skep.start()
        self.relay.forward_to(self.skep.http_tracker, self.skep.udp_tracker)
        self.admin = self.skep.add_user("keeper", "read,download,account,post,admin", admin=True)
        self.forums = {
            "private": self.skep.add_forum(self.admin.token, "Members only", "force"),
            "public": self.skep.add_forum(self.admin.token, "Open shelves", "allow"),
        }

    def public_addresses(self):
        """The relay as the tracker's public address, so that what clients announce is on record."""
        return {
            "SKEP_TRACKER__PUBLIC_HTTP": "http://%s:%d" % self.relay.http,
            "SKEP_TRACKER__PUBLIC_UDP": "udp://%s:%d" % self.relay.udp,
        }

    def run(self, number, case):
        folder = self.folder / f"case-{number}"
        peers = []
        try:
            self.transfer(number, case, folder, peers)
        except Exception as error:
            states = [f"{type(peer).__name__}: {peer.state()}" for peer in peers]
            if not isinstance(error, AssertionError):
                traceback.print_exc()
            said = [f"{s.asked_at:.1f} {s.scheme} {s.peer[:8].decode(errors='replace')} {s.event} up {s.uploaded} "
                    f"down {s.downloaded} left {s.left}" for s in self.relay.said(self.hashes.get(number, ()))]
            self.report.fail(str(case), f"{error}\n  " + "\n  ".join([*said, *states]))
        finally:
            for peer in peers:
                try:
                    peer.end()
                except Exception:
                    traceback.print_exc()
        shutil.rmtree(folder, ignore_errors=True)

    def transfer(self, number, case, folder, peers):
        began = time.monotonic()
        skep, size = self.skep, 3 * 1024 * 1024 + 4321 + number
        uploader = skep.add_user(f"seed{number}")
        member = skep.add_user(f"leech{number}")
        for user in (uploader, member):
            skep.me(user)

        # the uploader posts what they have
        source, name = folder / "seed", f"release-{number}"
        files = payload(source, name, size, number, case.many)
        private = case.forum == "private"
        # a private one comes from elsewhere, with a tracker that must not survive here
        elsewhere = "http://127.0.0.1:9/elsewhere/announce" if private else None
        if case.version == "v1":
            torrent, wire = torrent_v1(source, name, private, elsewhere)
        else:
            torrent, wire = torrent_by_libtorrent(source, name, private, case.version, elsewhere)
        self.hashes[number] = wire
        topic = skep.add_topic(uploader.token, self.forums[case.forum], name, torrent)["topic_id"]

        # both download the .torrent as members do
        downloaded = {}
        for user in (uploader, member):
            data = skep.download(topic, user.token)
            self.handed_out(data, torrent, user, private)
            path = folder / f"{user.name}.torrent"
            path.write_bytes(only_tracker(data, case.scheme))
            downloaded[user.name] = path

        target = folder / "leech"
        target.mkdir()
        seeder = CLIENTS[case.seeder](folder / "seeder")
        leecher = CLIENTS[case.leecher](folder / "leecher")
        peers += [seeder, leecher]

        def counters(*expected):
            return lambda: skep.counters(topic, uploader.token) == expected

        def shows():
            return f"counters are {skep.counters(topic, uploader.token)}"

        def start_seeder():
            seeder.start(downloaded[uploader.name], source)
            wait_until(seeder.complete, PATIENCE, lambda: f"seeder ready: {seeder.state()}")

        def start_leecher():
            leecher.start(downloaded[member.name], target)

        # whoever can dial comes second, so that the other is there to be dialled
        if leecher.dials_loopback:
            start_seeder()
            wait_until(counters(1, 0, 0), PATIENCE, lambda: f"one seeder: {shows()}")
            start_leecher()
        else:
            start_leecher()
            wait_until(counters(0, 1, 0), PATIENCE, lambda: f"one leecher: {shows()}")
            start_seeder()
        wait_until(leecher.complete, PATIENCE, lambda: f"payload complete: {leecher.state()}")

        # the files are equal
        for file in files:
            got, sent = target / file.relative_to(source), file.read_bytes()
            # clients write behind
            wait_until(lambda: got.is_file() and got.read_bytes() == sent, PATIENCE, f"{got} equal to what was seeded")

        # the topic follows the last announce
        completed = wait_until(
            lambda: [s for s in self.relay.said(wire) if s.left == 0 and s.event == "completed"],
            PATIENCE,
            "the leecher's announce that it completed",
        )
        self.settles(counters(2, 0, 1), completed[-1].answered_at, shows)

        # what the clients count themselves; some refresh their figures every second or two
        wait_until(lambda: leecher.totals().downloaded >= size, PATIENCE, lambda: f"figures: {leecher.totals()}")
        wait_until(lambda: seeder.totals().uploaded >= size, PATIENCE, lambda: f"figures: {seeder.totals()}")
        own = {uploader.name: seeder.totals(), member.name: leecher.totals()}

        # both leave, the leecher first; the counters and both users' bytes follow
        leecher.leave()
        gone = self.stopped(wire, 1)
        self.settles(counters(1, 0, 1), gone, shows)
        seeder.leave()
        gone = self.stopped(wire, 2)
        self.settles(counters(0, 0, 1), gone, shows)

        told = self.told(wire, (uploader, member))
        if case.scheme == "http" or (seeder.urldata and leecher.urldata):
            self.plausible(case, size, told[uploader.name], told[member.name])
            if own != told:
                raise AssertionError(f"clients count {own} but announced {told}")

        def users():
            return {u.name: (me["uploaded"], me["downloaded"]) for u in (uploader, member) for me in [skep.me(u)]}

        self.settles(lambda: users() == told, gone, lambda: f"users have {users()}, clients announced {told}")
        self.report.ok(str(case), f"{time.monotonic() - began:.1f} s")

    def handed_out(self, data, uploaded, user, private):
        """The `.torrent` as a member gets it: the same info dictionary, and no tracker but ours, with their key."""
        if bencode.span(data, b"info") != bencode.span(uploaded, b"info"):
            raise AssertionError("the info dictionary is not the uploaded one, byte for byte")
        ours = ("http://%s:%d/" % self.relay.http, "udp://%s:%d/" % self.relay.udp)
        for url in trackers(data):
            if not url.startswith(ours) or (private and user.passkey not in url):
                raise AssertionError(f"{user.name}'s .torrent names {url}")

    def plausible(self, case, size, given, taken):
        """What the clients announced fits the payload, so that equal sums cannot be equally wrong."""
        # v2 and hybrid payloads are padded to whole blocks and pieces, and some clients count the padding;
        # Transmission counts the 13 bytes before each block it sends
        padding = 3 * PIECE if case.version != "v1" else 0
        headers = (size // 16384 + 4) * 13 if case.seeder == "transmission" else 0
        if given[1] or taken[0] or not (
            size <= taken[1] <= size + padding and size <= given[0] <= size + padding + headers
        ):
            raise AssertionError(f"clients announced {given} and {taken} for a payload of {size} bytes")

    def settles(self, condition, since, shows):
        """Waits until the site says so; it must have been within LAG of `since`, give or take what looking takes."""
        slowest = 0.0

        def timed():
            nonlocal slowest
            began = time.monotonic()
            held = condition()
            slowest = max(slowest, time.monotonic() - began)
            return held

        began = time.monotonic()
        wait_until(timed, 30, shows, every=0.4)
        took = time.monotonic() - max(since, began)
        if took > LAG + 1.0 + 3 * slowest:
            raise AssertionError(f"right only {took:.1f} s after the last announce")

    def stopped(self, wire, clients):
        """When the last of `clients` peers had its `stopped` answered."""

        def answered():
            # a hybrid torrent is announced under both hashes
            last = {(s.peer, s.hash): s for s in self.relay.said(wire)}
            left = {peer for peer, _ in last} - {s.peer for s in last.values() if s.event != "stopped"}
            return [s for s in last.values() if s.peer in left] if len(left) >= clients else None

        return max(s.answered_at for s in wait_until(answered, PATIENCE, f"{clients} clients stopped"))

    def told(self, wire, users):
        """What the clients of each user announced in sum: {name: (uploaded, downloaded)}."""
        sums = {}
        for user in users:
            last = {s.peer: s for s in self.relay.said(wire) if user.passkey in s.path}
            sums[user.name] = (sum(s.uploaded for s in last.values()), sum(s.downloaded for s in last.values()))
        return sums


def main(words):
    process.end_on_signals()
    report = Report("clients")
    chosen = [(n, case) for n, case in enumerate(cases()) if all(word in str(case) for word in words)]
    missing = [c for c, program in (("transmission", "transmission-daemon"), ("aria2", "aria2c"),
               ("qbittorrent", "qbittorrent-nox"), ("rtorrent", "rtorrent")) if not shutil.which(program)]
    if missing:
        raise SystemExit(f"not installed: {', '.join(missing)} (see README.md)")
    folder = tempfile.mkdtemp(prefix="skep-clients-")
    try:
        lab = Lab(folder, report)
        workers = int(os.environ.get("E2E_PARALLEL", "3"))
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            for future in [pool.submit(lab.run, number, case) for number, case in chosen]:
                future.result()
        lab.skep.stop()
        report.ok("serve stops cleanly")
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
