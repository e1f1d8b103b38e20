//! Frames of a WebSocket (RFC 6455 section 5), as a server reads and writes them: no extensions, text
//! and binary alike as long as it is text.

use bittorrent::wire::ws::MESSAGE_MAX;
use std::io::Cursor;
use std::ops::Range;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// Bytes on the way to being messages. While nothing is on the way it keeps very little memory.
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    /// How many of them have been taken.
    used: usize,
    /// How many are missing of the frame that has begun, as far as that is known.
    missing: usize,
    /// The frames so far of a message in several.
    parts: Vec<u8>,
    state: Parts,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Parts {
    None,
    Some,
    /// Handed out, to be forgotten.
    All,
}

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming<'a> {
    Message(&'a str),
    Ping(&'a [u8]),
    Pong,
    Close,
}

/// What ends a connection, as far as frames go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    Protocol,
    TooLong,
    NotText,
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Self {
            bytes: Vec::new(),
            used: 0,
            missing: 0,
            parts: Vec::new(),
            state: Parts::None,
        }
    }

    /// Where to append what is read next; there is room for it.
    pub(crate) fn room(&mut self) -> &mut Vec<u8> {
        self.bytes.drain(..self.used);
        self.used = 0;
        if self.bytes.is_empty() && self.bytes.capacity() != IDLE {
            self.bytes = Vec::with_capacity(IDLE);
        } else {
            self.bytes.reserve_exact(self.missing.max(ROOM_LEAST));
        }
        &mut self.bytes
    }

    /// The next message or control frame; `None` when more bytes are needed.
    pub(crate) fn next(&mut self) -> Result<Option<Incoming<'_>>, Broken> {
        if self.state == Parts::All {
            self.parts = Vec::new();
            self.state = Parts::None;
        }
        while let Some((header, payload)) = self.frame()? {
            let data = match header.opcode {
                OpCode::Control(Control::Ping) => {
                    return Ok(Some(Incoming::Ping(&self.bytes[payload])));
                }
                OpCode::Control(Control::Pong) => return Ok(Some(Incoming::Pong)),
                OpCode::Control(_) => return Ok(Some(Incoming::Close)),
                OpCode::Data(data) => data,
            };
            if (data == Data::Continue) != (self.state == Parts::Some) {
                return Err(Broken::Protocol);
            }
            if header.is_final && self.state == Parts::None {
                return text(&self.bytes[payload]);
            }
            if payload.is_empty() && data == Data::Continue && !header.is_final {
                // Any number of them would come to nothing.
                return Err(Broken::Protocol);
            }
            if self.parts.len() + payload.len() > MESSAGE_MAX {
                return Err(Broken::TooLong);
            }
            self.parts.extend_from_slice(&self.bytes[payload]);
            if header.is_final {
                self.state = Parts::All;
                return text(&self.parts);
            }
            self.state = Parts::Some;
        }
        Ok(None)
    }

    /// Takes the next frame, if it is all there, and takes its mask off.
    fn frame(&mut self) -> Result<Option<(FrameHeader, Range<usize>)>, Broken> {
        let mut cursor = Cursor::new(&self.bytes[self.used..]);
        let parsed = FrameHeader::parse(&mut cursor).map_err(|_| Broken::Protocol)?;
        self.missing = 0;
        let Some((header, len)) = parsed else {
            return Ok(None);
        };
        let control = matches!(header.opcode, OpCode::Control(_));
        let reserved = header.rsv1 || header.rsv2 || header.rsv3;
        if reserved || control && (!header.is_final || len > CONTROL_MAX) {
            return Err(Broken::Protocol);
        }
        // A client masks everything (section 5.1).
        let mask = header.mask.ok_or(Broken::Protocol)?;
        let len = usize::try_from(len).map_err(|_| Broken::TooLong)?;
        if len > MESSAGE_MAX {
            return Err(Broken::TooLong);
        }
        let start = self.used + cursor.position() as usize;
        let end = start + len;
        if end > self.bytes.len() {
            self.missing = end - self.bytes.len();
            return Ok(None);
        }
        unmask(&mut self.bytes[start..end], mask);
        self.used = end;
        Ok(Some((header, start..end)))
    }
}

/// Takes a mask off (section 5.3), four bytes at a time.
fn unmask(bytes: &mut [u8], mask: [u8; 4]) {
    let (fours, rest) = bytes.as_chunks_mut::<4>();
    for four in fours {
        *four = (u32::from_ne_bytes(*four) ^ u32::from_ne_bytes(mask)).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask) {
        *byte ^= mask;
    }
}

fn text(bytes: &[u8]) -> Result<Option<Incoming<'_>>, Broken> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Some(Incoming::Message(text))),
        Err(_) => Err(Broken::NotText),
    }
}

/// Appends a message.
pub(crate) fn write_message(out: &mut Vec<u8>, message: &[u8]) {
    write_frame(out, OpCode::Data(Data::Text), message);
}

/// Appends a control frame. Of its payload at most 125 bytes are written.
pub(crate) fn write_control(out: &mut Vec<u8>, kind: Control, payload: &[u8]) {
    let len = payload.len().min(CONTROL_MAX as usize);
    write_frame(out, OpCode::Control(kind), &payload[..len]);
}

