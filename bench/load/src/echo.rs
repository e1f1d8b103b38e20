//! A tracker that knows nothing: every announce gets as many peers as it wants, at once.

use std::net::{SocketAddr, UdpSocket};

use anyhow::{Context, Result};
use datagrams::{Inbox, Outbox};
use socket2::SockRef;

/// Answers for ever.
pub fn run(addr: SocketAddr) -> Result<()> {
    let socket = UdpSocket::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    SockRef::from(&socket).set_recv_buffer_size(8 << 20)?;
    println!("ready {}", socket.local_addr()?);
    let (mut inbox, mut outbox) = (Inbox::new(), Outbox::new());
    loop {
        inbox.receive(&socket)?;
        for (packet, from) in inbox.packets() {
            outbox.write(from, |answer| echo(packet, answer));
        }
        outbox.send(&socket);
    }
}

/// BEP 15 by its sizes alone.
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
