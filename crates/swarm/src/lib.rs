//! Who has what: announces, peers, scrapes, expiry, access and accounting.
//!
//! - [`Swarm`]: all peers of all torrents, in memory, shared by every listener: with all that is
//!   known of a client, or in eight bytes each for a tracker that is open to all ([`Identities`]).
//! - [`Access`]: who may announce what, decided from memory.
//! - [`ConnectionIds`]: proof of address for the UDP protocol, with nothing stored.
//! - [`Activity`]: what was heard and answered lately, for people who look.
//! - [`Ledger`], [`account`] and [`Share`]: from what clients report to what users are credited;
//!   [`JournalSegment`]: how it is written down meanwhile.
//!
//! Never here: a socket, a clock, a database, a source of randomness. Time and seeds are arguments.

mod access;
mod account;
mod activity;
mod big;
mod choose;
mod clients;
mod config;
mod connection_ids;
mod crowd;
mod denied;
mod few;
mod forum_gate;
mod ids;
mod journal;
mod largest;
mod leaves;
mod ledger;
mod listing;
mod observation;
mod ordered;
mod pages;
mod peer;
mod peer_set;
mod prefetch;
mod query;
mod random;
mod record;
mod rules;
mod secret;
mod shard;
mod shards;
mod share;
mod snapshot;
mod snapshot_entry;
mod spans;
mod swarm;
mod torrent;
mod touched;

pub use access::{Access, Account, Deletion, Grant, Policy, Registration};
pub use account::{Delta, SessionTotals, account};
pub use activity::{Activity, Answer, Asked, ClientShare, Heard, Protocol, Stretch, Tally};
pub use config::{Config, Identities};
pub use connection_ids::ConnectionIds;
pub use denied::Denied;
pub use forum_gate::{Audience, ForumGate};
pub use ids::{ForumId, GroupId, TorrentId, UnixTime, UserId};
pub use journal::JournalSegment;
pub use largest::Present;
pub use ledger::{Batch, Ledger};
pub use listing::{ListedPeer, Listing};
pub use observation::{Observation, Terms};
pub use query::{Families, Peers, Query};
pub use share::{BadShare, Entry, Share, Suspect};
pub use snapshot::{Restored, SnapshotError};
pub use swarm::{Announce, Changed, Counts, Expired, Swarm, Totals};
pub use touched::Touch;
