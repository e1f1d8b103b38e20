"""Payloads of random bytes and the `.torrent` files over them (v1 by hand; v2 and hybrid by libtorrent)."""

import hashlib
import os
import random
from pathlib import Path

from . import bencode

PIECE = 65536


def payload(folder, name, size, seed, many=False):
    """Writes `size` pseudo-random bytes as `folder/name` (one file, or a folder of several) and gives its files."""
    source = random.Random(seed)
    root = Path(folder) / name
    if not many:
        root.parent.mkdir(parents=True, exist_ok=True)
        root.write_bytes(source.randbytes(size))
        return [root]
    parts = [("a.bin", size // 2), ("nested/ünïcode.bin", size // 3)]
    parts.append(("nested/deep/tail.bin", size - sum(length for _, length in parts)))
    files = []
    for path, length in parts:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source.randbytes(length))
        files.append(file)
    return files


def torrent_v1(folder, name, private, announce):
    """A v1 `.torrent` of `folder/name`: bytes and the hashes clients announce (20 bytes each)."""
    root = Path(folder) / name
    files = [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file())
    data = b"".join(file.read_bytes() for file in files)
    info = {
        "name": name,
        "piece length": PIECE,
        "pieces": b"".join(
            hashlib.sha1(data[at : at + PIECE]).digest() for at in range(0, len(data), PIECE)
        ),
    }
    if root.is_file():
        info["length"] = len(data)
    else:
        info["files"] = [
            {"length": file.stat().st_size, "path": list(file.relative_to(root).parts)} for file in files
        ]
    if private:
        info["private"] = 1
    raw = bencode.encode(info)
    data = bencode.encode({"announce": announce, "info": info} if announce else {"info": info})
    return data, [hashlib.sha1(raw).digest()]


def torrent_by_libtorrent(folder, name, private, version, announce):
    """A hybrid or v2-only `.torrent` of `folder/name`: bytes and the hashes clients announce (20 bytes each)."""
    import libtorrent

    storage = libtorrent.file_storage()
    libtorrent.add_files(storage, os.path.join(folder, name))
    flags = libtorrent.create_torrent.v2_only if version == "v2" else 0
    creator = libtorrent.create_torrent(storage, PIECE, flags)
    if announce:
        creator.add_tracker(announce)
    creator.set_priv(private)
    libtorrent.set_piece_hashes(creator, str(folder))
    data = libtorrent.bencode(creator.generate())
    raw = bencode.span(data, b"info")
    v1, v2 = hashlib.sha1(raw).digest(), hashlib.sha256(raw).digest()[:20]
    return data, [v2] if version == "v2" else [v1, v2]


def bare_torrent(name, size, seed):
    """A small private v1 `.torrent` over bytes that exist nowhere, for announces by hand: bytes and info-hash."""
    source = random.Random(seed)
    pieces = (size + PIECE - 1) // PIECE
    info = {"name": name, "piece length": PIECE, "length": size, "pieces": source.randbytes(20 * pieces), "private": 1}
    raw = bencode.encode(info)
    return bencode.encode({"info": info}), hashlib.sha1(raw).digest()


def trackers(data):
    """Every announce URL of a `.torrent`, in order, once."""
    meta = bencode.decode(data)
    urls = [meta[b"announce"]] if b"announce" in meta else []
    for tier in meta.get(b"announce-list", []):
        urls.extend(tier)
    return list(dict.fromkeys(url.decode() for url in urls))


def only_tracker(data, scheme):
    """The same `.torrent` with only its announce URLs of `scheme`, as a member who removes the others in their client."""
    meta = bencode.decode(data)
    urls = [url for url in trackers(data) if url.startswith(scheme + ":")]
    if not urls:
        raise AssertionError(f"the .torrent names no {scheme} tracker: {trackers(data)}")
    meta.pop(b"announce-list", None)
    meta[b"announce"] = urls[0].encode()
    if len(urls) > 1:
        meta[b"announce-list"] = [[url.encode()] for url in urls]
    return bencode.encode(meta)
