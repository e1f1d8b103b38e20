//! Both boxes over real sockets.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::time::Duration;

use datagrams::{Address, Inbox, Outbox, ROUND};

fn socket(addr: &str) -> UdpSocket {
    UdpSocket::bind(addr).unwrap()
}

#[test]
fn every_packet_gets_its_own_answer() {
    for addr in ["127.0.0.1:0", "[::1]:0"] {
        let (server, client) = (socket(addr), socket(addr));
        for n in 0..100_u8 {
            client
                .send_to(&[n; 3], server.local_addr().unwrap())
                .unwrap();
        }
        let (mut inbox, mut outbox) = (Inbox::new(), Outbox::new());
        let (mut seen, mut sent) = (0_u8, 0);
        while seen < 100 {
            inbox.receive(&server).unwrap();
            assert!(inbox.packets().len() <= ROUND);
            for (packet, from) in inbox.packets() {
                assert_eq!(from.canonical(), client.local_addr().unwrap());
                assert_eq!(packet, [seen; 3]);
                let wants = seen % 3 != 0;
                let written = outbox.write(from, |answer| {
                    if wants {
                        answer.extend([seen, 1]);
                    }
                });
                assert_eq!(written, wants);
                seen += 1;
            }
            sent += outbox.send(&server);
        }
        assert_eq!(sent, 66);
        let mut buffer = [0; 10];
        for n in (0..100).filter(|n| n % 3 != 0) {
            assert_eq!(client.recv(&mut buffer).unwrap(), 2);
            assert_eq!(buffer[..2], [n, 1]);
        }
    }
}

#[test]
fn ipv4_comes_in_its_own_form_to_a_socket_for_both() {
    let (server, client) = (socket("[::]:0"), socket("127.0.0.1:0"));
    let port = server.local_addr().unwrap().port();
    client.send_to(b"x", ("127.0.0.1", port)).unwrap();
    let (mut inbox, mut outbox) = (Inbox::new(), Outbox::new());
    inbox.receive(&server).unwrap();
    let (_, from) = inbox.packets().next().unwrap();
    assert_eq!(from.canonical(), client.local_addr().unwrap());
    assert!(outbox.write(from, |answer| answer.push(7)));
    assert_eq!(outbox.send(&server), 1);
    assert_eq!(client.recv(&mut [0; 10]).unwrap(), 1);
}

#[test]
fn a_packet_that_cannot_be_sent_keeps_no_other_back() {
    let (server, client) = (socket("127.0.0.1:0"), socket("127.0.0.1:0"));
    let to = Address::from(client.local_addr().unwrap());
    let mut outbox = Outbox::new();
    for size in [1, 70_000, 2] {
        assert!(outbox.write(&to, |packet| packet.resize(size, 0)));
    }
    assert_eq!(outbox.send(&server), 2);
    let mut buffer = [0; 10];
    for size in [1, 2] {
        assert_eq!(client.recv(&mut buffer).unwrap(), size);
    }
    assert_eq!(outbox.send(&server), 0, "nothing is sent twice");
}

#[test]
fn a_full_outbox_takes_no_more() {
    let (server, client) = (socket("127.0.0.1:0"), socket("127.0.0.1:0"));
    let to = Address::from(client.local_addr().unwrap());
    let mut outbox = Outbox::new();
    for _ in 0..ROUND {
        assert!(!outbox.is_full());
        assert!(outbox.write(&to, |packet| packet.push(1)));
    }
    assert!(outbox.is_full());
    assert!(!outbox.write(&to, |_| unreachable!("there is no room")));
    assert_eq!(outbox.send(&server), ROUND);
}

#[test]
fn a_large_packet_is_cut_off() {
    let (server, client) = (socket("127.0.0.1:0"), socket("127.0.0.1:0"));
    client
        .send_to(&[1; 5000], server.local_addr().unwrap())
        .unwrap();
    let mut inbox = Inbox::new();
    inbox.receive(&server).unwrap();
    let (packet, _) = inbox.packets().next().unwrap();
    assert_eq!(packet, [1; 2048]);
}

#[test]
fn waiting_in_vain_ends() {
    let server = socket("127.0.0.1:0");
    server
        .set_read_timeout(Some(Duration::from_millis(1)))
        .unwrap();
    let mut inbox = Inbox::new();
    let error = inbox.receive(&server).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    assert_eq!(inbox.packets().len(), 0);
}
