"""A PostgreSQL and a Redis of a suite's own, to be taken away and given back."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from .process import Process, free_port, wait_until


class Postgres:
    """A fresh cluster on a free port. It commits for good, as far as a crash of PostgreSQL goes."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(mode=0o700)
        self.port = free_port()
        self.binaries = _postgres_binaries()
        self.user = _unprivileged()
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        initdb = [str(self.binaries / "initdb"), "--username=postgres", "--auth=trust", "--encoding=UTF8"]
        initdb += ["--locale=C.UTF-8", "--no-sync", "-D", str(self.folder / "data")]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **self._as_user())
        self.process = None
        self.start()

    @property
    def url(self):
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self):
        command = [str(self.binaries / "postgres"), "-D", str(self.folder / "data")]
        for setting in (
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            f"unix_socket_directories={self.folder}",
            # what the machine would lose in a power cut is not what this is about
            "fsync=off",
        ):
            command += ["-c", setting]
        self.process = Process(command, self.folder / "log", **self._as_user())
        ready = [str(self.binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        wait_until(lambda: subprocess.run(ready).returncode == 0, 60, lambda: self.process.tail())

    def crash(self):
        """Ends it at once; what was committed is there when it starts again."""
        self.process.stop(30, signal.SIGQUIT)

    def _as_user(self):
        options = {"cwd": self.folder}
        if self.user:
            options |= {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        return options


class Redis:
    """A Redis on a free port that keeps nothing on disk."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir()
        self.port = free_port()
        self.process = None
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = Process(command, self.folder / "log", cwd=self.folder)
        wait_until(lambda: self.ask("PING").startswith("+PONG"), 30, lambda: self.process.tail())

    def crash(self):
        """Ends it at once; everything in it is lost."""
        self.process.kill()

    def ask(self, *words):
        """The answer to one command as it stands on the wire; empty when there is none."""
        request = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                connection.sendall((request + "*1\r\n$4\r\nQUIT\r\n").encode())
                answer = b""
                while part := connection.recv(65536):
                    answer += part
                return answer.decode(errors="replace")
        except OSError:
            return ""


def _postgres_binaries():
    """The folder with `initdb` and `postgres`: Debian's newest, or the one on the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise SystemExit("PostgreSQL is not installed (apt-get install postgresql)")
    return (found[-1] if found else Path(on_path)).parent


def _unprivileged():
    """Whom to run PostgreSQL as when we are root, which it refuses to be."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SystemExit("no user `postgres` or `nobody` to run PostgreSQL as")
