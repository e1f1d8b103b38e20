// The server under test: a fresh data folder, free ports, ended with the suite.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const binary = path.resolve(process.env.SKEP_BIN || path.join(here, "../../../target/debug/skep"));

// children by the folder they live in
const running = new Map();
process.on("exit", () => running.forEach((child, folder) => { end(child); fs.rmSync(folder, { recursive: true, force: true }); }));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

function end(child) {
  try { process.kill(-child.pid, "SIGKILL"); } catch { /* ended already */ }
}

export class Skep {
  // Starts `serve` on an empty store and waits for its `ready` line; `host` is where the tracker listens.
  static async start(environment = {}, host = "127.0.0.1") {
    if (!fs.existsSync(binary)) throw new Error(`no binary at ${binary}: cargo build -p skep, or set SKEP_BIN`);
    const skep = new Skep();
    skep.folder = fs.mkdtempSync(path.join(os.tmpdir(), "skep-browser-"));
    const words = ["serve", "--data", path.join(skep.folder, "data"), "--web", "127.0.0.1:0",
      "--tracker-http", `${host}:0`, "--tracker-udp", `${host}:0`];
    const tied = spawnSync("setpriv", ["--version"]).status === 0;
    const command = tied ? ["setpriv", "--pdeathsig", "KILL", "--", binary, ...words] : [binary, ...words];
    const log = fs.openSync(path.join(skep.folder, "serve.log"), "a");
    skep.child = spawn(command[0], command.slice(1), {
      detached: true, cwd: skep.folder, env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", log],
    });
    running.set(skep.folder, skep.child);
    let out = "";
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`not ready in 60 s: ${skep.log()}`)), 60_000);
      skep.child.stdout.on("data", (data) => {
        out += data;
        if (/^ready .*\n/m.test(out)) { clearTimeout(late); resolve(); }
      });
      skep.child.on("exit", (code) => { clearTimeout(late); reject(new Error(`serve ended with ${code}: ${skep.log()}`)); });
    });
    const urls = Object.fromEntries(/^ready (.*)$/m.exec(out)[1].split(" ").map((part) => {
      const at = part.indexOf("=");
      return [part.slice(0, at), part.slice(at + 1)];
    }));
    skep.web = urls.web.replace(/\/$/, "");
    skep.announce = urls["tracker-http"];
    skep.announceUdp = `${urls["tracker-udp"]}/announce`;
    skep.announceWs = skep.announce.replace(/^http/, "ws");
    // the line may come just after `ready`
    for (let tries = 0; !skep.setup && tries < 100; tries++) {
      skep.setup = /^setup (\S+)$/m.exec(out)?.[1];
      if (!skep.setup) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return skep;
  }

  log() {
    try { return fs.readFileSync(path.join(this.folder, "serve.log"), "utf8").slice(-2000); } catch { return ""; }
  }

  // SIGTERM; the exit status, or null when it had to be killed.
  async stop() {
    const status = await new Promise((resolve) => {
      const late = setTimeout(() => resolve(null), 20_000);
      this.child.on("exit", (code) => { clearTimeout(late); resolve(code); });
      if (this.child.exitCode !== null) resolve(this.child.exitCode);
      else process.kill(this.child.pid, "SIGTERM");
    });
    end(this.child);
    running.delete(this.folder);
    fs.rmSync(this.folder, { recursive: true, force: true });
    return status;
  }
}
