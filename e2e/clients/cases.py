"""The matrix of transfers."""

from dataclasses import dataclass

V4, V6, BOTH = ("IPv4",), ("IPv6",), ("IPv4", "IPv6")

#: the addresses that seeder and leecher have on a network of their own; without a name both are on this machine
NETWORKS = {
    "": None,
    "IPv6": (V6, V6),
    "IPv4 and IPv6": (BOTH, BOTH),
    "IPv4 and IPv6 to IPv4": (BOTH, V4),
    "IPv4 and IPv6 to IPv6": (BOTH, V6),
    "IPv4 to IPv4 and IPv6": (V4, BOTH),
    "IPv6 to IPv4 and IPv6": (V6, BOTH),
}

#: every client seeds once for the next one; the second has other pairs, and none of two that must both be dialled
ROUND = ["libtorrent", "transmission", "rtorrent", "qbittorrent", "aria2"]
OTHER_ROUND = ["libtorrent", "qbittorrent", "transmission", "aria2", "rtorrent"]
#: with no Transmission that dials libtorrent: it does so over IPv4 and IPv6 at once, and is refused twice for a while
THIRD_ROUND = ["libtorrent", "qbittorrent", "aria2", "transmission", "rtorrent"]


@dataclass(frozen=True)
class Case:
    seeder: str
    leecher: str
    scheme: str
    #: `private` or `public`, which are forums of a site; `open` or `listed`, which are trackers without one
    access: str
    version: str = "v1"
    #: one of NETWORKS
    network: str = ""
    #: whether the payload is a folder of several files
    many: bool = False

    def __str__(self):
        words = [f"{self.seeder} to {self.leecher}", self.scheme, self.access, self.version, self.network or "loopback"]
        return ", ".join(words)

    @property
    def site(self):
        return self.access in ("private", "public")

    @property
    def families(self):
        """The addresses of seeder and leecher, or None on this machine."""
        return NETWORKS[self.network]


def cases():
    """Every client as seeder and as leecher, in every mode of access, over HTTP and UDP, over IPv4 and IPv6.

    What a client cannot do, and what is done instead, stands in README.md.
    """
    lab = [
        # HTTP with a passkey: each client in each role
        ("libtorrent", "transmission", "http", "private"),
        ("transmission", "libtorrent", "http", "private"),
        ("libtorrent", "aria2", "http", "private"),
        ("aria2", "libtorrent", "http", "private"),
        ("libtorrent", "qbittorrent", "http", "private"),
        ("qbittorrent", "libtorrent", "http", "private"),
        ("libtorrent", "rtorrent", "http", "private"),
        ("rtorrent", "libtorrent", "http", "private"),
        # HTTP in a public forum: the clients among themselves
        ("transmission", "aria2", "http", "public"),
        ("rtorrent", "qbittorrent", "http", "public"),
        ("qbittorrent", "transmission", "http", "public"),
        ("aria2", "rtorrent", "http", "public"),
        # UDP with a passkey (BEP 41)
        ("libtorrent", "qbittorrent", "udp", "private"),
        ("qbittorrent", "libtorrent", "udp", "private"),
        # UDP in a public forum: each client in each role
        *rounds(ROUND, "udp", "public"),
        # hybrid: spoken as v2 by two, as v1 by the others
        ("libtorrent", "qbittorrent", "http", "private", "hybrid"),
        ("qbittorrent", "libtorrent", "udp", "public", "hybrid"),
        ("libtorrent", "rtorrent", "http", "private", "hybrid"),
        # v2 alone
        ("libtorrent", "qbittorrent", "http", "private", "v2"),
        ("qbittorrent", "libtorrent", "udp", "private", "v2"),
        ("libtorrent", "libtorrent", "udp", "public", "v2"),
        # trackers without a site
        *rounds(ROUND, "http", "open"),
        *rounds(OTHER_ROUND, "udp", "listed"),
        ("qbittorrent", "libtorrent", "udp", "listed", "v2"),
        # IPv6 alone
        *rounds(ROUND, "http", "private", network="IPv6"),
        *rounds(OTHER_ROUND, "udp", "public", network="IPv6"),
        ("libtorrent", "qbittorrent", "udp", "private", "v1", "IPv6"),
        ("qbittorrent", "libtorrent", "udp", "private", "v2", "IPv6"),
        *rounds(OTHER_ROUND, "udp", "open", network="IPv6"),
        *rounds(ROUND, "http", "listed", network="IPv6"),
        # both
        *rounds(THIRD_ROUND, "http", "private", network="IPv4 and IPv6"),
        ("libtorrent", "qbittorrent", "udp", "private", "v1", "IPv4 and IPv6"),
        ("libtorrent", "transmission", "http", "private", "v1", "IPv4 and IPv6 to IPv4"),
        ("qbittorrent", "rtorrent", "udp", "public", "v1", "IPv4 and IPv6 to IPv6"),
        ("rtorrent", "qbittorrent", "udp", "public", "v1", "IPv4 to IPv4 and IPv6"),
        ("aria2", "libtorrent", "http", "private", "v1", "IPv6 to IPv4 and IPv6"),
    ]
    # every third torrent is a folder of several files
    return [Case(*row, many=number % 3 == 0) for number, row in enumerate(lab)]


def rounds(clients, scheme, access, version="v1", network=""):
    """Each of the clients seeds for the next one."""
    return [(clients[at - 1], client, scheme, access, version, network) for at, client in enumerate(clients)]
