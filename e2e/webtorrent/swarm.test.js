// Clients of the WebTorrent family against a real tracker: the npm client over HTTP, UDP and WebSocket, and pages
// in Chromium that transfer a file among themselves, with a native client in the same swarm.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import Client from "bittorrent-tracker";
import { chromium } from "playwright-core";

import { Skep } from "../browser/support/skep.js";
import { PATIENCE, Peer } from "./peer.js";

const require = createRequire(import.meta.url);
const OPEN = { SKEP_TRACKER__ACCESS: "open", SKEP_TRACKER__MIN_INTERVAL: "10" };

describe("the npm client", () => {
  // its UDP knows IPv4 alone
  for (const [host, second] of [["127.0.0.1", "announceUdp"], ["[::1]", "announce"]]) {
    test(`over HTTP, UDP and WebSocket on ${host}: one swarm`, async () => {
      const skep = await Skep.start(OPEN, host);
      const infoHash = crypto.randomBytes(20).toString("hex");
      const peers = [
        new Peer(infoHash, skep.announce, 7001),
        new Peer(infoHash, skep[second], 7002),
        new Peer(infoHash, skep.announceWs, 7003),
        new Peer(infoHash, skep.announceWs, 7004),
      ];
      try {
        // each who starts sees one more, whichever way it came
        for (const [at, peer] of peers.entries()) {
          assert.deepEqual(await peer.announce("start"), [0, at + 1], peer.url);
        }
        // those that can be dialled know each other, and nobody else
        const [first, second] = peers;
        await first.announce("update");
        await second.announce("update");
        assert.deepEqual([...first.known], [`${host}:7002`]);
        assert.deepEqual([...second.known], [`${host}:7001`]);

        for (const [at, peer] of peers.entries()) {
          peer.left = 0;
          assert.deepEqual(await peer.announce("complete"), [at + 1, peers.length - at - 1], peer.url);
        }
        for (const peer of peers) {
          const { complete, incomplete, downloaded } = await peer.scrape();
          assert.deepEqual([complete, incomplete, downloaded], [4, 0, 4], peer.url);
        }
        const unknown = crypto.randomBytes(20).toString("hex");
        const both = await scrapeBoth(skep.announceWs, [infoHash, unknown]);
        assert.deepEqual([both[infoHash].complete, both[unknown].complete], [4, 0]);

        for (const [at, peer] of peers.entries()) {
          assert.deepEqual(await peer.announce("stop"), [peers.length - at - 1, 0], peer.url);
        }
      } finally {
        peers.forEach((peer) => peer.end());
        assert.equal(await skep.stop(), 0);
      }
    });
  }

  test("hears over WebSocket why it is refused", async () => {
    const skep = await Skep.start();
    const peer = new Peer(crypto.randomBytes(20).toString("hex"), skep.announceWs, 7001);
    try {
      await assert.rejects(peer.announce("start"), /not registered|unknown|passkey/i);
    } finally {
      peer.end();
      await skep.stop();
    }
  });
});

