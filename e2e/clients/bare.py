"""A tracker without a site: `open` to any torrent, or serving those that are `listed`."""

import hashlib
from contextlib import closing, contextmanager
from pathlib import Path

from common import bencode
from common.announce import Announce, HttpTracker, Refused, UdpTracker
from common.network import HERE, SERVER
from common.process import wait_until
from common.relay import Relay
from common.skep import Skep
from common.torrents import torrent_by_libtorrent, torrent_v1

NOT_LISTED = "this tracker does not serve this torrent"
DENIED = "this torrent was removed from this tracker"
#: files are looked at every two seconds
NOTICED = 20


class Bare:
    """`skep serve --roles tracker` with access `open` or `listed`, and the files with its lists."""

    def __init__(self, folder, access, network=None):
        self.access, self.host = access, network.server if network else HERE
        self.relay = None if network else Relay()
        folder = Path(folder)
        folder.mkdir()
        self.allow, self.deny = folder / "allow.txt", folder / "deny.txt"
        for file in (self.allow, self.deny):
            file.write_text(f"# {file.stem}\n")
        environment = {"SKEP_TRACKER__ACCESS": access, "SKEP_TRACKER__DENY_LIST": str(self.deny)}
        if access == "listed":
            environment["SKEP_TRACKER__ALLOW_LIST"] = str(self.allow)
        words = ["--roles", "tracker"]
        if network:
            words += ["--tracker-http", "[::]:0", "--tracker-udp", "[::]:0"]
        self.skep = Skep(folder / "skep", words, environment, self.host).start()
        self.http, self.udp = self.skep.http_tracker, self.skep.udp_tracker
        if self.relay:
            self.relay.forward_to(self.http, self.udp)
            self.public = {"http": self.relay.http, "udp": self.relay.udp}
        else:
            # Transmission's UDP wants a name
            (address,) = self.host.addresses_of("IPv6")
            self.public = {"http": (f"[{address}]", self.http[1]), "udp": (SERVER, self.udp[1])}

    def offer(self, number, case, folder, payload, schemes):
        """The case's torrent, for a seeder and a leecher that reach the tracker by these `schemes`."""
        return Offer(self, number, case, folder, payload, schemes)


class Offer:
    """A torrent on a tracker without a site: whoever has the `.torrent` takes part."""

    def __init__(self, tracker, number, case, folder, payload, schemes):
        self.tracker, self.torrents = tracker, []
        make = torrent_v1 if case.version == "v1" else torrent_by_libtorrent
        version = () if case.version == "v1" else (case.version,)
        for role, scheme in zip(("seeder", "leecher"), schemes):
            announce = "%s://%s:%d/announce" % (scheme, *tracker.public[scheme])
            data, self.hashes = make(payload.folder, payload.name, False, *version, announce)
            path = folder / f"{role}.torrent"
            path.write_bytes(data)
            self.torrents.append(path)
        # lists have both kinds of hashes
        raw = bencode.span(data, b"info")
        self.line = (hashlib.sha256(raw) if case.version == "v2" else hashlib.sha1(raw)).hexdigest()
        self.asker = Announce(self.hashes[0], b"-XX0000-%012d" % number, 1, left=1, event="stopped")

    def open(self):
        """Makes sure that the torrent is served, and was not as long as it was not listed."""
        if self.tracker.access == "listed":
            self.refused(NOT_LISTED)
            self.note(self.tracker.allow)
        wait_until(self.served, NOTICED, "to be served")

    def close(self):
        """Puts the torrent on the deny list, and gives the words in which it is refused from then on."""
        self.note(self.tracker.deny)
        wait_until(lambda: not self.served(), NOTICED, "to be refused")
        self.refused(DENIED)
        return DENIED

    def note(self, file):
        """Adds the torrent to a list."""
        with open(file, "a") as lines:
            lines.write(f"{self.line}  # while it runs\n")

    def refused(self, why):
        """Announces are refused in these words, and so is a scrape over HTTP; one over UDP has zeros."""
        with self.by_hand() as (http, udp):
            said = [heard(lambda: http.announce(self.asker)), heard(lambda: udp.announce(self.asker))]
            said += [heard(lambda: http.scrape(self.hashes[0])), udp.scrape(self.hashes[0])]
        if said != [why, why, why, (0, 0, 0)]:
            raise AssertionError(f"answered with {said}, not {why!r}")

    def served(self):
        """Whether announces are served; an announcer who leaves is not counted."""
        with self.by_hand() as trackers:
            return not any(isinstance(heard(lambda: tracker.announce(self.asker)), str) for tracker in trackers)

    def counters(self):
        """(seeders, leechers, completed) as scrapes over HTTP and UDP have them; both, where they differ."""
        with self.by_hand() as trackers:
            http, udp = (tracker.scrape(self.hashes[0]) for tracker in trackers)
        return http if http == udp else (http, udp)

    @contextmanager
    def by_hand(self):
        """The tracker over HTTP and UDP, asked from its own host: on a network over [::1]."""
        host = self.tracker.host
        with closing(HttpTracker(self.tracker.http, host=host)) as http:
            with closing(UdpTracker(self.tracker.udp, host=host)) as udp:
                yield http, udp


def heard(ask):
    """The answer, or the words in which it is refused."""
    try:
        return ask()
    except Refused as refused:
        return str(refused)
