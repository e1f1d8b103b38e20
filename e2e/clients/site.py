"""A site with its tracker: members post, download, and have accounts."""

from pathlib import Path

from common import bencode
from common.network import HERE, SERVER
from common.process import free_port
from common.relay import Relay
from common.skep import Skep
from common.torrents import only_tracker, torrent_by_libtorrent, torrent_v1, trackers


class Site:
    """`skep serve` with access `registered` and two forums: one forces the passkey, one serves anybody."""

    relay = None

    def __init__(self, folder, network=None):
        self.host = network.server if network else HERE
        folder = Path(folder)
        folder.mkdir()
        words = []
        if network:
            http, udp = (SERVER, free_port()), (SERVER, free_port())
            words = ["--tracker-http", f"[::]:{http[1]}", "--tracker-udp", f"[::]:{udp[1]}"]
        else:
            self.relay = Relay()
            http, udp = self.relay.http, self.relay.udp
        # what stands in a `.torrent`; the relay there, so that what clients announce is on record
        self.public = ("http://%s:%d" % http, "udp://%s:%d" % udp)
        environment = dict(zip(("SKEP_TRACKER__PUBLIC_HTTP", "SKEP_TRACKER__PUBLIC_UDP"), self.public))
        self.skep = Skep(folder / "skep", words, environment, self.host).start()
        if self.relay:
            self.relay.forward_to(self.skep.http_tracker, self.skep.udp_tracker)
        self.admin = self.skep.add_user("keeper", "read,download,account,post,admin,tracker", admin=True)
        self.forums = {
            "private": self.skep.add_forum(self.admin.token, "Members only", "force"),
            "public": self.skep.add_forum(self.admin.token, "Open shelves", "allow"),
        }

    def offer(self, number, case, folder, payload, schemes):
        """The case's torrent, posted by one member and downloaded by two, who take the addresses of these `schemes`."""
        return Topic(self, number, case, folder, payload, schemes)


class Topic:
    """A torrent on a site."""

    def __init__(self, site, number, case, folder, payload, schemes):
        self.site, skep = site, site.skep
        self.users = [skep.add_user(f"seed{number}"), skep.add_user(f"leech{number}")]
        for user in self.users:
            skep.me(user)
        private = case.access == "private"
        # a private one comes from elsewhere, with a tracker that must not survive here
        elsewhere = "http://127.0.0.1:9/elsewhere/announce" if private else None
        if case.version == "v1":
            torrent, self.hashes = torrent_v1(payload.folder, payload.name, private, elsewhere)
        else:
            torrent, self.hashes = torrent_by_libtorrent(payload.folder, payload.name, private, case.version, elsewhere)
        token = self.users[0].token
        self.topic = skep.add_topic(token, site.forums[case.access], payload.name, torrent)["topic_id"]

        # both download the .torrent as members do
        self.torrents = []
        for user, scheme in zip(self.users, schemes):
            data = skep.download(self.topic, user.token)
            self._handed_out(data, torrent, user, private)
            path = folder / f"{user.name}.torrent"
            path.write_bytes(only_tracker(data, scheme))
            self.torrents.append(path)

    def _handed_out(self, data, uploaded, user, private):
        """The `.torrent` as a member gets it: the same info dictionary, and no tracker but ours, with their key."""
        if bencode.span(data, b"info") != bencode.span(uploaded, b"info"):
            raise AssertionError("the info dictionary is not the uploaded one, byte for byte")
        ours = tuple(f"{address}/" for address in self.site.public)
        for url in trackers(data):
            if not url.startswith(ours) or (private and user.passkey not in url):
                raise AssertionError(f"{user.name}'s .torrent names {url}")

    def open(self):
        """It is served since it was posted."""

    def close(self):
        """It stays."""
        return None

    def counters(self):
        """(seeders, leechers, completed) as the topic has them."""
        return self.site.skep.counters(self.topic, self.users[0].token)

    def accounts(self):
        """(uploaded, downloaded) of the seeder's and the leecher's account."""
        read = [self.site.skep.me(user) for user in self.users]
        return [(me["uploaded"], me["downloaded"]) for me in read]

    def heard_from(self):
        """The addresses from which the torrent was announced."""
        path = f"/api/v1/tracker/torrents/{self.hashes[0].hex()}/announces"
        return {item["ip"] for item in self.site.skep.api("GET", path, self.site.admin.token)["items"]}
