//! BitTorrent's own nouns and formats: hashes, magnets, metainfo, wire messages. No I/O.
