//! Where the password of an account comes from: standard input, or chance.

use std::io::{self, Read};

use anyhow::{Context, Result};
use domain::{Entropy, PasswordPolicy, Secret};

use crate::out;

/// A password that may be used, and its hash.
pub struct Chosen {
    /// What the store keeps.
    pub hash: String,
    /// Only one that was made here, for its owner does not know it yet.
    made: Option<String>,
}

impl Chosen {
    /// Reads one from standard input, or makes one, for the account `name`.
    pub fn read(stdin: bool, name: &str, entropy: &Entropy) -> Result<Self> {
        let password = match stdin {
            true => from_stdin()?,
            false => made_up(&Secret::generate(entropy)),
        };
        PasswordPolicy
            .check(&password, name)
            .context("the password cannot be used")?;
        let hash = web::hash_password(&password, entropy).context("cannot hash the password")?;
        Ok(Self {
            hash,
            made: (!stdin).then_some(password),
        })
    }

    /// Prints `password …` if its owner does not know it yet.
    pub fn print(&self) {
        if let Some(password) = &self.made {
            out::line(format_args!("password {password}"));
        }
    }
}

/// The password on standard input, without the line's end.
fn from_stdin() -> Result<String> {
    let mut text = String::new();
    io::stdin()
        .take(PasswordPolicy::MAX_BYTES as u64 + 3)
        .read_to_string(&mut text)
        .context("cannot read the password from standard input")?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    Ok(password.strip_suffix('\r').unwrap_or(password).to_owned())
}

/// A password of 96 random bits in groups that can be typed.
fn made_up(secret: &Secret) -> String {
    let digits: Vec<char> = secret.as_str().chars().take(24).collect();
    digits
        .chunks(6)
        .map(|chunk| chunk.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}
