// Runs a suite, `node suite.js NAME FILE…`, and says at its end how many steps passed and failed.
import { run } from "node:test";
import path from "node:path";

const [name, ...files] = process.argv.slice(2);
const began = Date.now();
let passed = 0;
const failures = [];

const stream = run({ files: files.map((file) => path.resolve(file)), concurrency: false });
const indent = (data) => "  ".repeat(data.nesting);
stream.on("test:pass", (data) => {
  if (data.skip !== undefined) return;
  if (data.nesting > 0) passed += 1;
  console.log(`${indent(data)}ok   ${data.name}  (${(data.details.duration_ms / 1000).toFixed(1)} s)`);
});
stream.on("test:fail", (data) => {
  // a walk fails because one of its steps did: that one is told of
  const error = data.details.error?.cause ?? data.details.error;
  if (data.details.error?.failureType === "subtestsFailed") return;
  failures.push(data.name);
  console.log(`${indent(data)}FAIL ${data.name}: ${error?.stack ?? error}`);
});
stream.on("test:stderr", (data) => process.stderr.write(data.message));
stream.on("end", () => {
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(`${name}: ${passed} passed, ${failures.length} failed in ${seconds} s`);
  process.exitCode = failures.length || !passed ? 1 : 0;
});
stream.resume();
