use std::io;
use std::mem;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::ptr;

use libc::{iovec, mmsghdr};

use crate::{Address, ROUND};

/// Takes packets off a socket, many at a time.
pub struct Inbox {
    packets: Box<[[u8; PACKET]]>,
    senders: Box<[Address]>,
    heads: Box<[mmsghdr]>,
    vectors: Box<[iovec]>,
    received: usize,
}

/// Larger packets are cut off here.
const PACKET: usize = 2048;

// SAFETY: the pointers in `heads` and `vectors` lead into memory that the same value owns on the
// heap, and are written anew before each use.
unsafe impl Send for Inbox {}

impl Inbox {
    /// An empty one; 140 KB.
    pub fn new() -> Self {
        // SAFETY: plain C structs, for which zeros are a value: no address, no buffer.
        let (head, vector): (mmsghdr, iovec) = unsafe { (mem::zeroed(), mem::zeroed()) };
        Self {
            packets: vec![[0; PACKET]; ROUND].into(),
            senders: vec![Address::empty(); ROUND].into(),
            heads: vec![head; ROUND].into(),
            vectors: vec![vector; ROUND].into(),
            received: 0,
        }
    }

    /// Waits for a packet as long as the socket does (not at all, up to its timeout, or for ever),
    /// and takes what else has come. What was taken before is forgotten.
    ///
    /// # Errors
    /// As `recvmmsg(2)`: `WouldBlock` when the waiting was in vain.
    pub fn receive(&mut self, socket: &UdpSocket) -> io::Result<()> {
        self.received = 0;
        for at in 0..ROUND {
            self.vectors[at] = iovec {
                iov_base: self.packets[at].as_mut_ptr().cast(),
                iov_len: PACKET,
            };
            let head = &mut self.heads[at].msg_hdr;
            head.msg_name = ptr::from_mut(&mut self.senders[at].raw).cast();
            head.msg_namelen = Address::LENGTH;
            head.msg_iov = ptr::from_mut(&mut self.vectors[at]);
            head.msg_iovlen = 1;
        }
        // SAFETY: the heads lead to `senders` and, by way of `vectors`, to `packets`: to memory of
        // the lengths they say, which `self` owns and nothing else uses meanwhile. Any bytes are
        // valid there. No timeout is given.
        let received = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.heads.as_mut_ptr(),
                ROUND as _,
                libc::MSG_WAITFORONE as _,
                ptr::null_mut(),
            )
        };
        self.received = usize::try_from(received).map_err(|_| io::Error::last_os_error())?;
        for (sender, head) in self.senders.iter_mut().zip(&self.heads[..self.received]) {
            sender.length = head.msg_hdr.msg_namelen.min(Address::LENGTH);
        }
        Ok(())
    }

    /// What was taken last, with its senders.
    pub fn packets(&self) -> impl ExactSizeIterator<Item = (&[u8], &Address)> {
        let packets = self.packets.iter().zip(&self.senders);
        let heads = &self.heads[..self.received];
        heads.iter().zip(packets).map(|(head, (packet, sender))| {
            let length = (head.msg_len as usize).min(PACKET);
            (&packet[..length], sender)
        })
    }
}

impl Default for Inbox {
    fn default() -> Self {
        Self::new()
    }
}
