"""rTorrent as a daemon, steered by XML-RPC over SCGI."""

import os
import xmlrpc.client

from common.network import HERE
from common.process import Process, free_port, wait_until

from .peer import Peer, Totals

SETTINGS = """\
system.daemon.set = true
{bind}
network.port_range.set = {port}-{port}
network.port_random.set = no
network.scgi.open_port = 127.0.0.1:{rpc}
dht.mode.set = disable
protocol.pex.set = no
trackers.use_udp.set = yes
session.path.set = {session}
directory.default.set = {save}
# a check on completion would put the `completed` announce off by half an hour
pieces.hash.on_completion.set = no
"""


class RTorrent(Peer):
    def dials(self, scheme):
        # it makes nothing of IPv6 addresses that it is told over UDP
        return scheme == "http" or not self.host.addresses_of("IPv6")

    def start(self, torrent, save):
        self.rpc = free_port()
        session = self.folder / "session"
        session.mkdir()
        settings = self.folder / "rtorrent.rc"
        bind = "network.bind_address.set = 127.0.0.1" if self.host is HERE else ""
        settings.write_text(SETTINGS.format(bind=bind, port=free_port(), rpc=self.rpc, session=session, save=save))
        self.process = Process(
            self.host.command(["rtorrent", "-n", "-o", f"import={settings}"]),
            self.folder / "rtorrent.log",
            env={**os.environ, "TERM": "xterm", "HOME": str(self.folder)},
        )
        wait_until(self._answers, 60, "rTorrent's RPC")
        self._call("load.start", "", str(torrent))
        self.hash = wait_until(lambda: self._call("download_list"), 30, "rTorrent to take the torrent")[0]

    def _answers(self):
        self.process.require_alive()
        try:
            return self._call("system.pid")
        except OSError:
            return False

    def _call(self, method, *parameters):
        body = xmlrpc.client.dumps(parameters, method).encode()
        head = b"CONTENT_LENGTH\0%d\0SCGI\x001\0" % len(body)
        with self.host.connect(("127.0.0.1", self.rpc)) as connection:
            connection.sendall(b"%d:" % len(head) + head + b"," + body)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        (value,), _ = xmlrpc.client.loads(answer[answer.index(b"<?xml") :])
        return value

    def complete(self):
        self.process.require_alive()
        return (
            self._call("d.complete", self.hash) == 1
            and self._call("d.is_active", self.hash) == 1
            and self._call("d.hashing", self.hash) == 0
        )

    def totals(self):
        return Totals(self._call("d.up.total", self.hash), self._call("d.down.total", self.hash))

    def leave(self):
        self._call("d.stop", self.hash)

    def join(self):
        self._call("d.start", self.hash)

    def state(self):
        try:
            return f"{self._call('d.message', self.hash)!r} peers {self._call('d.peers_connected', self.hash)}"
        except (OSError, ValueError, xmlrpc.client.Error) as error:
            return f"{error}; {self.process.tail(600)}"
