//! What a client says has happened when it announces.

/// Why a client announces (BEP 3, BEP 21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Event {
    /// A regular announce at the interval.
    #[default]
    None,
    /// The download begins: counters may start from zero again.
    Started,
    /// The client leaves the swarm.
    Stopped,
    /// The download has just finished; never sent by a client that started complete.
    Completed,
    /// A partial seed: incomplete, but wants nothing more for now (BEP 21).
    Paused,
}
