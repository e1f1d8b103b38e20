//! What a generator printed, and what several rounds of it come to.

use std::collections::BTreeMap;
use std::fmt;

/// The `name=number` words of a generator's output.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    numbers: BTreeMap<String, f64>,
    /// A refusal, where the generator met one.
    pub refusal: Option<String>,
}

impl Figures {
    /// Reads an output; words of another kind are passed over.
    pub fn parse(output: &str) -> Self {
        let mut figures = Self::default();
        for line in output.lines() {
            if let Some((_, refusal)) = line.split_once("the first refusal: ") {
                figures.refusal = Some(refusal.to_owned());
                continue;
            }
            for (name, value) in line.split_whitespace().filter_map(|w| w.split_once('=')) {
                if let Ok(value) = value.parse() {
                    figures.numbers.insert(name.to_owned(), value);
                }
            }
        }
        figures
    }

    /// A number by its name.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.numbers.get(name).copied()
    }

    /// Takes over a number of another output, under a name of its own.
    pub fn adopt(&mut self, name: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.numbers.insert(name.to_owned(), value);
        }
    }
}

/// One number in several rounds: shown as its median, with the least and the greatest behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread(Vec<f64>);

impl Spread {
    /// `None` without any number.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut numbers: Vec<f64> = numbers.into_iter().collect();
        numbers.sort_by(f64::total_cmp);
        (!numbers.is_empty()).then_some(Self(numbers))
    }

    /// The one in the middle; of an even number the mean of the two there.
    pub fn median(&self) -> f64 {
        let half = self.0.len() / 2;
        match self.0.len() % 2 {
            0 => (self.0[half - 1] + self.0[half]) / 2.0,
            _ => self.0[half],
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&number(self.median()))?;
        match self.0.as_slice() {
            [] | [_] => Ok(()),
            [least, .., greatest] => write!(f, " ({} to {})", number(*least), number(*greatest)),
        }
    }
}

/// A number with as many digits as it deserves.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => count(value.round() as u64),
        size if size >= 100.0 || value == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A count, with commas.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_read_word_by_word() {
        let figures =
            Figures::parse("answers_per_s=101234 lost=0\nthe first refusal: not=here\ncpu_us=4.08");
        assert_eq!(figures.get("answers_per_s"), Some(101_234.0));
        assert_eq!(figures.get("cpu_us"), Some(4.08));
        assert_eq!(figures.get("not"), None);
        assert_eq!(figures.refusal.as_deref(), Some("not=here"));
    }

    #[test]
    fn the_median_stands_before_the_spread() {
        let spread = Spread::of([5.0, 3.53, 4.0]).unwrap();
        assert_eq!(spread.to_string(), "4.00 (3.53 to 5.00)");
        assert_eq!(Spread::of([1.0, 2.0]).unwrap().median(), 1.5);
        assert_eq!(Spread::of([7.0]).unwrap().to_string(), "7.00");
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn numbers_are_as_long_as_they_deserve() {
        let shown = [0.0, 0.724, 10.06, 139.4, 30_084.2, 1_234_567.0].map(number);
        assert_eq!(shown, ["0", "0.72", "10.1", "139", "30,084", "1,234,567"]);
    }
}
