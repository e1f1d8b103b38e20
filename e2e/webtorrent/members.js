// Run by `tls.test.js` as a process of its own, since node reads NODE_EXTRA_CA_CERTS when it starts: a client for each
// address given, in one swarm. Prints what they heard, or ends with the reason why they heard nothing.
import { Peer } from "./peer.js";

const [infoHash, ...urls] = process.argv.slice(2);
const peers = urls.map((url, at) => new Peer(infoHash, url, 7001 + at));
const heard = { start: [], complete: [], scrape: [], stop: [] };
try {
  for (const peer of peers) heard.start.push(await peer.announce("start"));
  for (const peer of peers) {
    peer.left = 0;
    heard.complete.push(await peer.announce("complete"));
  }
  for (const peer of peers) {
    const { complete, incomplete, downloaded } = await peer.scrape();
    heard.scrape.push([complete, incomplete, downloaded]);
  }
  for (const peer of peers) heard.stop.push(await peer.announce("stop"));
  console.log(JSON.stringify(heard));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  peers.forEach((peer) => peer.end());
}
