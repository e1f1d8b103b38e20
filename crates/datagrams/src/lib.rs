//! Many UDP packets per system call: `recvmmsg(2)` and `sendmmsg(2)`.
//!
//! The kernel's own work on a small packet is most of what answering it costs; entering the kernel
//! once for many packets saves a tenth of that. An [`Inbox`] takes what has come, an [`Outbox`]
//! sends what is to go; both allocate their memory once.
//!
//! ```
//! use datagrams::{Inbox, Outbox};
//! use std::net::UdpSocket;
//!
//! # fn main() -> std::io::Result<()> {
//! let server = UdpSocket::bind("127.0.0.1:0")?;
//! let client = UdpSocket::bind("127.0.0.1:0")?;
//! client.send_to(b"ping", server.local_addr()?)?;
//!
//! let (mut inbox, mut outbox) = (Inbox::new(), Outbox::new());
//! inbox.receive(&server)?;
//! for (packet, from) in inbox.packets() {
//!     outbox.write(from, |answer| answer.extend(packet.iter().rev()));
//! }
//! outbox.send(&server);
//!
//! let mut answer = [0; 4];
//! client.recv(&mut answer)?;
//! assert_eq!(&answer, b"gnip");
//! # Ok(())
//! # }
//! ```
//!
//! The code is unsafe here since no crate offers both calls without an allocation for each round.

#![allow(unsafe_code)]

mod address;
mod inbox;
mod outbox;

pub use address::Address;
pub use inbox::Inbox;
pub use outbox::Outbox;

/// Packets in one round at most. More gain nothing: at full load this many wait, and at less there
/// is no hurry.
pub const ROUND: usize = 64;
