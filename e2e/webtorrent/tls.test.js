// The npm client over the tracker's own TLS: wss:// and https:// on the port that speaks ws:// and http:// too.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { Skep } from "../browser/support/skep.js";
import { Peer } from "./peer.js";

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);

describe("the npm client over TLS", () => {
  let folder;
  let cert;
  let key;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "skep-tls-"));
    [cert, key] = [path.join(folder, "cert.pem"), path.join(folder, "key.pem")];
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
      "-days", "2", "-subj", "/CN=tracker", "-addext", "subjectAltName=IP:127.0.0.1,IP:::1",
      "-keyout", key, "-out", cert], { stdio: "pipe" });
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  for (const host of ["127.0.0.1", "[::1]"]) {
    test(`on ${host}: over wss and https, in the swarm of those without`, async () => {
      const skep = await Skep.start({
        SKEP_TRACKER__ACCESS: "open", SKEP_TRACKER__MIN_INTERVAL: "10",
        SKEP_TRACKER__TLS_CERT: cert, SKEP_TRACKER__TLS_KEY: key,
      }, host);
      const infoHash = crypto.randomBytes(20).toString("hex");
      const watcher = new Peer(infoHash, skep.announceWs, 7101);
      try {
        const secure = [skep.announceWs, skep.announce, skep.announceWs].map((url) => url.replace(/^(ws|http):/, "$1s:"));
        assert.deepEqual(secure.map((url) => url.split(":")[0]), ["wss", "https", "wss"]);
        assert.deepEqual(await watcher.announce("start"), [0, 1]);

        // a certificate that nobody vouches for is not believed
        const strangers = await members(infoHash, secure, {});
        assert.equal(strangers.status, 1);
        assert.match(strangers.error, /Error connecting to wss:/);

        const { status, out, error } = await members(infoHash, secure, { NODE_EXTRA_CA_CERTS: cert });
        assert.equal(status, 0, error);
        assert.deepEqual(JSON.parse(out), {
          start: [[0, 2], [0, 3], [0, 4]],
          complete: [[1, 3], [2, 2], [3, 1]],
          scrape: [[3, 1, 3], [3, 1, 3], [3, 1, 3]],
          stop: [[2, 1], [1, 1], [0, 1]],
        });

        const { complete, incomplete, downloaded } = await watcher.scrape();
        assert.deepEqual([complete, incomplete, downloaded], [0, 1, 3]);
      } finally {
        watcher.end();
        assert.equal(await skep.stop(), 0);
      }
    });
  }
});

// Runs `members.js`: its exit status and what it printed.
async function members(infoHash, urls, trust) {
  const child = spawn(process.execPath, [path.join(here, "members.js"), infoHash, ...urls], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined, ...trust },
  });
  const said = { out: "", error: "" };
  child.stdout.on("data", (data) => { said.out += data; });
  child.stderr.on("data", (data) => { said.error += data; });
  const status = await new Promise((resolve) => child.on("close", resolve));
  return { status, ...said };
}
