"""One transfer from its posting to its accounts."""

import time
from dataclasses import dataclass
from pathlib import Path

from common.network import HERE
from common.process import wait_until
from common.torrents import PIECE, payload

from .aria2 import Aria2
from .libtorrent import Libtorrent
from .peer import Totals
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

#: how long after the last announce the tracker may lag behind
LAG = 5.0
#: patience with clients on a busy machine
PATIENCE = 90


@dataclass
class Payload:
    """What is transferred: `files` of together `size` bytes, being `name` in `folder`."""

    folder: Path
    name: str
    size: int
    files: list


class Transfer:
    """A case: a payload, two clients, and what a tracker (a `Site` or a `Bare` one) says of them."""

    def __init__(self, number, case, tracker, network, folder):
        self.number, self.case, self.folder = number, case, Path(folder)
        self.tracker, self.relay, self.network = tracker, tracker.relay, network
        self.hosts, self.peers, self.offer = [], [], None

    def run(self):
        case, folder = self.case, self.folder
        folder.mkdir()
        size, name = 3 * 1024 * 1024 + 4321 + self.number, f"release-{self.number}"
        source, target = folder / "seed", folder / "leech"
        target.mkdir()
        files = payload(source, name, size, self.number, case.many)
        self.payload = Payload(source, name, size, files)
        for role, program, families in zip(
            ("seeder", "leecher"), (case.seeder, case.leecher), case.families or (None, None)
        ):
            host = self.network.host(families) if families else HERE
            self.hosts.append(host)
            self.peers.append(CLIENTS[program](folder / role, host))
        seeder, leecher = self.peers
        self.schemes = [peer.scheme(case.scheme) for peer in self.peers]
        self.offer = self.tracker.offer(self.number, case, folder, self.payload, self.schemes)
        self.offer.open()

        # whoever can dial comes second, so that the other is there to be dialled
        if leecher.dials(self.schemes[1]):
            self.start_seeder()
            self.wait_for("one seeder", 1, 0, 0)
            self.known_by_all_addresses(seeder)
            self.wait_for("still one seeder", 1, 0, 0)
            self.start_leecher()
        else:
            self.start_leecher()
            self.wait_for("one leecher", 0, 1, 0)
            self.start_seeder()
        wait_until(leecher.complete, PATIENCE, lambda: f"payload complete: {leecher.state()}")

        # the files are equal
        for file in files:
            got, sent = target / file.relative_to(source), file.read_bytes()
            # clients write behind
            wait_until(lambda: got.is_file() and got.read_bytes() == sent, PATIENCE, f"{got} equal to what was seeded")

        # the tracker follows the last announce
        self.settles(self.counts(2, 0, 1), self.completed(), self.shows)
        self.known_by_all_addresses(leecher)

        # what the clients count themselves; some refresh their figures every second or two
        wait_until(lambda: leecher.totals().downloaded >= size, PATIENCE, lambda: f"figures: {leecher.totals()}")
        wait_until(lambda: seeder.totals().uploaded >= size, PATIENCE, lambda: f"figures: {seeder.totals()}")
        own = [seeder.totals(), leecher.totals()]
        self.plausible(*own)

        # both leave, the leecher first; the counters and both users' bytes follow
        leecher.leave()
        self.settles(self.counts(1, 0, 1), self.stopped(1), self.shows)
        seeder.leave()
        gone = self.stopped(2)
        self.settles(self.counts(0, 0, 1), gone, self.shows)
        self.accounts(own, gone)

        # whoever is refused in the end is told why
        if why := self.offer.close():
            for peer, scheme in zip(self.peers, self.schemes):
                peer.join()
                words = why if scheme == "http" or peer.words_over_udp else "tracker sent a failure message"
                wait_until(lambda: words in peer.state(), PATIENCE, lambda: f"to be told {words!r}: {peer.state()}")

    def start_seeder(self):
        seeder = self.peers[0]
        seeder.start(self.offer.torrents[0], self.payload.folder)
        wait_until(seeder.complete, PATIENCE, lambda: f"seeder ready: {seeder.state()}")

    def start_leecher(self):
        self.peers[1].start(self.offer.torrents[1], self.folder / "leech")

    # what the tracker has

    def counts(self, *expected):
        return lambda: self.offer.counters() == expected

    def shows(self):
        return f"counters are {self.offer.counters()}"

    def wait_for(self, what, *expected):
        wait_until(self.counts(*expected), PATIENCE, lambda: f"{what}: {self.shows()}")

    def known_by_all_addresses(self, peer):
        """A client with two addresses has announced from both, if it is one that does."""
        if self.network and self.case.site and peer.both:
            wanted = set(peer.host.addresses)
            heard = self.offer.heard_from
            wait_until(lambda: wanted <= heard(), PATIENCE, lambda: f"announces from {wanted}: {heard()}")

    def settles(self, condition, since, shows):
        """Waits until it is so; it must have been within LAG of `since`, give or take what looking takes.

        Without a relay nobody knows since when, and the client's announce may be yet to come.
        """
        slowest = 0.0

        def timed():
            nonlocal slowest
            began = time.monotonic()
            held = condition()
            slowest = max(slowest, time.monotonic() - began)
            return held

        began = time.monotonic()
        wait_until(timed, PATIENCE if since is None else 30, shows, every=0.4)
        if since is not None and time.monotonic() - max(since, began) > LAG + 1.0 + 3 * slowest:
            raise AssertionError(f"right only {time.monotonic() - since:.1f} s after the last announce")

    # what the clients said, where a relay was between

    def said(self):
        return self.relay.said(self.offer.hashes) if self.relay and self.offer else []

    def completed(self):
        """When the leecher's announce that it completed was answered; None without a relay."""
        if not self.relay:
            return None
        what = "the leecher's announce that it completed"
        found = wait_until(
            lambda: [s for s in self.said() if s.left == 0 and s.event == "completed"], PATIENCE, what
        )
        return found[-1].answered_at

    def stopped(self, clients):
        """When the last of `clients` peers had its `stopped` answered; None without a relay."""
        if not self.relay:
            return None

        def answered():
            # a hybrid torrent is announced under both hashes
            last = {(s.peer, s.hash): s for s in self.said()}
            left = {peer for peer, _ in last} - {s.peer for s in last.values() if s.event != "stopped"}
            return [s for s in last.values() if s.peer in left] if len(left) >= clients else None

        return max(s.answered_at for s in wait_until(answered, PATIENCE, f"{clients} clients stopped"))

    def announced(self):
        """What the seeder and the leecher announced in the end; None without a relay."""
        if not self.relay:
            return None
        said = self.said()
        if self.case.site:
            whose = [lambda s, user=user: user.passkey in s.path for user in self.offer.users]
        else:
            lacking = {s.peer for s in said if s.left}
            whose = [lambda s: s.peer not in lacking, lambda s: s.peer in lacking]
        sums = []
        for is_theirs in whose:
            last = {s.peer: s for s in said if is_theirs(s)}.values()
            sums.append(Totals(sum(s.uploaded for s in last), sum(s.downloaded for s in last)))
        return sums

    # whose bytes they were

    def plausible(self, given, taken):
        """What the clients count fits the payload, so that equal sums cannot be equally wrong."""
        # v2 and hybrid payloads are padded to whole blocks and pieces, and some clients count the padding;
        # Transmission counts the 13 bytes before each block it sends
        size = self.payload.size
        padding = 3 * PIECE if self.case.version != "v1" else 0
        headers = (size // 16384 + 4) * 13 if self.case.seeder == "transmission" else 0
        # those that know each other by two addresses connect twice, and some blocks come over both
        twice = size if all(len(host.addresses) > 1 for host in self.hosts) else 0
        if given.downloaded or taken.uploaded or not (
            size <= taken.downloaded <= size + padding and size <= given.uploaded <= size + padding + headers + twice
        ):
            raise AssertionError(f"clients count {given} and {taken} for a payload of {size} bytes")

    def accounts(self, own, gone):
        """What the clients count is what they announced, and what their users' accounts hold."""
        site = self.case.site
        # over UDP most clients do not say whose they are
        known = [scheme == "http" or peer.urldata or not site for peer, scheme in zip(self.peers, self.schemes)]
        expected = [totals if is_known else Totals(0, 0) for totals, is_known in zip(own, known)]
        announced = self.announced()
        if announced not in (None, expected):
            raise AssertionError(f"clients count {own} but announced {announced}")
        if site:
            users = self.offer.accounts
            self.settles(
                lambda: users() == expected, gone, lambda: f"users have {users()}, clients count {expected}"
            )

    # when something goes wrong, and in the end

    def states(self):
        """Lines that tell how things stand."""
        said = [
            f"{s.asked_at:.1f} {s.scheme} {s.peer[:8].decode(errors='replace')} {s.event} up {s.uploaded} "
            f"down {s.downloaded} left {s.left}"
            for s in self.said()
        ]
        return said + [f"{type(peer).__name__}: {state_of(peer)}" for peer in self.peers]

    def end(self):
        """Ends the clients and their hosts, whatever state they are in; errors of it."""
        errors = []
        for it in [*self.peers, *self.hosts]:
            try:
                it.end()
            except Exception as error:
                errors.append(error)
        return errors


def state_of(peer):
    """What it says of itself, which it may not be able to."""
    try:
        return peer.state()
    except Exception as error:
        return f"{error!r}; {peer.process.tail(600) if peer.process else 'not started'}"
