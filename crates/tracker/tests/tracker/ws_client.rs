//! A browser's end of a tracker connection.

use crate::world::{Http, PATIENCE, Running, Torrent, within};
use bittorrent::InfoHash;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

pub struct Browser {
    pub socket: WebSocketStream<TcpStream>,
}

impl Browser {
    pub async fn open(tracker: &Running) -> Self {
        Self::open_at(tracker, "/announce").await
    }

    pub async fn open_at(tracker: &Running, path: &str) -> Self {
        let stream = TcpStream::connect(tracker.http).await.unwrap();
        Self::over(stream, path, "").await
    }

    /// One with an address of its own on this machine.
    pub async fn open_from(tracker: &Running, address: [u8; 4]) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((address, 0))).unwrap();
        let stream = socket.connect(tracker.http).await.unwrap();
        Self::over(stream, "/announce", "").await
    }

    /// `more` are lines of the request's head.
    pub async fn over(mut stream: TcpStream, path: &str, more: &str) -> Self {
        let request = upgrade(path, more);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let byte = within(PATIENCE, stream.read_u8()).await.unwrap();
            head.push(byte);
        }
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
        let socket = WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
        Self { socket }
    }

    pub async fn say(&mut self, message: &Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub async fn send(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The next message.
    pub async fn hear(&mut self) -> Value {
        match self.next().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("{other:?} instead of a message"),
        }
    }

    /// The next message or close; pings are answered on the way. `None` when the connection is gone.
    pub async fn next(&mut self) -> Option<Message> {
        loop {
            match within(PATIENCE, self.socket.next()).await {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return Some(message),
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// With which code the connection is closed; `None` when it ends without one.
    pub async fn close_code(&mut self) -> Option<u16> {
        loop {
            match self.next().await? {
                Message::Close(Some(frame)) => return Some(frame.code.into()),
                Message::Close(None) => return None,
                _ => {}
            }
        }
    }

    /// Says something and hears the answer.
    pub async fn ask(&mut self, message: &Value) -> Value {
        self.say(message).await;
        self.hear().await
    }

    /// Announces and is served: seeders and leechers.
    pub async fn announce(&mut self, announce: &Value) -> (u64, u64) {
        let answer = self.ask(announce).await;
        let number = |name: &str| {
            let number = answer[name].as_u64();
            number.unwrap_or_else(|| panic!("no {name} in {answer}"))
        };
        assert_eq!(answer["action"], "announce");
        assert_eq!(answer["info_hash"], announce["info_hash"]);
        (number("complete"), number("incomplete"))
    }

    /// Nothing has been sent that was not heard.
    pub async fn heard_all(&mut self) {
        let nothing = self.ask(&json!({"action": "nothing"})).await;
        assert!(nothing["failure reason"].is_string(), "{nothing}");
        assert_eq!(nothing.get("action"), None, "{nothing}");
    }

    /// The sentence of a refusal.
    pub async fn refusal(&mut self, message: &Value) -> String {
        let answer = self.ask(message).await;
        let reason = answer["failure reason"].as_str();
        reason
            .unwrap_or_else(|| panic!("served: {answer}"))
            .to_owned()
    }
}

/// A request to become a WebSocket.
pub fn upgrade(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: tracker\r\nConnection: keep-alive, Upgrade\r\n\
         Upgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: https://elsewhere.example\r\n{more}\r\n"
    )
}

/// The status of the answer to a request that stays HTTP.
pub async fn status(tracker: &Running, request: &str) -> u16 {
    let mut http = Http::connect(tracker.http).await;
    http.send(request).await;
    http.reply().await.expect("an answer").status
}

pub fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// An announce of a leecher with `offers` offers, named after peer and number.
pub fn announce(torrent: Torrent, peer: u8, offers: u8) -> Value {
    announce_hash(torrent.hash, peer, offers)
}

pub fn announce_hash(hash: InfoHash, peer: u8, offers: u8) -> Value {
    let offer = |number: u8| {
        json!({
            "offer_id": text(&[[peer; 10], [number; 10]].concat()),
            "offer": {"type": "offer", "sdp": format!("offer {number} of {peer}")},
        })
    };
    json!({
        "action": "announce",
        "info_hash": text(hash.as_bytes()),
        "peer_id": text(&[peer; 20]),
        "uploaded": 0,
        "downloaded": 0,
        "left": 1000,
        "numwant": offers,
        "offers": (0..offers).map(offer).collect::<Vec<_>>(),
    })
}

/// The same with other values.
pub fn with(mut announce: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        announce[name] = value.clone();
    }
    announce
}

/// The answer to an offer that was heard.
pub fn answer_to(offer: &Value, peer: u8) -> Value {
    json!({
        "action": "announce",
        "info_hash": offer["info_hash"],
        "peer_id": text(&[peer; 20]),
        "to_peer_id": offer["peer_id"],
        "offer_id": offer["offer_id"],
        "answer": {"type": "answer", "sdp": format!("answer of {peer}")},
    })
}
