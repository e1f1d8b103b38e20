//! WebSocket: offers passed on between ten thousand browsers.

use anyhow::Result;

use super::lab::Lab;
use super::rounds::{self, Entry, Goal, Value};
use super::server::{Program, Protocol, Server};
use super::udp::{SKEP, column, said};

pub fn offers(lab: &Lab) -> Result<String> {
    let load = [
        "--connections",
        "10000",
        "--torrents",
        "1000",
        "--offers",
        "5",
    ];
    let entries = [Entry::new(
        Server::new(Program::Skep, Protocol::Http),
        &load,
    )];
    let outcome = rounds::run(lab, &entries, |lab, entry, running| {
        lab.load(&entry.arguments(lab, "ws", running))
    })?;
    let columns = [
        column("offers a second", Value::Figure("offers_per_s")),
        column("µs of processor each", Value::Figure("cpu_us_per_offer")),
        column("of that in the system", Value::Figure("system_us")),
        column("MB in all", Value::Figure("memory_mb")),
        column(
            "bytes by the idle connection",
            Value::Figure("idle_bytes_per_connection"),
        ),
        column("lost", Value::Figure("lost")),
    ];
    let goal = |what, name, goal| outcome.goal(what, SKEP, &Value::Figure(name), goal);
    let goals = [
        goal("offers a second", "offers_per_s", Goal::AtLeast(30_000.0)),
        goal("µs for an offer", "cpu_us_per_offer", Goal::AtMost(33.3)),
        goal("MB", "memory_mb", Goal::AtMost(400.0)),
    ];
    Ok(outcome.table(&columns) + &said(&goals))
}
