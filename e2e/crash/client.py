"""A BitTorrent client reduced to what it announces: counters that grow, events, and a memory of what was answered."""

from dataclasses import dataclass, field

from common.announce import Announce


@dataclass
class Torrent:
    """A posted torrent."""

    topic: int
    hash: bytes
    size: int


@dataclass
class Client:
    """One peer of one user on one torrent; driven by one thread at a time.

    `settled` is what the user must have for it; `pending` is an announce that was sent and not answered, so the
    server may have counted it or not. It is repeated as it was, as a real client does, until it is answered.
    """

    user: object
    torrent: Torrent
    port: int
    udp: bool
    peer: bytes
    uploaded: int = 0
    downloaded: int = 0
    left: int = 0
    running: bool = False
    complete: bool = False
    sessions: int = 0
    settled: tuple = (0, 0)
    answered: tuple = (0, 0)
    pending: Announce | None = None
    completions: set = field(default_factory=set)

    def next(self, random):
        """The announce to send: the unanswered one, or the next step of the client's life."""
        if self.pending is None:
            self.pending = self._step(random)
        return self.pending

    def _step(self, random):
        event = ""
        if not self.running:
            event = "started"
            # a new session counts from nothing, mostly under a new peer id
            self.uploaded = self.downloaded = 0
            self.left = 0 if self.complete else self.torrent.size
            self.sessions += 1
            if random.random() < 0.5:
                self.peer = self.peer[:8] + random.randbytes(12)
        else:
            self.uploaded += random.choice((0, random.randrange(1 << 20), random.randrange(1 << 30)))
            if self.left:
                step = min(self.left, random.randrange(1, self.torrent.size))
                self.downloaded += step
                self.left -= step
                if self.left == 0:
                    event = "completed"
            elif random.random() < 0.2:
                event = "stopped"
        return Announce(
            hash=self.torrent.hash,
            peer=self.peer,
            port=self.port,
            passkey=self.user.passkey,
            uploaded=self.uploaded,
            downloaded=self.downloaded,
            left=self.left,
            event=event,
            key=self.port,
        )

    def acknowledge(self):
        """The pending announce was answered: it counts from now on."""
        said, self.pending = self.pending, None
        if said.event == "started":
            self.answered = (0, 0)
        self.settled = (
            self.settled[0] + said.uploaded - self.answered[0],
            self.settled[1] + said.downloaded - self.answered[1],
        )
        self.answered = (said.uploaded, said.downloaded)
        self.running = said.event != "stopped"
        if said.event == "completed":
            self.complete = True
            self.completions.add((self.user.user_id, self.torrent.topic))

    def possible(self):
        """The most the user may have for it: with the unanswered announce counted."""
        if self.pending is None or self.pending.event == "started":
            return self.settled
        return (
            self.settled[0] + self.pending.uploaded - self.answered[0],
            self.settled[1] + self.pending.downloaded - self.answered[1],
        )

    def probe(self):
        """A question for peers that changes nothing: the last answered counters once more."""
        return Announce(
            hash=self.torrent.hash,
            peer=self.peer,
            port=self.port,
            passkey=self.user.passkey,
            uploaded=self.answered[0],
            downloaded=self.answered[1],
            left=self.left,
            key=self.port,
        )