fn write_frame(out: &mut Vec<u8>, opcode: OpCode, payload: &[u8]) {
    let header = FrameHeader {
        opcode,
        ..FrameHeader::default()
    };
    let len = payload.len() as u64;
    out.reserve(header.len(len) + payload.len());
    header.format(len, out).expect("a vector takes everything");
    out.extend_from_slice(payload);
}

const CONTROL_MAX: u64 = 125;
/// What an idle connection keeps to read into.
const IDLE: usize = 1 << 10;
const ROOM_LEAST: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame as a client sends it.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [1, 2, 3, 4];
        let mut out = vec![first];
        match payload.len() {
            len @ 0..126 => out.push(0x80 | len as u8),
            len @ 126..0x1_0000 => {
                out.push(0x80 | 126);
                out.extend((len as u16).to_be_bytes());
            }
            len => {
                out.push(0x80 | 127);
                out.extend((len as u64).to_be_bytes());
            }
        }
        out.extend(mask);
        out.extend(payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m));
        out
    }

    /// All that comes out when the bytes come in pieces of that size.
    fn read(bytes: &[u8], piece: usize) -> Result<Vec<String>, Broken> {
        let mut inbox = Inbox::new();
        let mut found = Vec::new();
        for piece in bytes.chunks(piece) {
            inbox.room().extend_from_slice(piece);
            while let Some(incoming) = inbox.next()? {
                found.push(match incoming {
                    Incoming::Message(text) => text.to_owned(),
                    other => format!("{other:?}"),
                });
            }
        }
        Ok(found)
    }

    #[test]
    fn messages_come_out_however_they_are_cut() {
        let long = "x".repeat(5_000);
        let bytes = [
            frame(0x81, b"one"),
            frame(0x82, "zw\u{f6}lf".as_bytes()),
            frame(0x01, b"in "),
            frame(0x89, b"hello"),
            frame(0x00, b"three "),
            frame(0x8a, b""),
            frame(0x80, b"parts"),
            frame(0x81, long.as_bytes()),
            frame(0x81, b""),
            frame(0x88, b"\x03\xe8"),
        ]
        .concat();
        let ping = format!("{:?}", Incoming::Ping(b"hello"));
        let expected = [
            "one",
            "zwölf",
            &ping,
            "Pong",
            "in three parts",
            &long,
            "",
            "Close",
        ];
        for piece in [1, 2, 3, 7, 100, 4096, 1 << 20] {
            assert_eq!(read(&bytes, piece).unwrap(), expected, "{piece}");
        }
    }

    #[test]
    fn what_breaks_the_rules_ends_the_connection() {
        let unmasked = [0x81, 1, b'x'];
        let too_long = frame(0x81, &[b'x'; MESSAGE_MAX + 1]);
        let parts = [frame(0x01, &[b'x'; MESSAGE_MAX]), frame(0x80, b"x")].concat();
        let huge = [
            0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
        ];
        for (bytes, broken) in [
            (&unmasked[..], Broken::Protocol),
            (&frame(0xc1, b"compressed"), Broken::Protocol),
            (&frame(0x83, b"reserved"), Broken::Protocol),
            (&frame(0x80, b"the rest of nothing"), Broken::Protocol),
            (&frame(0x09, b"half a ping"), Broken::Protocol),
            (&frame(0x89, &[0; 126]), Broken::Protocol),
            (
                &[frame(0x01, b"a"), frame(0x81, b"b")].concat(),
                Broken::Protocol,
            ),
            (&frame(0x81, b"\xff"), Broken::NotText),
            (&too_long[..20], Broken::TooLong),
            (&parts, Broken::TooLong),
            (&huge, Broken::TooLong),
        ] {
            assert_eq!(
                read(bytes, 1 << 20),
                Err(broken),
                "{:?}",
                &bytes[..bytes.len().min(20)]
            );
        }
    }

    #[test]
    fn an_idle_connection_keeps_little() {
        let mut inbox = Inbox::new();
        inbox.room().extend(frame(0x01, &[b'x'; 30_000]));
        assert_eq!(inbox.next(), Ok(None));
        inbox.room().extend(frame(0x80, &[b'x'; 30_000]));
        assert!(matches!(inbox.next(), Ok(Some(Incoming::Message(_)))));
        assert_eq!(inbox.next(), Ok(None));
        inbox.room();
        assert_eq!(inbox.bytes.capacity() + inbox.parts.capacity(), IDLE);
    }

    #[test]
    fn frames_are_written_as_the_rfc_has_them() {
        let mut out = Vec::new();
        write_message(&mut out, b"Hello");
        write_control(&mut out, Control::Ping, b"Hello");
        assert_eq!(out, b"\x81\x05Hello\x89\x05Hello");
        out.clear();
        write_message(&mut out, &[b'x'; 300]);
        assert_eq!(out[..4], [0x81, 126, 1, 44]);
        out.clear();
        write_control(&mut out, Control::Pong, &[b'x'; 300]);
        assert_eq!(out.len(), 127);
    }
}
