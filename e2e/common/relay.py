"""A relay in front of the tracker that writes down what clients announce: the ground truth for accounting.

The server is told that the relay's address is its public one, so `.torrent` files name it by themselves.
"""

import asyncio
import struct
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

from .announce import EVENTS

EVENT_NAMES = {number: name for name, number in EVENTS.items()}


@dataclass
class Said:
    """One announce as it went over the wire."""

    scheme: str
    path: str
    hash: bytes
    peer: bytes
    uploaded: int
    downloaded: int
    left: int
    event: str
    asked_at: float
    answered_at: float = 0.0
    answer: bytes = field(default=b"", repr=False)


class Relay:
    """Listens on 127.0.0.1 for TCP and UDP; forwards once `forward_to` has named the targets."""

    def __init__(self):
        self.log = []
        self.http_target = self.udp_target = None
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        threading.Thread(target=self._serve, args=(started,), daemon=True).start()
        if not started.wait(30):
            raise AssertionError("the relay does not start")

    def forward_to(self, http, udp):
        self.http_target, self.udp_target = http, udp

    def said(self, hashes):
        """The answered announces of a torrent, under any of its hashes (20 bytes each), oldest first."""
        with self._lock:
            return [said for said in self.log if said.hash in hashes and said.answered_at]

    def _note(self, said):
        with self._lock:
            self.log.append(said)

    def _serve(self, started):
        asyncio.set_event_loop(self._loop)

        async def listen():
            server = await asyncio.start_server(self._http, "127.0.0.1", 0)
            self.http = server.sockets[0].getsockname()
            transport, _ = await self._loop.create_datagram_endpoint(
                lambda: _UdpFront(self), local_addr=("127.0.0.1", 0)
            )
            self.udp = transport.get_extra_info("sockname")
            started.set()

        self._loop.run_until_complete(listen())
        self._loop.run_forever()

    # HTTP

    async def _http(self, reader, writer):
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(*self.http_target)
        except OSError:
            writer.close()
            return
        waiting = []

        async def requests():
            buffer = b""
            while data := await reader.read(65536):
                buffer += data
                while b"\r\n\r\n" in buffer:
                    head, buffer = buffer.split(b"\r\n\r\n", 1)
                    if said := parse_http(head):
                        waiting.append(said)
                        self._note(said)
                upstream_writer.write(data)
                await upstream_writer.drain()
            if upstream_writer.can_write_eof():
                upstream_writer.write_eof()

        async def answers():
            while data := await upstream_reader.read(65536):
                for said in waiting:
                    said.answer += data
                    said.answered_at = said.answered_at or time.monotonic()
                if data:
                    waiting.clear()
                writer.write(data)
                await writer.drain()

        up = asyncio.ensure_future(requests())
        try:
            await answers()
        except OSError:
            pass
        finally:
            up.cancel()
            writer.close()
            upstream_writer.close()


def parse_http(head):
    """What an HTTP announce says, or None for any other request."""
    target = head.split(b"\r\n", 1)[0].split(b" ")
    if len(target) < 2 or b"announce" not in target[1]:
        return None
    path, _, query = target[1].partition(b"?")
    values = dict(part.partition(b"=")[::2] for part in query.split(b"&"))

    def number(name):
        return int(values.get(name, b"0"))

    return Said(
        "http",
        path.decode(),
        urllib.parse.unquote_to_bytes(values.get(b"info_hash", b"")),
        urllib.parse.unquote_to_bytes(values.get(b"peer_id", b"")),
        number(b"uploaded"),
        number(b"downloaded"),
        number(b"left"),
        values.get(b"event", b"").decode(),
        time.monotonic(),
    )


class _UdpFront(asyncio.DatagramProtocol):
    """The public side: one upstream socket per client address."""

    def __init__(self, relay):
        self.relay = relay
        self.backs = {}

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, client):
        asyncio.ensure_future(self._forward(data, client))

    async def _forward(self, data, client):
        if client not in self.backs:
            self.backs[client] = asyncio.ensure_future(
                self.relay._loop.create_datagram_endpoint(
                    lambda: _UdpBack(self, client), remote_addr=self.relay.udp_target
                )
            )
        transport, back = await self.backs[client]
        if said := parse_udp(data):
            back.waiting[data[12:16]] = said
            self.relay._note(said)
        transport.sendto(data)


class _UdpBack(asyncio.DatagramProtocol):
    def __init__(self, front, client):
        self.front, self.client, self.waiting = front, client, {}

    def datagram_received(self, data, _address):
        if said := self.waiting.pop(data[4:8], None):
            said.answer = data
            said.answered_at = time.monotonic()
        self.front.transport.sendto(data, self.client)


def parse_udp(data):
    """What a UDP announce (BEP 15, with BEP 41 URL data) says, or None for any other packet."""
    if len(data) < 98 or data[8:12] != b"\0\0\0\1":
        return None
    downloaded, left, uploaded, event = struct.unpack_from(">QQQI", data, 56)
    path, at = b"", 98
    while at < len(data) and data[at] != 0:
        if data[at] == 1:
            at += 1
            continue
        length = data[at + 1]
        if data[at] == 2:
            path += data[at + 2 : at + 2 + length]
        at += 2 + length
    return Said(
        "udp",
        path.decode(errors="replace"),
        data[16:36],
        data[36:56],
        uploaded,
        downloaded,
        left,
        EVENT_NAMES.get(event, str(event)),
        time.monotonic(),
    )
