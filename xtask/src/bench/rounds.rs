//! Rounds in which servers take turns, and the tables they come to.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use super::figures::{Figures, Spread, number};
use super::lab::{Extent, Lab};
use super::server::{Running, Server};

/// A server, what it is called in the table, and what it is asked.
pub struct Entry {
    pub label: String,
    pub server: Server,
    /// What `load` gets behind the address; `--seconds` and `--server` are added.
    pub load: Vec<String>,
}

impl Entry {
    /// Named after its server.
    pub fn new(server: Server, load: &[&str]) -> Self {
        Self {
            label: server.label(),
            server,
            load: load.iter().map(|&word| word.to_owned()).collect(),
        }
    }

    /// What `load KIND` is called with.
    pub fn arguments(&self, lab: &Lab, kind: &str, running: &Running) -> Vec<String> {
        let mut arguments = vec![kind.to_owned(), running.addr.to_string()];
        arguments.extend(self.load.iter().cloned());
        arguments.push("--seconds".to_owned());
        arguments.push(lab.extent.seconds.to_string());
        arguments.push("--server".to_owned());
        arguments.push(running.pid.to_string());
        arguments
    }
}

/// What the rounds of all entries came to, in the order of the entries.
pub struct Outcome {
    rows: Vec<Row>,
    extent: Extent,
}

/// What the rounds of one entry came to.
pub struct Row {
    pub label: String,
    pub rounds: Vec<Figures>,
}

/// A column of a table.
#[derive(Clone, Copy)]
pub struct Column {
    pub title: &'static str,
    pub value: Value,
}

/// What stands in a column.
#[derive(Clone, Copy)]
pub enum Value {
    /// A number as the generator prints it.
    Figure(&'static str),
    /// That number, held against the first entry's in the same round.
    Ratio(&'static str),
}

/// Runs every entry in every round, each time with a server that is new; every other round goes backwards.
pub fn run(
    lab: &Lab,
    entries: &[Entry],
    measure: impl Fn(&Lab, &Entry, &Running) -> Result<Figures>,
) -> Result<Outcome> {
    let mut rows: Vec<Row> = entries
        .iter()
        .map(|entry| Row {
            label: entry.label.clone(),
            rounds: Vec::new(),
        })
        .collect();
    for round in 0..lab.extent.rounds {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for at in order {
            let entry = &entries[at];
            let running = entry.server.start(lab)?;
            let figures =
                measure(lab, entry, &running).with_context(|| format!("asking {}", entry.label))?;
            eprintln!("  round {}: {}", round + 1, entry.label);
            rows[at].rounds.push(figures);
        }
    }
    Ok(Outcome {
        rows,
        extent: lab.extent,
    })
}

impl Outcome {
    /// One number of an entry, over the rounds.
    pub fn spread(&self, label: &str, value: &Value) -> Option<Spread> {
        let row = self.rows.iter().find(|row| row.label == label)?;
        let base = &self.rows.first()?.rounds;
        Spread::of(row.rounds.iter().zip(base).filter_map(|(own, base)| {
            Some(match value {
                Value::Figure(name) => own.get(name)?,
                Value::Ratio(name) => own.get(name)? / base.get(name)?,
            })
        }))
    }

    /// A Markdown table: median, least and greatest of every number; what was refused below it.
    pub fn table(&self, columns: &[Column]) -> String {
        let mut text = String::from("| |");
        for column in columns {
            let _ = write!(text, " {} |", column.title);
        }
        text += "\n|---|";
        text += &"---|".repeat(columns.len());
        for row in &self.rows {
            let _ = write!(text, "\n| {} |", row.label);
            for column in columns {
                let spread = self.spread(&row.label, &column.value);
                let _ = match spread {
                    Some(spread) => write!(text, " {spread} |"),
                    None => write!(text, " |"),
                };
            }
        }
        let Extent { rounds, seconds } = self.extent;
        let _ = writeln!(text, "\n\nRounds: {rounds}, of {seconds} s each.");
        for row in &self.rows {
            let refusal = row.rounds.iter().find_map(|round| round.refusal.as_ref());
            if let Some(refusal) = refusal {
                let _ = write!(text, "\n{} refused some: {refusal}\n", row.label);
            }
        }
        text
    }

    /// Whether a median keeps to its goal, in words.
    pub fn goal(&self, what: &str, label: &str, value: &Value, goal: Goal) -> String {
        match self.spread(label, value) {
            Some(spread) => goal.judged(what, spread.median()),
            None => format!("{what}: not measured"),
        }
    }
}

/// Up to where, or from where, a goal is met.
#[derive(Clone, Copy)]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    /// `what ≤ 1.08: missed (1.28)`.
    pub fn judged(self, what: &str, measured: f64) -> String {
        let (sign, goal, met) = match self {
            Self::AtMost(goal) => ("≤", goal, measured <= goal),
            Self::AtLeast(goal) => ("≥", goal, measured >= goal),
        };
        let verdict = if met { "met" } else { "missed" };
        let (goal, measured) = (number(goal), number(measured));
        format!("{what} {sign} {goal}: {verdict} ({measured})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> Outcome {
        let row = |label: &str, rounds: [&str; 3]| Row {
            label: label.to_owned(),
            rounds: rounds.map(Figures::parse).into(),
        };
        Outcome {
            extent: Extent {
                rounds: 3,
                seconds: 5,
            },
            rows: vec![
                row("echo", ["cpu_us=4", "cpu_us=2", "cpu_us=4"]),
                row(
                    "Skep",
                    [
                        "cpu_us=5 lost=1",
                        "cpu_us=3 lost=0",
                        "cpu_us=4\nthe first refusal: no",
                    ],
                ),
            ],
        }
    }

    #[test]
    fn ratios_are_those_of_one_round() {
        let ratio = outcome().spread("Skep", &Value::Ratio("cpu_us")).unwrap();
        assert_eq!(ratio.to_string(), "1.25 (1.00 to 1.50)");
    }

    #[test]
    fn a_table_has_a_row_for_each_entry_and_names_refusals() {
        let columns = [
            Column {
                title: "us",
                value: Value::Figure("cpu_us"),
            },
            Column {
                title: "lost",
                value: Value::Figure("lost"),
            },
        ];
        assert_eq!(
            outcome().table(&columns),
            "| | us | lost |\n|---|---|---|\n| echo | 4.00 (2.00 to 4.00) | |\n\
             | Skep | 4.00 (3.00 to 5.00) | 0.50 (0 to 1.00) |\n\n\
             Rounds: 3, of 5 s each.\n\nSkep refused some: no\n"
        );
    }

    #[test]
    fn goals_are_judged_by_the_median() {
        let outcome = outcome();
        let goal = |limit| {
            let ratio = Value::Ratio("cpu_us");
            outcome.goal("ratio", "Skep", &ratio, Goal::AtMost(limit))
        };
        assert_eq!(goal(1.25), "ratio ≤ 1.25: met (1.25)");
        assert_eq!(goal(1.08), "ratio ≤ 1.08: missed (1.25)");
        assert_eq!(
            Goal::AtLeast(10.0).judged("rate", 9.0),
            "rate ≥ 10.0: missed (9.00)"
        );
    }
}
