// Bencoding and .torrent files, independent of the code under test; and announces by hand.
import { createHash, randomBytes } from "node:crypto";

const sha1 = (data) => createHash("sha1").update(data).digest();
const sha256 = (data) => createHash("sha256").update(data).digest();

export function encode(value) {
  if (typeof value === "number") return Buffer.from(`i${value}e`);
  if (typeof value === "string") value = Buffer.from(value);
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from(`${value.length}:`), value]);
  if (Array.isArray(value)) return Buffer.concat([Buffer.from("l"), ...value.map(encode), Buffer.from("e")]);
  const keys = Object.keys(value).map((key) => [Buffer.from(key, "latin1"), value[key]]);
  keys.sort(([a], [b]) => Buffer.compare(a, b));
  return Buffer.concat([Buffer.from("d"), ...keys.flatMap(([key, item]) => [encode(key), encode(item)]), Buffer.from("e")]);
}

// A decoded value; dictionaries carry the exact bytes of each value in `raw`.
export function decode(data) {
  let at = 0;
  const read = () => {
    const head = String.fromCharCode(data[at]);
    if (head === "i") {
      const end = data.indexOf("e", at);
      const number = Number(data.subarray(at + 1, end).toString());
      at = end + 1;
      return number;
    }
    if (/\d/.test(head)) {
      const colon = data.indexOf(":", at);
      const length = Number(data.subarray(at, colon).toString());
      at = colon + 1 + length;
      return data.subarray(colon + 1, at);
    }
    if (head === "l") {
      const items = [];
      for (at++; data[at] !== 0x65;) items.push(read());
      at++;
      return items;
    }
    if (head === "d") {
      const items = {}, raw = {};
      let last = null;
      for (at++; data[at] !== 0x65;) {
        const key = read();
        if (last && Buffer.compare(last, key) >= 0) throw new Error(`keys out of order at ${at}`);
        last = key;
        const start = at;
        items[key.toString("latin1")] = read();
        raw[key.toString("latin1")] = data.subarray(start, at);
      }
      at++;
      Object.defineProperty(items, "raw", { value: raw });
      return items;
    }
    throw new Error(`unexpected ${head} at ${at}`);
  };
  const value = read();
  if (at !== data.length) throw new Error(`${data.length - at} trailing bytes`);
  return value;
}

const PIECE = 16384;

// A v1 torrent of the given files ([[path, length], …] or one length): { data, info, hash }.
export function v1(name, files, { isPrivate = true, ...outer } = {}) {
  const info = { name, "piece length": PIECE };
  if (Array.isArray(files)) info.files = files.map(([path, length]) => ({ path: path.split("/"), length }));
  else info.length = files;
  const size = Array.isArray(files) ? files.reduce((sum, [, length]) => sum + length, 0) : files;
  info.pieces = randomBytes(20 * Math.ceil(size / PIECE));
  if (isPrivate) info.private = 1;
  return wrap(info, outer);
}

// A v2-only torrent of one file of one block.
export function v2(name, { isPrivate = true, ...outer } = {}) {
  const block = randomBytes(PIECE);
  const info = { name, "piece length": PIECE, "meta version": 2 };
  info["file tree"] = { [name]: { "": { length: PIECE, "pieces root": sha256(block) } } };
  if (isPrivate) info.private = 1;
  return wrap(info, outer);
}

// A hybrid of one file of one block.
export function hybrid(name, { isPrivate = true, ...outer } = {}) {
  const block = randomBytes(PIECE);
  const info = { name, "piece length": PIECE, "meta version": 2, length: PIECE, pieces: sha1(block) };
  info["file tree"] = { [name]: { "": { length: PIECE, "pieces root": sha256(block) } } };
  if (isPrivate) info.private = 1;
  return wrap(info, outer);
}

export function wrap(info, outer = {}) {
  const raw = encode(info);
  const data = encode({ ...outer, info });
  return { data, info: raw, name: info.name, hash: sha1(raw).toString("hex"), hash2: sha256(raw).toString("hex") };
}

// The same info dictionary with the private flag set, as a forum that forces it registers it.
export function forced(torrent) {
  return wrap({ ...decode(torrent.data).info, private: 1 });
}

// One announce over HTTP, as a client with this .torrent would make it; throws on a failure reason.
export async function announce(url, hash, peer, { port, left = 0, event = "started", uploaded = 0, downloaded = 0 }) {
  const escape = (bytes) => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  const id = Buffer.from(`-E21000-${peer}`.padEnd(20, "0").slice(0, 20));
  const query = `info_hash=${escape(Buffer.from(hash, "hex"))}&peer_id=${escape(id)}&port=${port}&uploaded=${uploaded}`
    + `&downloaded=${downloaded}&left=${left}&compact=1&event=${event}`;
  const answer = await fetch(`${url}?${query}`);
  const body = decode(Buffer.from(await answer.arrayBuffer()));
  if (body["failure reason"]) throw new Error(`the tracker refuses: ${body["failure reason"]}`);
  return body;
}
