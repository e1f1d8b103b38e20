//! `cargo xtask bench tracker`: every figure about the tracker in `docs/BENCHMARKS.md`, from one command.
//!
//! What the machine allows (an echo that knows nothing), Skep, and every other tracker that is found take turns
//! in rounds: opentracker, aquatic_udp and aquatic_http by the environment (`OPENTRACKER`, `AQUATIC_UDP`,
//! `AQUATIC_HTTP`) or on the PATH. Servers have the first core, generators the second.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::lab::{Extent, Lab};
use super::{accounting, http, memory, report, udp, ws};

/// Something that is measured, and the region of the document that it goes to.
struct Measure {
    name: &'static str,
    about: &'static str,
    /// Whether other trackers are measured too.
    peers: bool,
    run: Run,
}

const MEASURES: &[Measure] = &[
    beside("udp-mixed", "connects and announces", udp::mixed),
    beside("udp-announces", "large swarms", udp::announces),
    alone("udp-private", "members over UDP", udp::private),
    alone("udp-threads", "one thread and two", udp::threads),
    beside("http-kept", "kept connections", http::kept),
    beside("http-close", "one for each request", http::closed),
    alone("http-tls", "TLS, held against plain", http::tls),
    alone("http-private", "members over HTTP", http::private),
    alone("ws", "offers between browsers", ws::offers),
    beside("memory", "bytes by the peer", memory::by_the_peer),
    alone("upkeep", "expiry and snapshot", memory::upkeep),
    alone("accounting", "crediting reports", accounting::reports),
];

type Run = fn(&Lab) -> Result<String>;

/// With other trackers.
const fn beside(name: &'static str, about: &'static str, run: Run) -> Measure {
    let peers = true;
    Measure {
        name,
        about,
        peers,
        run,
    }
}

/// Skep alone, or with the echo.
const fn alone(name: &'static str, about: &'static str, run: Run) -> Measure {
    let peers = false;
    Measure {
        name,
        about,
        peers,
        run,
    }
}

/// `bench tracker [--rounds N] [--seconds S] [--only WORD,…] [--dry] [--list]`.
pub fn run(arguments: &[String]) -> Result<()> {
    let Some(("tracker", rest)) = arguments
        .split_first()
        .map(|(what, rest)| (what.as_str(), rest))
    else {
        bail!("write `cargo xtask bench tracker`");
    };
    let (mut extent, mut dry) = (
        Extent {
            rounds: 5,
            seconds: 5,
        },
        false,
    );
    let mut chosen: Vec<&Measure> = MEASURES.iter().collect();
    let mut rest = rest.iter();
    while let Some(argument) = rest.next() {
        let mut value = || {
            rest.next()
                .with_context(|| format!("{argument} wants a value"))
        };
        match argument.as_str() {
            "--rounds" => extent.rounds = value()?.parse::<usize>()?.max(1),
            "--seconds" => extent.seconds = value()?.parse::<u64>()?.max(1),
            "--only" => {
                let words: Vec<&str> = value()?.split(',').collect();
                chosen.retain(|one| words.iter().any(|word| one.name.contains(word)));
            }
            "--dry" => dry = true,
            "--list" => {
                for measure in MEASURES {
                    println!("{:<14} {}", measure.name, measure.about);
                }
                return Ok(());
            }
            other => bail!("unknown argument `{other}`"),
        }
    }
    if chosen.is_empty() {
        bail!("nothing is called so; see --list");
    }
    let lab = Lab::open(extent)?;
    let missing = missing(&lab);
    eprint!("{missing}");
    for measure in chosen {
        eprintln!("{}: {}", measure.name, measure.about);
        let circumstances = lab.circumstances();
        lab.noted();
        let table = (measure.run)(&lab).with_context(|| format!("measuring {}", measure.name))?;
        let mut text = format!("{table}\n{circumstances}.\n");
        if measure.peers && !missing.is_empty() {
            text += &format!("\n{missing}");
        }
        text += &format!("\n```\n{}\n```\n", lab.noted().join("\n"));
        println!("\n## {}\n\n{text}", measure.name);
        if !dry {
            report::write(measure.name, &text)?;
        }
    }
    Ok(())
}

/// A line for every other tracker that is not there.
fn missing(lab: &Lab) -> String {
    let opentracker = lab.opentracker.as_ref().map(|built| built.path.as_path());
    let peers: [(&str, &str, Option<&Path>); 3] = [
        ("opentracker", "OPENTRACKER", opentracker),
        ("aquatic_udp", "AQUATIC_UDP", lab.aquatic_udp.as_deref()),
        ("aquatic_http", "AQUATIC_HTTP", lab.aquatic_http.as_deref()),
    ];
    peers
        .iter()
        .filter(|(.., path)| path.is_none())
        .map(|(name, variable, _)| format!("- not found: {name} (set {variable})\n"))
        .collect()
}
