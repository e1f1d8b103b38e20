"""What the suite asks of every client."""

from pathlib import Path
from typing import NamedTuple


class Totals(NamedTuple):
    """Payload bytes the client itself counts for the torrent."""

    uploaded: int
    downloaded: int


class Peer:
    """One client process with one torrent, on a `host` of `common.network`.

    A subclass says how to start its `process` with a `.torrent` and a save folder, whether the payload is complete,
    what it counted, and how to leave the swarm so that the tracker is told.
    """

    #: sends the passkey over UDP as BEP 41 URL data
    urldata = False
    #: announces once over IPv4 and once over IPv6 when it has both
    both = False
    #: shows the words of a refusal over UDP
    words_over_udp = True

    def __init__(self, folder, host):
        self.host, self.folder = host, Path(folder)
        self.process = None
        self.folder.mkdir(parents=True, exist_ok=True)

    def scheme(self, wanted):
        """How it reaches a tracker that speaks HTTP and UDP, if possible as is `wanted`."""
        return wanted

    def dials(self, scheme):
        """Whether it connects to peers that a tracker names over HTTP or UDP, where it runs."""
        return True

    def start(self, torrent, save):
        """Adds `torrent` (a path) with its payload in, or to be put in, `save`."""
        raise NotImplementedError

    def complete(self):
        """Whether the client has the whole payload and says so."""
        raise NotImplementedError

    def totals(self):
        raise NotImplementedError

    def leave(self):
        """Stops the torrent, so that the client announces `stopped`."""
        raise NotImplementedError

    def join(self):
        """Starts the torrent again."""
        raise NotImplementedError

    def end(self):
        """Ends the client."""
        if self.process:
            self.process.stop(15)

    def state(self):
        """A line for the report when something went wrong."""
        return ""
