use std::mem;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::ptr;

use libc::{iovec, mmsghdr};

use crate::{Address, ROUND};

/// Collects packets and sends them, many at a time.
pub struct Outbox {
    packets: Box<[Vec<u8>]>,
    receivers: Box<[Address]>,
    heads: Box<[mmsghdr]>,
    vectors: Box<[iovec]>,
    written: usize,
}

// SAFETY: the pointers in `heads` and `vectors` lead into memory that the same value owns on the
// heap, and are written anew before each use.
unsafe impl Send for Outbox {}

impl Outbox {
    /// An empty one.
    pub fn new() -> Self {
        // SAFETY: plain C structs, for which zeros are a value: no address, no buffer.
        let (head, vector): (mmsghdr, iovec) = unsafe { (mem::zeroed(), mem::zeroed()) };
        Self {
            packets: vec![Vec::new(); ROUND].into(),
            receivers: vec![Address::empty(); ROUND].into(),
            heads: vec![head; ROUND].into(),
            vectors: vec![vector; ROUND].into(),
            written: 0,
        }
    }

    /// Whether nothing more can be written before the next [`send`](Self::send): there are
    /// [`ROUND`] packets in it.
    pub fn is_full(&self) -> bool {
        self.written == ROUND
    }

    /// Writes a packet into memory that is empty at first. One that stays empty is not sent; nor
    /// is one for which there is no room. Returns whether it will be.
    pub fn write(&mut self, to: &Address, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        let Some(packet) = self.packets.get_mut(self.written) else {
            return false;
        };
        packet.clear();
        write(packet);
        if packet.is_empty() {
            return false;
        }
        self.receivers[self.written] = *to;
        self.written += 1;
        true
    }

    /// Sends what was written and forgets it. Returns how many packets the system took; one that it
    /// does not take (the way to its receiver is closed, the packet too large) keeps back no other.
    pub fn send(&mut self, socket: &UdpSocket) -> usize {
        let written = mem::take(&mut self.written);
        for at in 0..written {
            self.vectors[at] = iovec {
                iov_base: self.packets[at].as_mut_ptr().cast(),
                iov_len: self.packets[at].len(),
            };
            let head = &mut self.heads[at].msg_hdr;
            head.msg_name = ptr::from_mut(&mut self.receivers[at].raw).cast();
            head.msg_namelen = self.receivers[at].length;
            head.msg_iov = ptr::from_mut(&mut self.vectors[at]);
            head.msg_iovlen = 1;
        }
        let (mut sent, mut refused) = (0, 0);
        while sent + refused < written {
            let heads = &mut self.heads[sent + refused..written];
            // SAFETY: the heads lead to `receivers` and, by way of `vectors`, to `packets`: to
            // initialised memory of the lengths they say, which `self` owns and nothing changes
            // meanwhile.
            let taken = unsafe {
                libc::sendmmsg(socket.as_raw_fd(), heads.as_mut_ptr(), heads.len() as _, 0)
            };
            match usize::try_from(taken) {
                Ok(taken) if taken > 0 => sent += taken,
                // The first of them could not be sent.
                _ => refused += 1,
            }
        }
        sent
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self::new()
    }
}
