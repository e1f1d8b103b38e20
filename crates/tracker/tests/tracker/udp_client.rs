//! The UDP protocol (BEP 15, BEP 41), spoken by hand.

use crate::world::{PATIENCE, Say, compact_v4};
use std::net::SocketAddr;
use tokio::net::UdpSocket;

pub struct Udp {
    pub socket: UdpSocket,
    transaction: u32,
    pub connection_id: u64,
}

#[derive(Debug, PartialEq)]
pub enum Answer {
    Connect(u64),
    Announce {
        interval: u32,
        leechers: u32,
        seeders: u32,
        peers: Vec<u8>,
    },
    Scrape(Vec<[u32; 3]>),
    Error(String),
}

impl Udp {
    /// A socket with a connection id.
    pub async fn connect(tracker: SocketAddr) -> Self {
        let mut client = Self::open(tracker).await;
        let mut packet = 0x0417_2710_1980u64.to_be_bytes().to_vec();
        packet.extend_from_slice(&0u32.to_be_bytes());
        let Answer::Connect(id) = client.answered(packet).await else {
            panic!("no connection id")
        };
        client.connection_id = id;
        client
    }

    pub async fn open(tracker: SocketAddr) -> Self {
        let any = if tracker.is_ipv4() {
            "127.0.0.1:0"
        } else {
            "[::1]:0"
        };
        let socket = UdpSocket::bind(any).await.unwrap();
        socket.connect(tracker).await.unwrap();
        Self {
            socket,
            transaction: 1000,
            connection_id: 0,
        }
    }

    pub async fn announce(&mut self, say: &Say, url: Option<&str>) -> Answer {
        let packet = self.announce_packet(say, url);
        self.answered(packet).await
    }

    pub fn announce_packet(&self, say: &Say, url: Option<&str>) -> Vec<u8> {
        let mut packet = self.connection_id.to_be_bytes().to_vec();
        packet.extend_from_slice(&1u32.to_be_bytes());
        let mut packet = [packet, vec![0; 4]].concat();
        packet.extend_from_slice(say.hash.as_bytes());
        packet.extend_from_slice(&[say.peer; 20]);
        packet.extend_from_slice(&say.downloaded.to_be_bytes());
        packet.extend_from_slice(&say.left.to_be_bytes());
        packet.extend_from_slice(&say.uploaded.to_be_bytes());
        let event = ["", "completed", "started", "stopped"]
            .iter()
            .position(|e| *e == say.event);
        packet.extend_from_slice(&(event.unwrap() as u32).to_be_bytes());
        packet.extend_from_slice(&[0; 4]);
        packet.extend_from_slice(&0u32.to_be_bytes());
        packet.extend_from_slice(&(-1i32).to_be_bytes());
        packet.extend_from_slice(&say.port.to_be_bytes());
        if let Some(url) = url {
            for part in url.as_bytes().chunks(255) {
                packet.extend_from_slice(&[2, part.len() as u8]);
                packet.extend_from_slice(part);
            }
            packet.push(0);
        }
        packet
    }

    pub async fn scrape(&mut self, hashes: &[[u8; 20]]) -> Answer {
        let mut packet = self.connection_id.to_be_bytes().to_vec();
        packet.extend_from_slice(&2u32.to_be_bytes());
        self.ask([packet, vec![0; 4], hashes.concat()].concat())
            .await
            .expect("an answer")
    }

    /// The answer to a packet that has one. Several threads may serve one socket: nothing is said of the
    /// order of answers.
    pub async fn answered(&mut self, packet: Vec<u8>) -> Answer {
        let asked = self.send(packet).await;
        loop {
            let mut buffer = [0; 4096];
            let len = tokio::time::timeout(PATIENCE, self.socket.recv(&mut buffer));
            let len = len.await.expect("an answer in time").unwrap();
            let (transaction, answer) = read(&buffer[..len]);
            if transaction == asked {
                return answer;
            }
        }
    }

    /// Sends a packet under a new transaction id and reads the answer to it; `None` when the tracker
    /// says nothing. That it says nothing is told from its answer to something asked afterwards.
    pub async fn ask(&mut self, packet: Vec<u8>) -> Option<Answer> {
        let asked = self.send(packet).await;
        let mut probe = 0x0417_2710_1980u64.to_be_bytes().to_vec();
        probe.extend_from_slice(&0u32.to_be_bytes());
        let probed = self.send(probe).await;
        let mut found = None;
        loop {
            let mut buffer = [0; 4096];
            let len = tokio::time::timeout(PATIENCE, self.socket.recv(&mut buffer));
            let len = len.await.expect("an answer in time").unwrap();
            let (transaction, answer) = read(&buffer[..len]);
            if transaction == asked {
                found = Some(answer);
            } else {
                assert_eq!(transaction, probed);
                return found;
            }
        }
    }

    async fn send(&mut self, mut packet: Vec<u8>) -> u32 {
        self.transaction += 1;
        if let Some(place) = packet.get_mut(12..16) {
            place.copy_from_slice(&self.transaction.to_be_bytes());
        } else {
            packet.extend_from_slice(&self.transaction.to_be_bytes());
        }
        self.socket.send(&packet).await.unwrap();
        self.transaction
    }
}

impl Answer {
    pub fn peers(&self) -> Vec<SocketAddr> {
        match self {
            Self::Announce { peers, .. } => compact_v4(peers),
            other => panic!("{other:?}"),
        }
    }

    /// Seeders and leechers.
    pub fn counts(&self) -> (u32, u32) {
        match self {
            Self::Announce {
                seeders, leechers, ..
            } => (*seeders, *leechers),
            other => panic!("{other:?}"),
        }
    }
}

fn read(packet: &[u8]) -> (u32, Answer) {
    let word = |at: usize| u32::from_be_bytes(packet[at..at + 4].try_into().unwrap());
    let answer = match word(0) {
        0 => {
            assert_eq!(packet.len(), 16);
            Answer::Connect(u64::from_be_bytes(packet[8..].try_into().unwrap()))
        }
        1 => Answer::Announce {
            interval: word(8),
            leechers: word(12),
            seeders: word(16),
            peers: packet[20..].to_vec(),
        },
        2 => Answer::Scrape(
            (8..packet.len())
                .step_by(12)
                .map(|at| [word(at), word(at + 4), word(at + 8)])
                .collect(),
        ),
        3 => Answer::Error(String::from_utf8(packet[8..].to_vec()).unwrap()),
        action => panic!("action {action}"),
    };
    (word(4), answer)
}
