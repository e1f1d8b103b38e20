"""What the suite asks of every client."""

from pathlib import Path
from typing import NamedTuple


class Totals(NamedTuple):
    """Payload bytes the client itself counts for the torrent."""

    uploaded: int
    downloaded: int


class Peer:
    """One client process (or session) with one torrent.

    A subclass says how to start with a `.torrent` and a save folder, whether the payload is complete, what it
    counted, and how to leave the swarm so that the tracker is told.
    """

    #: sends the passkey over UDP as BEP 41 URL data
    urldata = False
    #: connects to peers on 127.0.0.0/8 that a tracker names
    dials_loopback = True

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

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

    def end(self):
        """Ends the client."""
        raise NotImplementedError

    def state(self):
        """A line for the report when something went wrong."""
        return ""
