"""Announces and scrapes made by hand: HTTP, and UDP (BEP 15) with the passkey as URL data (BEP 41)."""

import http.client
import random
import socket
import struct
import time
import urllib.parse
from dataclasses import dataclass, field

from . import bencode
from .network import HERE

EVENTS = {"": 0, "completed": 1, "started": 2, "stopped": 3}


class Unanswered(Exception):
    """No answer came: the server may or may not have taken the announce."""


class Refused(AssertionError):
    """The tracker answered with a failure reason."""


@dataclass
class Announce:
    """What one peer says; `peer` is its 20-byte id."""

    hash: bytes
    peer: bytes
    port: int
    passkey: str = ""
    uploaded: int = 0
    downloaded: int = 0
    left: int = 0
    event: str = ""
    numwant: int = 50
    key: int = 0


@dataclass
class Answer:
    seeders: int
    leechers: int
    interval: int
    peers: list = field(default_factory=list)


def compact(data, family=socket.AF_INET):
    """Addresses and ports of the peers in a compact list."""
    size = 4 if family == socket.AF_INET else 16
    return [
        (socket.inet_ntop(family, data[at : at + size]), int.from_bytes(data[at + size : at + size + 2]))
        for at in range(0, len(data), size + 2)
    ]


class HttpTracker:
    """Keep-alive announces from a host to an HTTP tracker; one per thread."""

    def __init__(self, address, seconds=10, host=HERE):
        self.host = host
        self.address = address
        self.seconds = seconds
        self.connection = None

    def announce(self, say):
        query = {
            "info_hash": say.hash,
            "peer_id": say.peer,
            "port": say.port,
            "uploaded": say.uploaded,
            "downloaded": say.downloaded,
            "left": say.left,
            "numwant": say.numwant,
            "key": f"{say.key:08x}",
            "compact": 1,
        }
        if say.event:
            query["event"] = say.event
        path = f"/announce/{say.passkey}" if say.passkey else "/announce"
        answer = self._ask(path, query)
        return Answer(
            answer.get(b"complete", 0),
            answer.get(b"incomplete", 0),
            answer[b"interval"],
            compact(answer.get(b"peers", b"")) + compact(answer.get(b"peers6", b""), socket.AF_INET6),
        )

    def scrape(self, hash):
        """(seeders, leechers, completed) of a torrent; zeros for one that the tracker does not tell of."""
        file = self._ask("/scrape", {"info_hash": hash}).get(b"files", {}).get(hash, {})
        return file.get(b"complete", 0), file.get(b"incomplete", 0), file.get(b"downloaded", 0)

    def _ask(self, path, query):
        """The decoded answer."""
        body = self._get(path + "?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote))
        answer = bencode.decode(body)
        if b"failure reason" in answer:
            raise Refused(answer[b"failure reason"].decode(errors="replace"))
        return answer

    def _get(self, path):
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(*self.address, timeout=self.seconds)
                self.connection.sock = self.host.connect(self.address, self.seconds)
            self.connection.request("GET", path)
            answer = self.connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unanswered(str(error)) from error
        if answer.will_close:
            self.close()
        if answer.status != 200:
            raise Refused(f"HTTP {answer.status}: {body[:200]!r}")
        return body

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class UdpTracker:
    """Announces from a host to a UDP tracker, with connection ids kept for a minute and packets repeated; one per thread."""

    def __init__(self, address, seconds=10, host=HERE):
        self.address = address
        self.seconds = seconds
        self.socket = host.connect(address, seconds, socket.SOCK_DGRAM)
        self.connection = None
        self.connected = 0.0

    def close(self):
        self.socket.close()

    def announce(self, say):
        self._connect()
        path = f"/announce/{say.passkey}".encode() if say.passkey else b""
        urldata = b"".join(
            bytes([2, len(path[at : at + 255])]) + path[at : at + 255] for at in range(0, len(path), 255)
        )

        def packet(transaction):
            return (
                struct.pack(">QII", self.connection, 1, transaction)
                + say.hash
                + say.peer
                + struct.pack(
                    ">QQQIIIiH",
                    say.downloaded,
                    say.left,
                    say.uploaded,
                    EVENTS[say.event],
                    0,
                    say.key,
                    say.numwant,
                    say.port,
                )
                + urldata
            )

        answer = self._ask(1, packet)
        interval, leechers, seeders = struct.unpack_from(">III", answer, 8)
        return Answer(seeders, leechers, interval, compact(answer[20:], self.socket.family))

    def scrape(self, hash):
        """(seeders, leechers, completed) of a torrent; zeros for one that the tracker does not tell of."""
        self._connect()
        answer = self._ask(2, lambda transaction: struct.pack(">QII", self.connection, 2, transaction) + hash)
        seeders, completed, leechers = struct.unpack_from(">III", answer, 8)
        return seeders, leechers, completed

    def _connect(self):
        if self.connection is None or time.monotonic() - self.connected > 60:
            answer = self._ask(0, lambda transaction: struct.pack(">QII", 0x41727101980, 0, transaction))
            (self.connection,) = struct.unpack_from(">Q", answer, 8)
            self.connected = time.monotonic()

    def _ask(self, action, packet):
        deadline = time.monotonic() + self.seconds
        patience = 1.0
        while time.monotonic() < deadline:
            transaction = random.getrandbits(32)
            try:
                self.socket.send(packet(transaction))
                until = min(deadline, time.monotonic() + patience)
                while (rest := until - time.monotonic()) > 0:
                    self.socket.settimeout(rest)
                    answer = self.socket.recv(4096)
                    if len(answer) >= 8:
                        got, echoed = struct.unpack_from(">II", answer)
                        if echoed != transaction:
                            continue
                        if got == 3:
                            self.connection = None
                            raise Refused(answer[8:].decode(errors="replace"))
                        if got == action:
                            return answer
            except TimeoutError:
                pass
            except OSError as error:
                # ICMP port unreachable: nobody listens there any more
                self.connection = None
                raise Unanswered(str(error)) from error
            patience *= 2
        self.connection = None
        raise Unanswered(f"no answer from {self.address} in {self.seconds} s")
