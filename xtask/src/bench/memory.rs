//! Memory by the peer, and what it takes to look through, drop, write and read ten million of them.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context, Result};

use super::figures::{count, number};
use super::lab::{Lab, SERVER, pinned};
use super::rounds::Goal;
use super::server::{Program, Protocol, Server};
use super::udp::said;

/// Torrents, peers of each, and the most that one of these may take.
const SHAPES: [(u64, u64, f64); 3] = [
    (1_000_000, 2, 32.0),
    (100_000, 20, 16.0),
    (1_000, 2_000, 8.5),
];

/// Growth of the whole process by the peer: of the swarm alone, and of trackers that were told over UDP.
pub fn by_the_peer(lab: &Lab) -> Result<String> {
    let mut programs = vec![Program::Skep];
    programs.extend(lab.opentracker.clone().map(Program::Opentracker));
    programs.extend(lab.aquatic_udp.clone().map(Program::AquaticUdp));
    let mut text = String::from("| bytes by the peer |");
    let mut goals = Vec::new();
    for (torrents, each, _) in SHAPES {
        let _ = write!(text, " {} of {} |", count(torrents), count(each));
    }
    text += &format!("\n|---|{}", "---|".repeat(SHAPES.len()));

    text += "\n| the swarm alone |";
    for (torrents, each, goal) in SHAPES {
        let said = fill(lab, "memory", torrents, each)?;
        let bytes = said
            .split_once(" B/peer")
            .and_then(|(before, _)| before.rsplit(' ').next()?.parse().ok())
            .with_context(|| format!("`fill` says `{said}`"))?;
        let _ = write!(text, " {} |", number(bytes));
        let what = format!("{} of {}", count(torrents), count(each));
        goals.push(Goal::AtMost(goal).judged(&what, bytes));
    }
    for program in programs {
        let mut server = Server::new(program, Protocol::Udp);
        let _ = write!(text, "\n| {}, told over UDP |", server.label());
        for (torrents, each, _) in SHAPES {
            server.torrents = torrents;
            let running = server.start(lab)?;
            let (torrents, peers) = (torrents.to_string(), (torrents * each).to_string());
            let arguments = [
                "udp",
                &running.addr.to_string(),
                "--mix",
                "fill",
                "--torrents",
                &torrents,
                "--peers",
                &peers,
                "--server",
                &running.pid.to_string(),
            ];
            let figures = lab.load(&arguments.map(str::to_owned))?;
            let grown = figures.get("growth_bytes_per_peer").unwrap_or_default();
            let _ = write!(text, " {} |", number(grown));
        }
    }
    Ok(text + "\n" + &said(&goals))
}

/// Ten million peers: looking through all, dropping all, a snapshot and its way back.
pub fn upkeep(lab: &Lab) -> Result<String> {
    let expiry = fill(lab, "expiry", 1_000_000, 10)?;
    let snapshot = fill(lab, "snapshot", 1_000_000, 10)?;
    let goals = "\nGoals: a snapshot and a restore within 5 s each, no slice and no pause longer than 2 ms.\n";
    Ok(format!(
        "```\n{}\n{}\n```\n{goals}",
        expiry.trim(),
        snapshot.trim()
    ))
}

fn fill(lab: &Lab, what: &str, torrents: u64, each: u64) -> Result<String> {
    let mut command: Command = pinned(SERVER, &lab.program("examples/fill"));
    command.args([what, &torrents.to_string(), &each.to_string()]);
    lab.output(&mut command)
}
