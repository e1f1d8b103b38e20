use super::frames;
use parking_lot::Mutex;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;
use tungstenite::protocol::frame::coding::Control;

/// One connection, for whoever has something to send over it.
pub(crate) struct Link {
    /// Who is at the other end.
    pub(crate) client: IpAddr,
    /// Frames that wait to be sent.
    waiting: Mutex<Vec<u8>>,
    full: AtomicBool,
    wake: Notify,
}

impl Link {
    pub(crate) fn new(client: IpAddr) -> Self {
        Self {
            client,
            waiting: Mutex::new(Vec::new()),
            full: AtomicBool::new(false),
            wake: Notify::new(),
        }
    }

    /// Sends a message, as soon as the connection is ready for it. Returns `false` when too much is
    /// waiting: such a connection is given up.
    pub(crate) fn send(&self, message: &[u8]) -> bool {
        let mut waiting = self.waiting.lock();
        if waiting.len() + message.len() > WAITING_MAX {
            drop(waiting);
            self.full.store(true, Ordering::Relaxed);
            self.wake.notify_one();
            return false;
        }
        frames::write_message(&mut waiting, message);
        drop(waiting);
        self.wake.notify_one();
        true
    }

    /// The same for a control frame.
    pub(crate) fn control(&self, kind: Control, payload: &[u8]) {
        let mut waiting = self.waiting.lock();
        if waiting.len() > WAITING_MAX {
            self.full.store(true, Ordering::Relaxed);
            return;
        }
        frames::write_control(&mut waiting, kind, payload);
    }

    /// Takes what waits.
    pub(crate) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.waiting.lock())
    }

    pub(crate) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Waits until there is something to take, or too much.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }
}

/// How many bytes may wait for a slow reader: some dozens of offers.
const WAITING_MAX: usize = 128 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_is_not_read_fills_and_is_given_up() {
        let link = Link::new(IpAddr::from([127, 0, 0, 1]));
        let message = [b'x'; 1000];
        let taken = (0..).take_while(|_| link.send(&message)).count();
        assert!((125..=131).contains(&taken), "{taken}");
        assert!(link.is_full());
        assert!(link.take().len() <= WAITING_MAX + 10);
        assert!(link.take().is_empty());
    }
}
