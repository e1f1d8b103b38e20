"""Where programs of a suite run: this machine's loopback, or hosts of their own on a network that the suite makes.

Such a host is a network namespace with the addresses that are asked for and nothing else, so what happens between two
of them over IPv6 cannot have happened over IPv4. The namespaces have no names: they are gone with their processes,
however the suite ends.
"""

import ctypes
import http.client
import itertools
import os
import shutil
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .process import Process, wait_until

#: the name by which a network's first host is known to all, under each address that they have a use for
SERVER = "tracker.lab"

CLONE_NEWNET = 0x40000000


class Unavailable(Exception):
    """This machine gives no network namespaces; the message says why."""


class Loopback:
    """This machine itself. Programs here listen on 127.0.0.1."""

    #: addresses by which other hosts know it
    addresses = ("127.0.0.1",)

    def addresses_of(self, family):
        """Those of its addresses that are "IPv4" or "IPv6"."""
        return [address for address in self.addresses if (":" in address) == (family == "IPv6")]

    def command(self, words):
        """The command line that runs `words` here."""
        return words

    def connect(self, address, seconds=20, kind=socket.SOCK_STREAM):
        """A connected socket of this host."""
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        opened = socket.socket(family, kind)
        try:
            opened.settimeout(seconds)
            opened.connect(address)
        except OSError:
            opened.close()
            raise
        return opened

    def ask(self, port, method, path, body=None, headers=None, seconds=20):
        """Status, headers (names in lower case) and body of a request to a program that listens on the loopback."""
        connection = http.client.HTTPConnection("localhost", port, timeout=seconds)
        try:
            connection.sock = self.connect(("127.0.0.1", port), seconds)
        except ConnectionRefusedError:
            # where there is no other IPv4, programs may take localhost for ::1 alone
            connection.sock = self.connect(("::1", port), seconds)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def end(self):
        """Takes it from the network."""


HERE = Loopback()


class Host(Loopback):
    """A network namespace with `addresses` on one interface, and a loopback."""

    interface = "eth0"

    def __init__(self, folder, addresses):
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.addresses = tuple(addresses)
        if os.geteuid() != 0:
            raise Unavailable("only root may make network namespaces")
        for program in ("ip", "unshare", "nsenter", "mount"):
            if not shutil.which(program):
                raise Unavailable(f"there is no command `{program}`")
        # both namespaces are there before it says so
        told = folder / "unshared"
        script = 'echo > "$1"; exec sleep infinity'
        self.process = Process(
            ["unshare", "--net", "--mount", "sh", "-c", script, "sh", str(told)], folder / "namespace.log"
        )
        wait_until(lambda: told.exists() or not self.process.alive(), 30, "a network namespace", every=0.01)
        if not self.process.alive():
            raise Unavailable(self.process.tail().strip())
        self.pid = self.process.child.pid
        self.ip("link set lo up")

    def command(self, words):
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", f"--mount=/proc/{self.pid}/ns/mnt", "--", *words]

    def connect(self, address, seconds=20, kind=socket.SOCK_STREAM):
        # a socket stays in the namespace of the thread that made it
        def inside():
            _enter(f"/proc/{self.pid}/ns/net")
            return super(Host, self).connect(address, seconds, kind)

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(inside).result()

    def run(self, *words, stdin=None):
        """Runs a command here that must succeed."""
        done = subprocess.run(self.command(list(words)), input=stdin, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise Unavailable(f"{' '.join(words)}: {' '.join(done.stderr.split())}")

    def ip(self, *lines):
        """Runs `ip` for each line."""
        self.run("ip", "-batch", "-", stdin="\n".join(lines) + "\n")

    def attach(self):
        """Brings its interface up with its addresses, which are not to be looked for first; it has no others."""
        self.ip(
            f"link set {self.interface} addrgenmode none",
            f"link set {self.interface} up",
            *(f"address add {a}/{64 if ':' in a else 16} dev {self.interface} nodad" for a in self.addresses),
        )

    def end(self):
        self.process.kill()


class Network:
    """Hosts on a bridge. The bridge stands on the first of them, `server`, which the others know as `SERVER`."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.numbers = itertools.count(2)
        self.lock = threading.Lock()
        self.server = Host(self.folder / "server", _addresses(1, ("IPv4", "IPv6")))
        self.server.interface = "bridge"
        # left to itself a bridge changes its address whenever a host comes or goes
        self.server.ip("link add bridge address 02:e2:e0:00:00:01 type bridge")
        self.server.attach()

    def host(self, families):
        """One more host, with an address of each of `families` ("IPv4", "IPv6")."""
        with self.lock:
            number = next(self.numbers)
        host = Host(self.folder / f"host-{number}", _addresses(number, families))
        self.server.ip(
            f"link add port{number} type veth peer name {host.interface} netns {host.pid}",
            f"link set port{number} addrgenmode none",
            f"link set port{number} master bridge up",
        )
        host.attach()
        # some clients want to be in the Internet, as far as they can see
        host.ip(*(f"route add default via {address}" for address in _addresses(1, families)))
        names = ["127.0.0.1 localhost", "::1 localhost"]
        names += [f"{address} {SERVER}" for address in _addresses(1, families)]
        known = self.folder / f"hosts-{number}"
        known.write_text("\n".join(names) + "\n")
        host.run("mount", "--bind", str(known), "/etc/hosts")
        return host


def _addresses(number, families):
    """Addresses of the kind that is in use everywhere: some clients make no use of IPv6 that looks private."""
    made = {"IPv4": f"198.18.{number >> 8}.{number & 255}", "IPv6": f"2001:db8:e2e::{number:x}"}
    return [made[family] for family in families]


def _enter(path):
    """Puts the calling thread into a network namespace."""
    with open(path, "rb") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