describe("pages in Chromium", () => {
  let browser;
  let site;
  before(async () => {
    const bundle = fs.readFileSync(require.resolve("webtorrent/dist/webtorrent.min.js"));
    site = http.createServer((request, response) => {
      const script = request.url === "/webtorrent.js";
      response.setHeader("content-type", script ? "text/javascript" : "text/html");
      response.end(script ? bundle : "<!doctype html><title>a page</title>");
    });
    await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
      headless: true,
      // loopback is where these peers live
      args: ["--no-sandbox", "--disable-gpu", "--disable-features=WebRtcHideLocalIpsWithMdns",
        "--allow-loopback-in-peer-connection"],
    });
  });
  after(async () => {
    await browser?.close();
    site?.close();
  });

  test("a file goes from page to page, beside a native client", async () => {
    const skep = await Skep.start(OPEN);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "skep-webtorrent-"));
    const payload = crypto.randomBytes((1 << 20) + 4321);
    let native;
    try {
      const [seeder, leecher] = [await page(browser, site), await page(browser, site)];
      const made = await seeder.evaluate(seed, { announce: skep.announceWs, bytes: payload.toString("base64") });
      const watcher = new Peer(made.infoHash, skep.announceWs, 7001);
      const counts = async () => {
        const { complete, incomplete, downloaded } = await watcher.scrape();
        return [complete, incomplete, downloaded];
      };
      // WebTorrent says that it completed what it seeds
      await until(counts, [1, 0, 1]);

      // aria2 has the file too; to the page it is a number, and it can not dial the page
      fs.writeFileSync(path.join(folder, made.name), payload);
      fs.writeFileSync(path.join(folder, "it.torrent"), Buffer.from(made.torrent, "base64"));
      native = aria2(folder, skep.announce);
      await until(counts, [2, 0, 1]);

      const got = await leecher.evaluate(leech, { announce: skep.announceWs, torrent: made.torrent });
      assert.equal(got.name, made.name);
      assert.ok(Buffer.from(got.bytes, "base64").equals(payload), "exactly the bytes that were seeded");
      assert.deepEqual(got.kinds, ["webrtc"]);
      await until(counts, [3, 0, 2]);
      const others = [new Peer(made.infoHash, skep.announce, 7002), new Peer(made.infoHash, skep.announceUdp, 7003)];
      for (const other of others) {
        const { complete, incomplete } = await other.scrape();
        assert.deepEqual([complete, incomplete], [3, 0], other.url);
        other.end();
      }

      // a page that is closed has left at once, and a client that is ended says so
      await leecher.close();
      await until(counts, [2, 0, 2]);
      await seeder.close();
      await until(counts, [1, 0, 2]);
      native.kill("SIGINT");
      await until(counts, [0, 0, 2]);
      watcher.end();
    } finally {
      native?.kill("SIGKILL");
      assert.equal(await skep.stop(), 0);
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
});

function scrapeBoth(announce, infoHash) {
  return new Promise((resolve, reject) => {
    Client.scrape({ announce, infoHash }, (error, found) => (error ? reject(error) : resolve(found)));
  });
}

async function until(ask, expected) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await ask();
    if (JSON.stringify(found) === JSON.stringify(expected)) return;
    if (Date.now() > end) assert.deepEqual(found, expected);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function page(browser, site) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(`page: ${error.message}`));
  await page.goto(`http://127.0.0.1:${site.address().port}/`);
  return page;
}

// In a page: seeds a file.
async function seed({ announce, bytes }) {
  const { default: WebTorrent } = await import("/webtorrent.js");
  window.client = new WebTorrent({ dht: false, lsd: false, utPex: false, tracker: { rtcConfig: { iceServers: [] } } });
  const file = new File([Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0))], "pollen.bin");
  const torrent = await new Promise((resolve, reject) => {
    window.client.on("error", reject);
    window.client.seed(file, { announce: [announce], announceList: [[announce]] }, resolve);
  });
  const text = Array.from(torrent.torrentFile, (byte) => String.fromCharCode(byte)).join("");
  return { infoHash: torrent.infoHash, name: torrent.name, torrent: btoa(text) };
}

// In a page: downloads it.
async function leech({ announce, torrent }) {
  const { default: WebTorrent } = await import("/webtorrent.js");
  window.client = new WebTorrent({ dht: false, lsd: false, utPex: false, tracker: { rtcConfig: { iceServers: [] } } });
  const file = Uint8Array.from(atob(torrent), (char) => char.charCodeAt(0));
  return new Promise((resolve, reject) => {
    window.client.on("error", reject);
    const kinds = new Set();
    const added = window.client.add(file, { announce: [announce] });
    added.on("wire", (wire) => kinds.add(wire.type));
    added.on("done", async () => {
      const blob = await added.files[0].blob();
      const bytes = new Uint8Array(await blob.arrayBuffer());
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      resolve({ name: added.name, bytes: btoa(text), kinds: [...kinds] });
    });
  });
}

// A native client that has the file in `folder` and seeds it.
function aria2(folder, announce) {
  const words = ["--no-conf=true", "--interface=127.0.0.1", "--disable-ipv6=true", "--enable-dht=false",
    "--bt-enable-lpd=false", "--enable-peer-exchange=false", "--follow-torrent=false", "--file-allocation=none",
    "--check-integrity=true", "--seed-ratio=0.0", "--seed-time=9999", "--summary-interval=0", "--quiet=true",
    `--dir=${folder}`, "--bt-exclude-tracker=*", `--bt-tracker=${announce}`, path.join(folder, "it.torrent")];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", "aria2c", ...words], { stdio: "ignore" });
  process.on("exit", () => child.kill("SIGKILL"));
  return child;
}
