"""The server under test: started on a data folder with free ports, spoken to by command line and by HTTP."""

import json
import os
import re
import subprocess
import time
import urllib.parse
import uuid
from dataclasses import dataclass
from pathlib import Path

from .network import HERE
from .process import Process, Timeout, wait_until

PASSWORD = "correct horse battery staple"


def binary():
    """The binary named by SKEP_BIN, else the debug build of this checkout."""
    here = Path(__file__).resolve().parents[2]
    path = Path(os.environ.get("SKEP_BIN") or here / "target" / "debug" / "skep").resolve()
    if not os.access(path, os.X_OK):
        raise SystemExit(f"no binary at {path}: build it with `cargo build -p skep`, or set SKEP_BIN")
    return str(path)


class ApiError(AssertionError):
    """The API answered with an error; carries `status` and the decoded `body`."""

    def __init__(self, method, path, status, body):
        super().__init__(f"{method} {path}: {status} {body}")
        self.status = status
        self.body = body


@dataclass
class Member:
    """An account made for a test, with an API token."""

    name: str
    token: str
    user_id: int = 0
    passkey: str = ""


class Skep:
    """One data folder, and the `serve` process over it."""

    def __init__(self, folder, extra=(), environment=None, host=HERE):
        self.host = host
        self.folder = Path(folder)
        self.data = self.folder / "data"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.extra = list(extra)
        self.environment = {**os.environ, **(environment or {})}
        self.binary = binary()
        self.process = None
        self.killed = False
        self.starts = 0
        self.urls = {}
        self.lines = []

    # the process

    def start(self, seconds=60):
        """Starts `serve` and waits for its `ready` line."""
        self.starts += 1
        self.killed = False
        out = self.folder / f"serve-{self.starts}.out"
        command = [self.binary, "serve", "--data", str(self.data), "--web", "127.0.0.1:0"]
        for flag in ("--tracker-http", "--tracker-udp"):
            if flag not in self.extra:
                command += [flag, "127.0.0.1:0"]
        command += self.extra
        with open(out, "wb") as stdout:
            self.process = Process(
                self.host.command(command),
                self.folder / "serve.log",
                stdout=stdout,
                env=self.environment,
                cwd=self.folder,
            )

        def ready():
            self.process.require_alive()
            self.lines = out.read_text(errors="replace").splitlines()
            return next((line for line in self.lines if line.startswith("ready ")), None)

        line = wait_until(ready, seconds, lambda: f"ready line; log: {self.process.tail()}", every=0.02)
        self.urls = dict(part.split("=", 1) for part in line.split()[1:])
        return self

    def stop(self):
        """SIGTERM; must end with 0 within 10 seconds (and some, for a busy machine)."""
        status = self.process.stop(20)
        if status != 0:
            raise AssertionError(f"serve ended with {status} on SIGTERM: {self.process.tail()}")

    def kill(self):
        """kill -9."""
        self.killed = True
        self.process.kill()

    def running(self):
        return self.process is not None and self.process.alive()

    @property
    def setup_link(self):
        """The one-time link of the `setup` line, or None."""
        return next((line.split()[1] for line in self.lines if line.startswith("setup ")), None)

    @property
    def web(self):
        return self.urls["web"].rstrip("/")

    @property
    def http_tracker(self):
        """Host and port of the HTTP tracker."""
        url = urllib.parse.urlsplit(self.urls["tracker-http"])
        return url.hostname, url.port

    @property
    def udp_tracker(self):
        """Host and port of the UDP tracker."""
        url = urllib.parse.urlsplit(self.urls["tracker-udp"])
        return url.hostname, url.port

    # the command line

    def run(self, *arguments, stdin=None, check=True, seconds=120):
        """Runs a command beside `serve` on the same data folder; its completed process."""
        done = subprocess.run(
            [self.binary, *arguments, "--data", str(self.data)],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
            env=self.environment,
            cwd=self.folder,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"skep {' '.join(arguments)}: {done.returncode} {done.stderr.strip()}")
        return done

    def add_user(self, name, scopes="read,download,account,post", admin=False):
        """An account with a token, made by `skep user add` and `skep token create`."""
        flags = ["--admin"] if admin else []
        self.run("user", "add", name, "--password-stdin", *flags, stdin=PASSWORD + "\n")
        token = self.run("token", "create", "--user", name, "--scope", scopes).stdout.strip()
        if not re.fullmatch(r"\S+", token):
            raise AssertionError(f"token create must print the token alone, printed {token!r}")
        return Member(name, token)

    # HTTP

    def request(self, method, path, token=None, body=None, headers=None, seconds=30):
        """Status, headers and body of one request to the site."""
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        port = urllib.parse.urlsplit(self.web).port
        return self.host.ask(port, method, path, body, headers, seconds)

    def api(self, method, path, token, payload=None, form=None):
        """The decoded answer of an API call; `ApiError` for anything but 2xx."""
        headers, body = {}, None
        if payload is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(payload).encode()
        elif form is not None:
            headers["Content-Type"], body = multipart(form)
        for _ in range(5):
            status, answered, answer = self.request(method, path, token, body, headers)
            if status != 429:
                break
            # too many calls with one token: wait as long as the answer says, as any program should
            time.sleep(min(30, int(answered.get("retry-after", "1"))))
        try:
            decoded = json.loads(answer) if answer else None
        except ValueError:
            decoded = answer
        if not 200 <= status < 300:
            raise ApiError(method, path, status, decoded)
        return decoded

    def me(self, member):
        """`GET /api/v1/me` as `member`; fills in their id and passkey."""
        me = self.api("GET", "/api/v1/me", member.token)
        member.user_id, member.passkey = me["user_id"], me["passkey"]
        return me

    def add_forum(self, token, title, private, **more):
        payload = {"title": title, "parent_id": None, "private": private, **more}
        return self.api("POST", "/api/v1/forums", token, payload)["forum_id"]

    def add_topic(self, token, forum, title, torrent, body="Posted by a test."):
        form = [
            ("forum_id", None, str(forum).encode()),
            ("title", None, title.encode()),
            ("body", None, body.encode()),
            ("torrent", title + ".torrent", torrent),
        ]
        return self.api("POST", "/api/v1/topics", token, form=form)

    def counters(self, topic, token):
        """(seeders, leechers, completed) of a topic's torrent."""
        torrent = self.api("GET", f"/api/v1/topics/{topic}", token)["torrent"]
        return torrent["seeders"], torrent["leechers"], torrent["completed"]

    def download(self, topic, token, query=""):
        """The `.torrent` as the owner of `token` gets it."""
        status, headers, body = self.request("GET", f"/dl/{topic}{query}", token)
        if status != 200 or "bittorrent" not in headers.get("content-type", ""):
            raise AssertionError(f"GET /dl/{topic}: {status} {headers.get('content-type')} {body[:200]!r}")
        return body


def multipart(fields):
    """Content type and body of a form; a field is (name, file name or None, bytes)."""
    boundary = uuid.uuid4().hex
    body = b""
    for name, file, value in fields:
        disposition = f'form-data; name="{name}"'
        kind = ""
        if file is not None:
            disposition += '; filename="%s"' % file.replace('"', "_")
            kind = "Content-Type: application/x-bittorrent\r\n"
        body += f"--{boundary}\r\nContent-Disposition: {disposition}\r\n{kind}\r\n".encode() + value + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body


__all__ = ["ApiError", "Member", "PASSWORD", "Skep", "Timeout", "binary", "multipart"]
