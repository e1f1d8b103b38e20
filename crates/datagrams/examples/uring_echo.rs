//! `load echo` over io_uring: what the system allows that way, to be held against `recvmmsg` and `sendmmsg`.
//!
//! ```text
//! cargo run --release -p datagrams --example uring_echo -- ADDR
//! ```
//!
//! One receive for all packets (`recvmsg`, multishot) takes them into buffers that the kernel was lent in a
//! ring; answers are queued and sent by the same system call that waits for more. Only the thread that
//! submits is ever interrupted, and only when it asks (`SINGLE_ISSUER`, `DEFER_TASKRUN`). Needs Linux 6.6.

#![allow(unsafe_code)]

use std::io;
use std::mem;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::ptr;
use std::sync::atomic::{AtomicU16, Ordering};

use io_uring::types::{BufRingEntry, Fixed, RecvMsgOut};
use io_uring::{IoUring, cqueue, opcode, squeue};
use socket2::SockRef;

fn main() -> io::Result<()> {
    let addr = std::env::args().nth(1).unwrap_or("127.0.0.1:3000".into());
    let addr: SocketAddr = addr.parse().map_err(io::Error::other)?;
    let socket = UdpSocket::bind(addr)?;
    SockRef::from(&socket).set_recv_buffer_size(8 << 20)?;
    println!("ready {}", socket.local_addr()?);

    let mut ring = IoUring::builder()
        .setup_single_issuer()
        .setup_defer_taskrun()
        .setup_no_sqarray()
        .setup_submit_all()
        .setup_cqsize(4 * u32::from(BUFFERS))
        .build(SUBMISSIONS)?;
    ring.submitter().register_files(&[socket.as_raw_fd()])?;
    let mut lent = Lent::new(&ring)?;
    // SAFETY: a plain C struct, for which zeros are a value.
    let mut head: libc::msghdr = unsafe { mem::zeroed() };
    head.msg_namelen = size_of::<libc::sockaddr_in6>() as _;
    let receive = opcode::RecvMsgMulti::new(Fixed(0), &head, GROUP)
        .build()
        .user_data(RECEIVE);
    // SAFETY: `head` lives as long as the ring is used, and nothing changes it.
    unsafe { ring.submission().push(&receive) }.map_err(io::Error::other)?;

    let mut answers: Vec<Vec<u8>> = vec![Vec::new(); ANSWERS];
    let mut used = Vec::with_capacity(ANSWERS);
    let mut wait = 1;
    loop {
        // sends what was queued, and takes what has come
        ring.submit_and_wait(wait)?;
        // the senders' addresses stood in these buffers until now
        lent.give_back(&mut used);
        let (_, mut submissions, mut completions) = ring.split();
        let mut ended = false;
        while used.len() < ANSWERS {
            let Some(completion) = completions.next() else {
                break;
            };
            if completion.user_data() != RECEIVE {
                // an answer that could not be sent
                continue;
            }
            ended |= !cqueue::more(completion.flags());
            let (Ok(length), Some(buffer)) = (
                usize::try_from(completion.result()),
                cqueue::buffer_select(completion.flags()),
            ) else {
                // no buffer was left: the receive has ended and begins anew
                continue;
            };
            let answer = &mut answers[used.len()];
            answer.clear();
            used.push(buffer);
            let Ok(packet) = RecvMsgOut::parse(lent.buffer(buffer, length), &head) else {
                continue;
            };
            echo(packet.payload_data(), answer);
            if answer.is_empty() {
                continue;
            }
            let to = packet.name_data();
            let send = opcode::Send::new(Fixed(0), answer.as_ptr(), answer.len() as u32)
                // never put off: what cannot be sent at once is dropped, so that its memory is free
                .flags(libc::MSG_DONTWAIT)
                .dest_addr(to.as_ptr().cast())
                .dest_addr_len(to.len() as _)
                .build()
                .flags(squeue::Flags::SKIP_SUCCESS);
            // SAFETY: answer and address stay as they are until the next system call, which is done
            // with them when it returns, since the send may not be put off.
            unsafe { submissions.push(&send) }.map_err(io::Error::other)?;
        }
        if ended {
            // SAFETY: as above.
            unsafe { submissions.push(&receive) }.map_err(io::Error::other)?;
        }
        wait = usize::from(completions.is_empty());
    }
}

/// Buffers that the kernel takes packets into.
struct Lent {
    memory: Box<[u8]>,
    ring: *mut BufRingEntry,
    tail: u16,
}

impl Lent {
    fn new(ring: &IoUring) -> io::Result<Self> {
        // SAFETY: fresh memory, at no particular place; whole pages, as the kernel asks.
        let entries = unsafe {
            libc::mmap(
                ptr::null_mut(),
                usize::from(BUFFERS) * size_of::<BufRingEntry>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if entries == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the memory is as long as is said, and is never given back.
        unsafe {
            ring.submitter()
                .register_buf_ring_with_flags(entries as u64, BUFFERS, GROUP, 0)?;
        }
        let mut lent = Self {
            memory: vec![0; usize::from(BUFFERS) * BUFFER].into(),
            ring: entries.cast(),
            tail: 0,
        };
        lent.give_back(&mut (0..BUFFERS).collect());
        Ok(lent)
    }

    /// What stands in a buffer that the kernel has filled.
    fn buffer(&self, number: u16, length: usize) -> &[u8] {
        &self.memory[usize::from(number) * BUFFER..][..length]
    }

    /// Lends buffers to the kernel again.
    fn give_back(&mut self, numbers: &mut Vec<u16>) {
        for number in numbers.drain(..) {
            let at = usize::from(self.tail % BUFFERS);
            let buffer = self.memory[usize::from(number) * BUFFER..].as_mut_ptr();
            // SAFETY: the place is within the ring, and the kernel does not look at it before the
            // tail has passed it.
            let entry = unsafe { &mut *self.ring.add(at) };
            entry.set_addr(buffer as u64);
            entry.set_len(BUFFER as u32);
            entry.set_bid(number);
            self.tail = self.tail.wrapping_add(1);
        }
        // SAFETY: the tail stands in the first entry, is aligned, and is the kernel's to read only.
        let tail = unsafe { &*BufRingEntry::tail(self.ring).cast::<AtomicU16>() };
        tail.store(self.tail, Ordering::Release);
    }
}

/// BEP 15 by its sizes alone, as `load echo` does it.
fn echo(packet: &[u8], answer: &mut Vec<u8>) {
    let Some((head, body)) = packet.split_first_chunk::<16>() else {
        return;
    };
    let (action, transaction) = (head[11], &head[12..]);
    let rest = match action {
        0 => 8,
        1 => match body.get(76..80) {
            Some(&[0, 0, 0, want]) => 12 + 6 * usize::from(want.min(30)),
            Some(_) => 12 + 6 * 30,
            None => return,
        },
        2 => body.len() / 20 * 12,
        _ => return,
    };
    answer.extend([0, 0, 0, action]);
    answer.extend(transaction);
    answer.resize(8 + rest, 7);
}

const SUBMISSIONS: u32 = 512;
/// One place is left for the receive.
const ANSWERS: usize = SUBMISSIONS as usize - 1;
const BUFFERS: u16 = 1024;
/// A packet of 2,048 bytes, the address of its sender, and what is said about both.
const BUFFER: usize = 2048 + 64;
const GROUP: u16 = 0;
const RECEIVE: u64 = 1;
