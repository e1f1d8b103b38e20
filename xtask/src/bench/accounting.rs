//! What it takes to credit one report, on both databases.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context, Result};

use super::figures::{Spread, number};
use super::lab::Lab;
use super::rounds::Goal;
use super::udp::said;
use super::usage;
use crate::provision::{self, Need};
use crate::services::Postgres;

const CLIENTS: u64 = 200_000;

/// Batches of 10,000 reports of 10,000 members, in one transaction each.
pub fn reports(lab: &Lab) -> Result<String> {
    let mut text = String::from(
        "| store | | µs that pass | µs of processor, ours | of the database's server |\n|---|---|---|---|---|\n",
    );
    let site = lab.site()?;
    let data = lab.data(Some(&site))?;
    let sqlite = credit(lab, &format!("sqlite:{}/skep.db", data.display()))?;
    let mut goals = vec![sqlite.write("SQLite", None, &mut text)];

    match provision::obtain(&[Need::Postgres]).and_then(|()| Postgres::start()) {
        Err(error) => text += &format!("\nPostgreSQL: not measured, {error:#}\n"),
        Ok(postgres) => {
            let mut seed = Command::new(lab.program("bench"));
            seed.args(["seed", "--topics", "25000", "--posts", "25000"])
                .args(["--users", "10000", "--store", &postgres.url(), "--data"])
                .arg(lab.data(None)?);
            lab.output(&mut seed)?;
            let above = postgres.process().context("PostgreSQL is gone")?;
            let before = usage::of_family(above);
            let credited = credit(lab, &postgres.url())?;
            let server = usage::of_family(above) - before;
            let each = server / (CLIENTS * credited.rounds.len() as u64) as f64;
            goals.push(credited.write("PostgreSQL", Some(each), &mut text));
        }
    }
    Ok(text + &said(&goals))
}

/// What the rounds over a store came to, in microseconds for each report.
struct Credited {
    /// Time that passed, and processor time of ours; in the first round all rows are new.
    rounds: Vec<(f64, f64)>,
}

fn credit(lab: &Lab, store: &str) -> Result<Credited> {
    let mut bench = Command::new(lab.program("bench"));
    let clients = CLIENTS.to_string();
    bench.args(["accounting", "--store", store, "--clients", &clients]);
    let output = lab.output(&mut bench)?;
    let rounds = output.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, _, _, passed, own, _] = cells.as_slice() else {
            return None;
        };
        Some((passed.parse().ok()?, own.parse().ok()?))
    });
    Ok(Credited {
        rounds: rounds.collect(),
    })
}

impl Credited {
    /// Writes its rows, and returns what became of the goal.
    fn write(&self, name: &str, server: Option<f64>, text: &mut String) -> String {
        let (new, known) = self.rounds.split_at(self.rounds.len().min(1));
        let shown = server.map_or("none".to_owned(), |each| {
            format!("{} in all rounds", number(each))
        });
        for (what, rounds) in [("new rows", new), ("known rows", known)] {
            let passed = Spread::of(rounds.iter().map(|round| round.0));
            let own = Spread::of(rounds.iter().map(|round| round.1));
            if let (Some(passed), Some(own)) = (passed, own) {
                let _ = writeln!(text, "| {name} | {what} | {passed} | {own} | {shown} |");
            }
        }
        let own = Spread::of(known.iter().map(|round| round.1));
        let all = own.map_or(0.0, |own| own.median()) + server.unwrap_or_default();
        Goal::AtMost(10.0).judged(&format!("{name}, µs of processor for a report"), all)
    }
}
