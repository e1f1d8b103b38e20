// Files that are no usable torrents: what is wrong with each, the file, and what the refusal must name.
import { randomBytes } from "node:crypto";
import { encode, wrap } from "./torrents.js";

const pieces = randomBytes(20);
const info = (change) => {
  const whole = { name: "a.bin", "piece length": 16384, length: 100, pieces, private: 1, ...change };
  return wrap(Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined))).data;
};

export const WRONG = [
  ["a text", Buffer.from("This is a shopping list, not a torrent."), /bencode/],
  ["a torrent cut short", info({}).subarray(0, 60), /bencode/],
  ["no info", encode({ announce: "http://a.example/announce" }), /info.*missing/],
  ["no pieces", info({ pieces: undefined }), /info.*(missing|pieces|content)/],
  ["torn hashes", info({ pieces: randomBytes(25) }), /info\.pieces.*multiple of 20/],
  ["too few hashes", info({ length: 100_000 }), /piece hashes/],
  ["piece length zero", info({ "piece length": 0 }), /info\.piece length.*zero/],
  ["out of its folder", info({ length: undefined, files: [{ length: 100, path: ["..", "passwd"] }] }), /info\.files\[0\]\.path.*“\.\.”/],
  ["a slash in a name", info({ name: "a/b" }), /info\.name.*slash/],
  ["a negative size", info({ length: -5 }), /info\.length.*negative/],
];
