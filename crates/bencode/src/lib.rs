//! Bencode (BEP 3): borrowed, iterative decoding with limits, and a canonical writer.
