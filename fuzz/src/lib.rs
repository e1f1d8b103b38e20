//! Every parser on hostile input.
//!
//! A target is a function from bytes to nothing that panics when a property does not hold: not only
//! "does not crash", but what a caller relies on. `cargo xtask fuzz` runs the targets under
//! libFuzzer; `cargo test -p fuzz` runs them over the checked-in corpora, on every compiler and
//! without a fuzzer, so that what was once found stays mended.

mod bbcode;
mod bencode;
mod http;
mod journal;
mod magnet;
mod metainfo;
mod names;
mod proxy;
mod request;
mod snapshot;
mod udp;
mod ws;

/// One parser and what must hold for it.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name on the command line, and the folder of its corpus.
    pub name: &'static str,
    /// Panics when a property does not hold.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "bbcode",
        run: bbcode::run,
    },
    Target {
        name: "bencode",
        run: bencode::run,
    },
    Target {
        name: "http",
        run: http::run,
    },
    Target {
        name: "journal",
        run: journal::run,
    },
    Target {
        name: "magnet",
        run: magnet::run,
    },
    Target {
        name: "metainfo",
        run: metainfo::run,
    },
    Target {
        name: "names",
        run: names::run,
    },
    Target {
        name: "proxy",
        run: proxy::run,
    },
    Target {
        name: "request",
        run: request::run,
    },
    Target {
        name: "snapshot",
        run: snapshot::run,
    },
    Target {
        name: "udp",
        run: udp::run,
    },
    Target {
        name: "ws",
        run: ws::run,
    },
];

/// The target of that name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().copied().find(|target| target.name == name)
}
