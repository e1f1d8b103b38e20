//! UDP: what an answer costs, and how long it takes when there is room left.

use anyhow::Result;

use super::figures::Figures;
use super::lab::{GENERATOR, Lab, SERVER};
use super::rounds::{self, Column, Entry, Goal, Outcome, Value};
use super::server::{Program, Protocol, Running, Server};

/// Connects and announces alike over very many small swarms.
pub fn mixed(lab: &Lab) -> Result<String> {
    let torrents = 1_000_000;
    let load = [
        "--mix",
        "mixed",
        "--torrents",
        "1000000",
        "--peers",
        "2000000",
    ];
    let outcome = rounds::run(lab, &everybody(lab, torrents, &load), with_pace)?;
    let goals = [
        ratio_goal(&outcome, 1.08),
        outcome.goal(
            "own µs",
            SKEP,
            &Value::Figure("user_us"),
            Goal::AtMost(0.35),
        ),
        outcome.goal(
            "p99 in ms at 80 % of the most",
            SKEP,
            &Value::Figure("paced_p99_ms"),
            Goal::AtMost(1.0),
        ),
    ];
    Ok(outcome.table(&[COLUMNS.as_slice(), &PACED].concat()) + &said(&goals))
}

/// Announces alone, in large swarms.
pub fn announces(lab: &Lab) -> Result<String> {
    let load = [
        "--mix",
        "announces",
        "--torrents",
        "1000",
        "--peers",
        "1000000",
    ];
    let outcome = rounds::run(lab, &everybody(lab, 1000, &load), with_pace)?;
    let goals = [ratio_goal(&outcome, 1.15)];
    Ok(outcome.table(&[COLUMNS.as_slice(), &PACED].concat()) + &said(&goals))
}

/// Members with passkeys in BEP 41 options, all of whose reports are credited.
pub fn private(lab: &Lab) -> Result<String> {
    let site = lab.site()?;
    let (passkeys, hashes) = (
        site.passkeys.to_string_lossy(),
        site.hashes.to_string_lossy(),
    );
    let load = [
        "--mix",
        "announces",
        "--torrents",
        "20000",
        "--peers",
        "200000",
        "--passkeys",
        &passkeys,
        "--hashes",
        &hashes,
        "--settle",
    ];
    let server = |program| Server {
        site: Some(site.clone()),
        ..Server::new(program, Protocol::Udp)
    };
    let entries = [
        Entry::new(Server::new(Program::Echo, Protocol::Udp), &load),
        Entry::new(server(Program::Skep), &load),
    ];
    let outcome = rounds::run(lab, &entries, |lab, entry, running| {
        lab.load(&entry.arguments(lab, "udp", running))
    })?;
    let columns = [
        COLUMNS.as_slice(),
        &[
            column("µs with all credited", Value::Figure("settled_cpu_us")),
            column("times the echo", Value::Ratio("settled_cpu_us")),
            column("s to credit the rest", Value::Figure("settling_s")),
        ],
    ];
    let goals = [
        ratio_goal(&outcome, 1.25),
        outcome.goal(
            "the same with all credited",
            SKEP,
            &Value::Ratio("settled_cpu_us"),
            Goal::AtMost(1.25),
        ),
    ];
    Ok(outcome.table(&columns.concat()) + &said(&goals))
}

/// One thread and two. Two cores cannot be had for servers alone where there are but two: the generator keeps to
/// one of them, and what an answer costs tells whether threads are in each other's way.
pub fn threads(lab: &Lab) -> Result<String> {
    const BOTH: &str = "0,1";
    let load = [
        "--mix",
        "mixed",
        "--torrents",
        "1000000",
        "--peers",
        "2000000",
    ];
    let entry = |threads: usize, label: &str| Entry {
        label: label.to_owned(),
        ..Entry::new(
            Server {
                threads,
                cores: BOTH,
                ..Server::new(Program::Skep, Protocol::Udp)
            },
            &load,
        )
    };
    let entries = [entry(1, "one thread"), entry(2, "two threads")];
    let outcome = rounds::run(lab, &entries, |lab, entry, running| {
        lab.load(&entry.arguments(lab, "udp", running))
    })?;
    let columns = [
        column("answers a second", Value::Figure("answers_per_s")),
        column("µs of processor each", Value::Figure("cpu_us")),
        column("own", Value::Figure("user_us")),
        column("times one thread", Value::Ratio("cpu_us")),
        column("own, times one thread", Value::Ratio("user_us")),
        column("lost", Value::Figure("lost")),
    ];
    let goals = [outcome.goal(
        "processor time for an answer with two threads, times that with one",
        "two threads",
        &Value::Ratio("cpu_us"),
        Goal::AtMost(1.1),
    )];
    let remark = format!(
        "\nThe server may use the cores {BOTH}, and the generator has the second of them (core {GENERATOR}; core {SERVER} is \
         the server's alone): answers a second say little here, the processor time for an answer says whether threads \
         wait for each other.\n"
    );
    Ok(outcome.table(&columns) + &remark + &said(&goals))
}

/// The echoes, Skep and every other tracker there is, all asked the same.
fn everybody(lab: &Lab, torrents: u64, load: &[&str]) -> Vec<Entry> {
    let mut programs = vec![Program::Echo, Program::UringEcho, Program::Skep];
    programs.extend(lab.opentracker.clone().map(Program::Opentracker));
    programs.extend(lab.aquatic_udp.clone().map(Program::AquaticUdp));
    let server = |program| Server {
        torrents,
        ..Server::new(program, Protocol::Udp)
    };
    programs
        .into_iter()
        .map(|program| Entry::new(server(program), load))
        .collect()
}

/// As fast as answers come, and then at four fifths of that.
fn with_pace(lab: &Lab, entry: &Entry, running: &Running) -> Result<Figures> {
    let mut arguments = entry.arguments(lab, "udp", running);
    let mut figures = lab.load(&arguments)?;
    let most = figures.get("answers_per_s").unwrap_or_default();
    arguments.extend(["--rate".to_owned(), format!("{:.0}", most * 0.8)]);
    let paced = lab.load(&arguments)?;
    for name in ["median_ms", "p99_ms", "lost"] {
        figures.adopt(&format!("paced_{name}"), paced.get(name));
    }
    Ok(figures)
}

fn ratio_goal(outcome: &Outcome, goal: f64) -> String {
    let ratio = Value::Ratio("cpu_us");
    outcome.goal("times the echo", SKEP, &ratio, Goal::AtMost(goal))
}

/// What goals came to, as a paragraph.
pub fn said(goals: &[String]) -> String {
    format!("\nGoals: {}.\n", goals.join("; "))
}

/// A column.
pub const fn column(title: &'static str, value: Value) -> Column {
    Column { title, value }
}

/// What Skep is called in tables.
pub const SKEP: &str = "Skep";

const COLUMNS: [Column; 5] = [
    column("answers a second", Value::Figure("answers_per_s")),
    column("µs of processor each", Value::Figure("cpu_us")),
    column("own", Value::Figure("user_us")),
    column("times the echo", Value::Ratio("cpu_us")),
    column("lost", Value::Figure("lost")),
];
const PACED: [Column; 2] = [
    column("p99 ms at 80 % of that", Value::Figure("paced_p99_ms")),
    column("lost then", Value::Figure("paced_lost")),
];
