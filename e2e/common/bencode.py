"""Bencoding, independent of the code under test: strict decode, canonical encode, exact spans."""


class BencodeError(ValueError):
    """The input is not canonical bencoding; the message says where."""


def encode(value):
    """Canonical bencoding of ints, bytes, str (UTF-8), lists and dicts."""
    out = []
    _encode(value, out)
    return b"".join(out)


def _encode(value, out):
    if isinstance(value, bool):
        raise TypeError("a bool has no bencoding")
    if isinstance(value, int):
        out.append(b"i%de" % value)
    elif isinstance(value, (bytes, bytearray)):
        out.append(b"%d:" % len(value))
        out.append(bytes(value))
    elif isinstance(value, str):
        _encode(value.encode(), out)
    elif isinstance(value, (list, tuple)):
        out.append(b"l")
        for item in value:
            _encode(item, out)
        out.append(b"e")
    elif isinstance(value, dict):
        out.append(b"d")
        keyed = {(k.encode() if isinstance(k, str) else k): v for k, v in value.items()}
        for key in sorted(keyed):
            _encode(key, out)
            _encode(keyed[key], out)
        out.append(b"e")
    else:
        raise TypeError(f"{type(value).__name__} has no bencoding")


def decode(data):
    """The value of `data`, which must be one canonical value with nothing after it."""
    value, end = _decode(data, 0)
    if end != len(data):
        raise BencodeError(f"{len(data) - end} trailing bytes at {end}")
    return value


def span(data, key):
    """The exact bytes of the value under `key` of the top-level dictionary."""
    if data[:1] != b"d":
        raise BencodeError("not a dictionary")
    at = 1
    while data[at : at + 1] != b"e":
        name, at = _decode(data, at)
        _, end = _decode(data, at)
        if name == key:
            return data[at:end]
        at = end
    raise KeyError(key)


def _decode(data, at):
    head = data[at : at + 1]
    if head == b"i":
        end = data.index(b"e", at)
        text = data[at + 1 : end]
        number = int(text)
        if str(number).encode() != text:
            raise BencodeError(f"integer {text!r} at {at} is not canonical")
        return number, end + 1
    if head.isdigit():
        colon = data.index(b":", at)
        start = colon + 1
        end = start + int(data[at:colon])
        if end > len(data):
            raise BencodeError(f"string at {at} runs past the end")
        return data[start:end], end
    if head == b"l":
        items, at = [], at + 1
        while data[at : at + 1] != b"e":
            item, at = _decode(data, at)
            items.append(item)
        return items, at + 1
    if head == b"d":
        items, at, last = {}, at + 1, None
        while data[at : at + 1] != b"e":
            key, at = _decode(data, at)
            if last is not None and key <= last:
                raise BencodeError(f"key {key!r} at {at} is out of order")
            last = key
            items[key], at = _decode(data, at)
        return items, at + 1
    raise BencodeError(f"unexpected byte {head!r} at {at}")
