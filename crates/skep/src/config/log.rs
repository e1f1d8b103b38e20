//! `[log]`: what is logged, and how.

use anyhow::{Context, Result, bail};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

super::key::table! {
    /// The log, on standard error.
    Raw, Flags = "log";
    /// What is logged: error, warn, info, debug or trace; by part too, as in `info,tracker=debug`.
    #[arg(id = "log.level", long = "log", value_name = "LEVEL", global = true)]
    level: String = "\"info\"";
    /// `human` for people, `json` for machines: one object a line.
    #[arg(skip)]
    format: String = "\"human\"";
}

/// How the log is written.
#[derive(Clone, Debug)]
pub struct Log {
    /// What passes, in the filter language of `tracing`.
    pub level: String,
    /// One JSON object a line instead of text.
    pub json: bool,
}

impl Raw {
    /// Checks the words.
    pub fn resolve(self) -> Result<Log> {
        EnvFilter::try_new(&self.level)
            .with_context(|| format!("log.level: `{}` is not a level such as info", self.level))?;
        // The filter takes any word alone for a part of the program, and then logs nothing else.
        let mut words = self.level.split(',').map(str::trim);
        let alone = |word: &&str| !word.contains(['=', '[']);
        if let Some(word) = words.find(|word| alone(word) && word.parse::<LevelFilter>().is_err()) {
            bail!("log.level: `{word}` is not a level such as info");
        }
        let json = match self.format.as_str() {
            "human" => false,
            "json" => true,
            other => bail!("log.format: `{other}` is neither human nor json"),
        };
        Ok(Log {
            level: self.level,
            json,
        })
    }
}
