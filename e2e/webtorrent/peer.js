// The npm client, an event at a time.
import crypto from "node:crypto";

import Client from "bittorrent-tracker";

export const PATIENCE = 60_000;

// One npm client with one announce address, in a swarm of its own making.
export class Peer {
  constructor(infoHash, url, port) {
    this.url = url;
    this.left = 1000;
    this.known = new Set();
    this.client = new Client({
      infoHash, peerId: crypto.randomBytes(20), announce: [url], port,
      // offers are made by browsers alone
      getAnnounceOpts: () => ({ numwant: url.startsWith("ws") ? 0 : 50, left: this.left, uploaded: 0, downloaded: 0 }),
    });
    this.client.on("peer", (peer) => this.known.add(peer));
  }

  // Announces in that way: seeders and leechers as the answer has them.
  async announce(way) {
    const answer = await heard(this.client, "update", () => this.client[way]());
    return [answer.complete, answer.incomplete];
  }

  scrape() {
    return heard(this.client, "scrape", () => this.client.scrape());
  }

  end() {
    this.client.destroy();
  }
}

// The next event of that name; a warning is a failure.
function heard(client, name, ask) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => done(reject)(new Error(`no ${name} in time`)), PATIENCE);
    const done = (end) => (value) => {
      clearTimeout(late);
      for (const [event, listener] of listeners) client.removeListener(event, listener);
      end(value);
    };
    const listeners = [[name, done(resolve)], ["warning", done(reject)], ["error", done(reject)]];
    for (const [event, listener] of listeners) client.on(event, listener);
    ask();
  });
}
