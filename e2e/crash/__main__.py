"""`python3 -m crash`: twenty kills at random moments; E2E_SEED chooses other moments, E2E_KILLS another number."""

import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import replace
from pathlib import Path

from common import process
from common.announce import HttpTracker
from common.process import wait_until
from common.report import Report
from common.skep import Skep

from .client import Client
from .load import Announcers, Poster

USERS = 10
TORRENTS = 8
THREADS = 6
#: patience with the site on a busy machine
LAG = 20.0
#: a small swarm is on disk this many seconds after an announce
SNAPSHOT = 8.0


class Trial:
    """The site, the load on it and what must be true after every restart."""

    def __init__(self, folder, report, seed):
        self.report, self.random = report, random.Random(seed)
        self.skep = Skep(Path(folder) / "skep")
        self.skep.start()
        admin = self.skep.add_user("keeper", "read,download,account,post,admin", admin=True)
        self.admin = admin
        self.skep.me(admin)
        forum = self.skep.add_forum(admin.token, "Shelf", "force")
        self.users = [self.skep.add_user(f"member{number}") for number in range(USERS)]
        for user in self.users:
            self.skep.me(user)
        self.poster = Poster(self.random, self.users, forum)
        self.announcers = Announcers(self.random, THREADS)
        for _ in range(TORRENTS):
            self.settle(self.poster.post(self.skep))
        self.joined = len(self.poster.posted)
        self.anchors = [self.anchor(number, torrent) for number, (torrent, _) in enumerate(self.poster.posted)]
        time.sleep(SNAPSHOT)

    def anchor(self, number, torrent):
        """A peer that announces now and stays, of a user who does nothing else."""
        client = Client(self.admin, torrent, 19000 + number, False, b"-E21000-anchor-%05d" % number)
        tracker = HttpTracker(self.skep.http_tracker)
        tracker.announce(client.next(self.random))
        client.acknowledge()
        tracker.close()
        return client

    def settle(self, torrent):
        """Gives `torrent` a swarm."""
        for user in self.random.sample(self.users, USERS // 2):
            self.announcers.join(user, torrent)

    def round(self, number):
        """Load, kill, restart, checks."""
        before = self.announcers.answers, len(self.poster.posted)
        self.announcers.start(self.skep, 0.01)
        self.poster.start(self.skep, 0.1)
        # sometimes at once, mostly somewhere within a flush or two
        time.sleep(self.random.choice((0.05, 0.4, 1.0, 1.0)) + self.random.random() * 2)
        self.skep.kill()
        self.announcers.stop()
        self.poster.stop()
        if self.random.random() < 0.15:
            # and once more while it starts
            self.hasty_start()
        answered = self.announcers.answers - before[0]
        posted = len(self.poster.posted) - before[1]
        unanswered = sum(client.pending is not None for client in self.announcers.clients())
        began = time.monotonic()
        self.skep.start()
        took = time.monotonic() - began
        problems = []
        for check in (
            self.load_was_served,
            self.first_peers_are_back,
            self.sums_are_possible,
            self.unanswered_are_repeated,
            self.doctor_is_clean,
            self.swarms_stand,
            self.sums_are_exact,
            self.posts_exist,
        ):
            try:
                check()
            except Exception as error:
                if not isinstance(error, AssertionError):
                    traceback.print_exc()
                problems.append(f"{check.__name__}: {error}")
        name = f"kill {number}"
        note = f"{answered} announces, {posted} posts, {unanswered} unanswered; ready in {took * 1000:.0f} ms"
        if problems:
            self.report.fail(name, "; ".join(problems) + f" ({note})")
        else:
            self.report.ok(name, note)
        while self.joined < len(self.poster.posted):
            if self.joined % 8 == 0:
                self.settle(self.poster.posted[self.joined][0])
            self.joined += 1

    def hasty_start(self):
        """A start that is killed before or just after it is ready."""
        command = [self.skep.binary, "serve", "--data", str(self.skep.data), "--web", "127.0.0.1:0"]
        command += ["--tracker-http", "127.0.0.1:0", "--tracker-udp", "127.0.0.1:0"]
        short = process.Process(command, self.skep.folder / "hasty.log", env=self.skep.environment)
        time.sleep(self.random.random() * 0.4)
        short.kill()

    # what must hold

    def load_was_served(self):
        refusals, self.announcers.refusals = self.announcers.refusals, []
        errors, self.poster.errors = self.poster.errors, []
        if refusals or errors:
            raise AssertionError(f"{refusals[:3]} {errors[:3]}")

    def expected(self, of):
        """Sum of `of(client)` for each user: {user id: (uploaded, downloaded)}."""
        sums = {user.user_id: (0, 0) for user in self.users}
        for client in self.announcers.clients():
            up, down = of(client)
            mine = sums[client.user.user_id]
            sums[client.user.user_id] = (mine[0] + up, mine[1] + down)
        return sums

    def credited(self):
        """What the site says each user has."""
        sums = {}
        for user in self.users:
            me = self.skep.me(user)
            sums[user.user_id] = (me["uploaded"], me["downloaded"])
        return sums

    def sums_are_possible(self):
        """Everything answered before the kill counts, and nothing that was not sent."""
        least, most = self.expected(lambda c: c.settled), self.expected(lambda c: c.possible())

        def held():
            have = self.credited()
            return all(
                least[user][way] <= have[user][way] <= most[user][way] for user in have for way in (0, 1)
            )

        wait_until(
            held, LAG, lambda: "announces are missing or invented:" + differences(self.credited(), least, most)
        )

    def unanswered_are_repeated(self):
        self.announcers.repeat(self.skep)

    def doctor_is_clean(self):
        done = self.skep.run("doctor", check=False)
        if done.returncode != 0:
            raise AssertionError(f"{done.returncode}: {done.stdout.strip()} {done.stderr.strip()}")

    def sums_are_exact(self):
        exact = self.expected(lambda c: c.settled)
        wait_until(
            lambda: self.credited() == exact, LAG, lambda: "sums differ:" + differences(self.credited(), exact, exact), 0.2
        )

    def posts_exist(self):
        posted = self.poster.posted
        chosen = posted[-40:] + self.random.sample(posted, min(10, len(posted)))
        for torrent, title in chosen:
            topic = self.skep.api("GET", f"/api/v1/topics/{torrent.topic}", self.admin.token)
            if topic["title"] != title or topic["torrent"]["info_hash"] != torrent.hash.hex():
                raise AssertionError(f"topic {torrent.topic} should be {title!r}, is {topic}")

    def first_peers_are_back(self):
        """Peers that announced long before the kill are handed out before anybody announced again."""
        tracker = HttpTracker(self.skep.http_tracker)
        for anchor in self.anchors:
            asker = replace(anchor.probe(), peer=b"-E21000-a-mere-asker", port=1999, left=1, numwant=200)
            ports = {port for _, port in tracker.announce(asker).peers}
            tracker.announce(replace(asker, event="stopped"))
            if anchor.port not in ports:
                raise AssertionError(f"topic {anchor.torrent.topic}: peer {anchor.port} is gone, there are {sorted(ports)}")
        tracker.close()

    def swarms_stand(self):
        """Once everybody has announced again, as clients do in time, all are there, and nothing counts twice.

        Whoever left between the last snapshot and the kill may linger until they expire, so there may be more.
        """
        tracker = HttpTracker(self.skep.http_tracker)
        swarms, absent = {}, {}
        for client in [*self.announcers.clients(), *self.anchors]:
            if client.running:
                tracker.announce(client.probe())
            (swarms if client.running else absent).setdefault(client.torrent.topic, []).append(client)
        # once for each user and torrent, however many clients the user has
        completed = Counter(
            topic for _, topic in set().union(*(client.completions for client in self.announcers.clients()))
        )
        for topic, swarm in swarms.items():
            lingering = len(absent.get(topic, ())) + len(swarm)

            def right():
                seeders, leechers, done = self.skep.counters(topic, self.admin.token)
                return len(swarm) <= seeders + leechers <= len(swarm) + lingering and done == completed[topic]

            wait_until(
                right,
                LAG,
                lambda: f"topic {topic} shows {self.skep.counters(topic, self.admin.token)}, "
                f"should have {len(swarm)} peers and {completed[topic]} completed",
                0.4,
            )
            asker = next((client for client in swarm if client.left), swarm[0])
            got = {port for _, port in tracker.announce(replace(asker.probe(), left=1)).peers}
            wanted = {client.port for client in swarm} - {asker.port}
            ghosts = got - wanted - {client.port for client in absent.get(topic, ())}
            if not got >= wanted or ghosts:
                raise AssertionError(f"topic {topic}: peers {sorted(got)} instead of {sorted(wanted)}")
            tracker.announce(asker.probe())
        tracker.close()


def differences(have, least, most):
    """The users whose sums are wrong, in words."""
    return "".join(
        f" user {user} has {have[user]}, should have {least[user]}"
        + (f" to {most[user]}" if most[user] != least[user] else "")
        for user in have
        if not all(least[user][way] <= have[user][way] <= most[user][way] for way in (0, 1))
    )


def main():
    process.end_on_signals()
    seed = int(os.environ.get("E2E_SEED", "1"))
    kills = int(os.environ.get("E2E_KILLS", "20"))
    report = Report("crash")
    print(f"seed {seed}")
    folder = tempfile.mkdtemp(prefix="skep-crash-")
    try:
        trial = Trial(folder, report, seed)
        for number in range(1, kills + 1):
            trial.round(number)
        trial.skep.stop()
        report.ok("serve stops cleanly", f"{trial.announcers.answers} announces, {len(trial.poster.posted)} posts in all")
        trial.skep.start()
        trial.doctor_is_clean()
        trial.sums_are_exact()
        trial.swarms_stand()
        report.ok("after a clean stop everything stands")
        trial.skep.stop()
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
