"""`python3 -m outages`: E2E_SECONDS of E2E_RATE announces a second, and what is taken away meanwhile."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

from common import process
from common.process import free_port, wait_until
from common.report import Report
from common.services import Postgres, Redis
from common.skep import Skep
from common.torrents import bare_torrent

USERS = int(os.environ.get("E2E_USERS", "50"))
# a member has no more than a few clients on a torrent
TORRENTS = 100
CLIENTS = int(os.environ.get("E2E_CLIENTS", "10000"))
SECONDS = float(os.environ.get("E2E_SECONDS", "20"))
RATE = int(os.environ.get("E2E_RATE", "2000"))
SEED = os.environ.get("E2E_SEED", "1")
#: of the time, PostgreSQL is away for a quarter: 30 s of two minutes
AWAY = SECONDS / 4
#: after everything is back: the pause after failed flushes is half a minute at most
LAG = 90.0


class Trial:
    """The site over its services, and the load on it."""

    def __init__(self, folder, report):
        self.folder, self.report = Path(folder), report
        self.postgres = Postgres(self.folder / "postgres")
        self.redis = Redis(self.folder / "redis")
        # the same ports after every start: clients do not look for new ones
        http, udp = free_port(), free_port()
        environment = {"SKEP_STORE__URL": self.postgres.url, "SKEP_CACHE__URL": self.redis.url}
        ports = ["--tracker-http", f"127.0.0.1:{http}", "--tracker-udp", f"127.0.0.1:{udp}"]
        self.skep = Skep(self.folder / "skep", ports, environment)
        self.skep.start()
        self.begun = time.monotonic()
        self.events = []
        keeper = self.skep.add_user("keeper", "read,post,account,admin", admin=True)
        forum = self.skep.add_forum(keeper.token, "Shelf", "force")
        self.users = [self.skep.add_user(f"member{number}", "read,post,account") for number in range(USERS)]
        for user in self.users:
            self.skep.me(user)
        self.hashes = []
        for number in range(TORRENTS):
            title = f"Release {number}"
            data, wire = bare_torrent(title, 1 << 20, number)
            self.skep.add_topic(self.users[number % USERS].token, forum, title, data)
            self.hashes.append(wire.hex())

    def load(self):
        """The generator, under way."""
        members, torrents = self.folder / "members", self.folder / "torrents"
        members.write_text("".join(user.passkey + "\n" for user in self.users))
        torrents.write_text("".join(wire + "\n" for wire in self.hashes))
        (http, http_port), (udp, udp_port) = self.skep.http_tracker, self.skep.udp_tracker
        command = [os.environ["LOAD_BIN"], "members", "--http", f"{http}:{http_port}", "--udp", f"{udp}:{udp_port}"]
        command += ["--members", str(members), "--torrents", str(torrents), "--clients", str(CLIENTS)]
        command += ["--rate", str(RATE), "--seconds", str(int(SECONDS)), "--patience", "120", "--seed", SEED]
        self.begun = time.monotonic()
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def at(self, share, what, deed):
        """Does something when this share of the time is over."""
        time.sleep(max(0.0, self.begun + share * SECONDS - time.monotonic()))
        deed()
        self.events.append(f"{time.monotonic() - self.begun:.0f} s: {what}")
        print(f"     {self.events[-1]}", flush=True)

    def kill(self):
        self.skep.kill()
        self.skep.start()

    def restart_redis(self):
        self.redis.crash()
        self.redis.start()

    def run(self):
        generator = self.load()
        answer = []
        reader = threading.Thread(target=lambda: answer.append(generator.stdout.read()), daemon=True)
        reader.start()
        try:
            self.at(0.15, "killed and started", self.kill)
            self.at(0.3, "Redis crashed and came back empty", self.restart_redis)
            self.at(0.4, "PostgreSQL crashed", self.postgres.crash)
            self.at(0.4 + AWAY / SECONDS, "PostgreSQL is back", self.postgres.start)
            # what the journal holds of the outage has not been handed over yet
            self.at(0.45 + AWAY / SECONDS, "killed and started", self.kill)
            status = generator.wait(SECONDS + 150)
        finally:
            generator.kill()
        reader.join(10)
        lines = answer[0].splitlines()
        self.report.check("every announce was answered", status == 0, lambda: "; ".join(lines[:2]))
        expected = {}
        for line in lines:
            word, *rest = line.split()
            if word == "member":
                number, uploaded, downloaded = map(int, rest)
                expected[self.users[number].user_id] = (uploaded, downloaded)
        print(f"     {lines[0]}", flush=True)
        self.sums_are_exact(expected)
        self.redis_has_everybody(expected)
        done = self.skep.run("doctor", check=False)
        self.report.check("the doctor finds nothing", done.returncode == 0, done.stdout + done.stderr)
        self.skep.stop()

    def credited(self):
        sums = {}
        for user in self.users:
            me = self.skep.me(user)
            sums[user.user_id] = (me["uploaded"], me["downloaded"])
        return sums

    def sums_are_exact(self, expected):
        name = "the sums in the store are those that were answered, to the byte"
        try:
            wait_until(lambda: self.credited() == expected, LAG, "they are not", 0.5)
        except process.Timeout:
            have = self.credited()
            wrong = {user: (have[user], expected.get(user)) for user in have if have[user] != expected.get(user)}
            self.report.fail(name, f"{len(wrong)} of {len(have)} users: {list(wrong.items())[:3]}")
            return
        up, down = (sum(pair[way] for pair in expected.values()) for way in (0, 1))
        self.report.ok(name, f"{len(expected)} users, {up} bytes up, {down} bytes down")

    def redis_has_everybody(self, expected):
        """Redis lost everything meanwhile: what is published follows the store all the same."""

        def published():
            for user, (uploaded, downloaded) in expected.items():
                answer = self.redis.ask("GET", f"user::{user}").split("\r\n")
                if len(answer) < 2 or not answer[1].startswith("{"):
                    return False
                state = json.loads(answer[1])
                if (state["total_upload"], state["total_downloaded"]) != (uploaded, downloaded):
                    return False
            return all(self.redis.ask("GET", f"torrent::{wire}").startswith("$") for wire in self.hashes)

        try:
            wait_until(published, LAG, "not everybody", 0.5)
            self.report.ok("Redis has every torrent, and every member with the same sums")
        except process.Timeout as error:
            self.report.fail("Redis has every torrent, and every member with the same sums", str(error))


def main():
    process.end_on_signals()
    if not os.access(os.environ.get("LOAD_BIN", ""), os.X_OK):
        raise SystemExit("LOAD_BIN names no binary: cargo build --release -p load, and set it to target/release/load")
    report = Report("outages")
    print(f"{RATE} announces a second for {SECONDS:g} s, {USERS} users, {CLIENTS} clients, seed {SEED}")
    folder = tempfile.mkdtemp(prefix="skep-outages-")
    # PostgreSQL runs as somebody else
    os.chmod(folder, 0o711)
    try:
        Trial(folder, report).run()
    except Exception as error:
        traceback.print_exc()
        report.fail("the trial", str(error))
    finally:
        process.end_all()
        if report.failures:
            print(f"data and logs kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
