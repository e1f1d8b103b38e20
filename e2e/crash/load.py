"""The load: threads that announce for their clients, and one that posts."""

import threading

from common import bencode
from common.announce import HttpTracker, Refused, UdpTracker, Unanswered
from common.skep import ApiError
from common.torrents import bare_torrent

from .client import Client, Torrent


class Announcers:
    """Clients shared out to threads; `run` announces until `stop`, or until the server is gone."""

    def __init__(self, random, threads):
        self.random = random
        self.hands = [[] for _ in range(threads)]
        self.answers = 0
        self.refusals = []
        self._halt = threading.Event()

    def clients(self):
        return [client for hand in self.hands for client in hand]

    def join(self, user, torrent):
        """A new client of `user` on `torrent`, on the thread with the fewest."""
        hand = min(self.hands, key=len)
        number = len(self.clients())
        peer = b"-E21000-" + self.random.randbytes(12)
        client = Client(user, torrent, 20000 + number, number % 2 == 0, peer)
        hand.append(client)
        return client

    def start(self, skep, pace):
        """Announces from every thread, each at most one per `pace` seconds."""
        self._halt.clear()
        self.threads = [
            threading.Thread(target=self._run, args=(skep, hand, pace, self.random.getrandbits(32)), daemon=True)
            for hand in self.hands
        ]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self._halt.set()
        for thread in self.threads:
            thread.join(60)
            if thread.is_alive():
                raise AssertionError("an announcing thread hangs")

    def _run(self, skep, hand, pace, seed):
        random = type(self.random)(seed)
        http, udp = HttpTracker(skep.http_tracker), UdpTracker(skep.udp_tracker, 3)
        try:
            while not self._halt.is_set():
                client = random.choice(hand)
                (udp if client.udp else http).announce(client.next(random))
                client.acknowledge()
                self.answers += 1
                self._halt.wait(pace)
        except Unanswered:
            # killed: whoever was asking keeps the announce pending
            if not skep.killed:
                self.refusals.append("no answer although the server runs")
        except Refused as refusal:
            self.refusals.append(str(refusal))
        finally:
            http.close()
            udp.close()

    def repeat(self, skep):
        """Sends every unanswered announce once more, as it was; all must be answered now."""
        http, udp = HttpTracker(skep.http_tracker), UdpTracker(skep.udp_tracker, 20)
        try:
            for client in self.clients():
                if client.pending is not None:
                    (udp if client.udp else http).announce(client.pending)
                    client.acknowledge()
        finally:
            http.close()
            udp.close()


class Poster:
    """Posts one topic with a torrent after the other through the API."""

    def __init__(self, random, members, forum):
        self.random, self.members, self.forum = random, members, forum
        self.posted = []
        self.unanswered = None
        self.number = 0
        self.errors = []

    def start(self, skep, pace):
        self._halt = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(skep, pace), daemon=True)
        self.thread.start()

    def stop(self):
        self._halt.set()
        self.thread.join(60)
        if self.thread.is_alive():
            raise AssertionError("the posting thread hangs")

    def post(self, skep):
        """Posts the next topic, or the one whose answer was lost; its torrent."""
        if self.unanswered is None:
            self.number += 1
            title = f"Crash release {self.number}"
            self.unanswered = (title, *bare_torrent(title, self.random.randrange(1 << 20, 1 << 24), self.number))
        title, data, wire = self.unanswered
        # members take turns: how often one may post is limited
        member = self.members[self.number % len(self.members)]
        size = bencode.decode(data)[b"info"][b"length"]
        try:
            topic = skep.add_topic(member.token, self.forum, title, data)["topic_id"]
        except ApiError as error:
            if error.status != 409:
                raise
            # it was written before the kill: the refusal names the topic
            topic = error.body["error"]["details"]["topic_id"]
        self.unanswered = None
        torrent = Torrent(topic, wire, size)
        self.posted.append((torrent, title))
        return torrent

    def _run(self, skep, pace):
        try:
            while not self._halt.is_set():
                self.post(skep)
                self._halt.wait(pace)
        except ApiError as error:
            self.errors.append(str(error))
        except Exception as error:
            # killed in the middle: whether it was posted shows after the restart
            if not skep.killed:
                self.errors.append(repr(error))
