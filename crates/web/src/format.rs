//! Numbers, sizes, dates and durations as each language writes them.

use domain::{Language, UnixTime};
use time::OffsetDateTime;

use crate::i18n::t;

/// A whole number with its digits grouped: `1,204` or `1 204`.
pub fn whole(lang: Language, n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    // Russian typography does not group four digits.
    let (mark, least) = match lang {
        Language::En => (',', 4),
        Language::Ru => ('\u{a0}', 5),
    };
    let mut out = String::with_capacity(digits.len() + 8);
    if n < 0 {
        out.push('−');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && digits.len() >= least && (digits.len() - i).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(digit);
    }
    out
}

/// A number of bytes with three significant digits in decimal units: `24.6 GB`, `24,6 ГБ`.
pub fn size(lang: Language, bytes: u64) -> String {
    let units: [&str; 7] = match lang {
        Language::En => ["B", "KB", "MB", "GB", "TB", "PB", "EB"],
        Language::Ru => ["Б", "КБ", "МБ", "ГБ", "ТБ", "ПБ", "ЭБ"],
    };
    let mut value = bytes as f64;
    let mut unit = 0;
    // 999.5 rounds to 1000: step to the next unit before that shows.
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let decimals = match value {
        _ if unit == 0 => 0,
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    format!("{}\u{a0}{}", decimal(lang, value, decimals), units[unit])
}

/// A power of two of bytes, as piece lengths are given: `256 KiB`, `4 МиБ`.
pub fn binary(lang: Language, bytes: u64) -> String {
    let units = match lang {
        Language::En => ["B", "KiB", "MiB", "GiB"],
        Language::Ru => ["Б", "КиБ", "МиБ", "ГиБ"],
    };
    let (mut value, mut unit) = (bytes, 0);
    while value >= 1024 && value.is_multiple_of(1024) && unit + 1 < units.len() {
        value /= 1024;
        unit += 1;
    }
    format!("{value}\u{a0}{}", units[unit])
}

/// A number with a fixed number of decimals, with the language's decimal mark.
pub fn decimal(lang: Language, value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match lang {
        Language::En => text,
        Language::Ru => text.replace('.', ","),
    }
}

/// A share ratio: two decimals, `∞` when nothing was downloaded, `—` when nothing happened at all.
pub fn ratio(lang: Language, uploaded: u64, downloaded: u64) -> String {
    match (uploaded, downloaded) {
        (0, 0) => "—".to_owned(),
        (_, 0) => "∞".to_owned(),
        (up, down) => decimal(lang, up as f64 / down as f64, 2),
    }
}

/// A day: `18 Nov 2026`, `18 нояб. 2026`.
pub fn date(lang: Language, at: UnixTime) -> String {
    let t = moment(at);
    let month = MONTHS[lang as usize][u8::from(t.month()) as usize - 1];
    format!("{}\u{a0}{} {}", t.day(), month, t.year())
}

/// A day and a minute in UTC: `18 Nov 2026, 14:05 UTC`.
pub fn datetime(lang: Language, at: UnixTime) -> String {
    let t = moment(at);
    format!("{}, {:02}:{:02} UTC", date(lang, at), t.hour(), t.minute())
}

/// RFC 3339 with seconds, for `<time datetime>` and the API.
pub fn rfc3339(at: UnixTime) -> String {
    let t = moment(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        t.year(),
        u8::from(t.month()),
        t.day(),
        t.hour(),
        t.minute(),
        t.second()
    )
}

/// How long ago, in the largest fitting unit up to a month; the day itself when longer ago.
pub fn ago(lang: Language, at: UnixTime, now: UnixTime) -> String {
    let seconds = now.0.saturating_sub(at.0);
    match seconds {
        ..60 => t(lang, "ago-now").to_string(),
        60..3600 => t(lang, "ago-minutes")
            .arg("count", seconds / 60)
            .to_string(),
        3600..86_400 => t(lang, "ago-hours")
            .arg("count", seconds / 3600)
            .to_string(),
        86_400..2_592_000 => t(lang, "ago-days")
            .arg("count", seconds / 86_400)
            .to_string(),
        _ => date(lang, at),
    }
}

fn moment(at: UnixTime) -> OffsetDateTime {
    // Times come from our own clock; anything absurd shows as the epoch rather than failing a page.
    OffsetDateTime::from_unix_timestamp(at.0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

const MONTHS: [[&str; 12]; 2] = [
    [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ],
    [
        "янв.",
        "февр.",
        "марта",
        "апр.",
        "мая",
        "июня",
        "июля",
        "авг.",
        "сент.",
        "окт.",
        "нояб.",
        "дек.",
    ],
];

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Language::{En, Ru};

    #[test]
    fn numbers_are_grouped_as_the_language_does() {
        assert_eq!(whole(En, 1204), "1,204");
        assert_eq!(whole(En, -1_234_567), "−1,234,567");
        assert_eq!(whole(Ru, 1204), "1204");
        assert_eq!(whole(Ru, 12_040), "12\u{a0}040");
        assert_eq!(whole(En, i64::MIN), "−9,223,372,036,854,775,808");
    }

    #[test]
    fn sizes_have_three_digits() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 KB"),
            (9_994, "9.99 KB"),
            (9_996, "10.0 KB"),
            (999_499, "999 KB"),
            (999_500, "1.00 MB"),
            (24_600_000_000, "24.6 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(size(En, bytes).replace('\u{a0}', " "), expected);
        }
        assert_eq!(size(Ru, 24_600_000_000), "24,6\u{a0}ГБ");
    }

    #[test]
    fn ratios_have_no_infinite_surprises() {
        assert_eq!(ratio(En, 0, 0), "—");
        assert_eq!(ratio(En, 1, 0), "∞");
        assert_eq!(ratio(Ru, 3, 2), "1,50");
    }

    #[test]
    fn days_are_written_out() {
        let at = UnixTime(1_795_262_400);
        assert_eq!(date(En, at), "21\u{a0}Nov 2026");
        assert_eq!(date(Ru, at), "21\u{a0}нояб. 2026");
        assert_eq!(datetime(En, at), "21\u{a0}Nov 2026, 12:00 UTC");
        assert_eq!(rfc3339(at), "2026-11-21T12:00:00Z");
        assert_eq!(ago(En, at, at.plus(59)), "just now");
        assert_eq!(ago(En, at, at.plus(3600)), "1 hour ago");
        assert_eq!(ago(En, at, at.plus(-5)), "just now");
        assert_eq!(ago(En, at, at.plus(40 * 86_400)), date(En, at));
        assert_eq!(rfc3339(UnixTime(i64::MAX)), "1970-01-01T00:00:00Z");
    }
}
