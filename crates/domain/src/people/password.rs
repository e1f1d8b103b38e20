//! Which passwords are refused. Hashing them is the web role's business.

use super::confusable::skeleton;
use crate::Error;

/// The rule for new passwords: at least ten characters, at most 200 bytes, not the account's name,
/// and none of those that guessers try first. Nothing is asked about kinds of characters.
#[derive(Clone, Copy, Debug, Default)]
pub struct PasswordPolicy;

impl PasswordPolicy {
    /// The fewest characters.
    pub const MIN_CHARS: usize = 10;
    /// The most bytes; also the bound on what hashing has to read.
    pub const MAX_BYTES: usize = 200;

    /// Judges a new password of the account called `name` (as typed, valid or not).
    pub fn check(self, password: &str, name: &str) -> Result<(), Error> {
        if password.len() > Self::MAX_BYTES {
            return Err(Error::PasswordLong);
        }
        if password.chars().count() < Self::MIN_CHARS {
            return Err(Error::PasswordShort);
        }
        let bare = bare(password);
        if bare == self::bare(name) || skeleton(password) == skeleton(name) {
            return Err(Error::PasswordIsName);
        }
        if is_run(password) || COMMON.contains(&bare.as_str()) {
            return Err(Error::PasswordCommon);
        }
        Ok(())
    }
}

/// Lower case without white space and the digits and signs that people add at the end.
fn bare(text: &str) -> String {
    let joined: String = text.to_lowercase().split_whitespace().collect();
    let stem = joined.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    if stem.is_empty() {
        joined
    } else {
        stem.to_owned()
    }
}

/// Whether every character is the one before it, or its neighbour in one direction: `aaaaaaaaaa`,
/// `1234567890`, `zyxwvutsrq`.
fn is_run(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    [-1, 0, 1].into_iter().any(|step| {
        codes.windows(2).all(|pair| {
            let difference = pair[1] - pair[0];
            // 9 → 0 and 0 → 9 go on with a count
            difference == step || (step != 0 && difference == -9 * step)
        })
    })
}

/// The commonest of ten characters and more, and the stems of the commonest with digits after them.
const COMMON: &[&str] = &[
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "abcdefghij",
    "administrator",
    "admin",
    "asdfasdf",
    "asdfghjkl",
    "asdfghjkl;",
    "baseball",
    "bittorrent",
    "changeme",
    "computer",
    "dragon",
    "football",
    "iloveyou",
    "letmein",
    "letmeinplease",
    "liverpool",
    "manchester",
    "master",
    "monkey",
    "myspace",
    "nopassword",
    "p@ssw0rd",
    "p@ssword",
    "pa$$word",
    "pass",
    "passpass",
    "passw0rd",
    "password",
    "passwordpassword",
    "princess",
    "q1w2e3r4t5",
    "q1w2e3r4t5y6",
    "qazwsx",
    "qazwsxedc",
    "qazwsxedcrfv",
    "qwer1234qwer",
    "qwert",
    "qwerty",
    "qwertyqwerty",
    "qwertyuiop",
    "qwertyuiop[]",
    "secret",
    "starwars",
    "sunshine",
    "superman",
    "test",
    "testtest",
    "torrent",
    "tracker",
    "trustno",
    "welcome",
    "whatever",
    "zaq1xsw2cde3",
    "zxcvbnm",
    "zxcvbnm,./",
    "йцукен",
    "йцукенгшщз",
    "пароль",
    "парольпароль",
    "привет",
    "любовь",
    "наташа",
    "фывапролдж",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), Error> {
        PasswordPolicy.check(password, "Anna Petrova")
    }

    #[test]
    fn length_is_counted_in_characters_and_bounded_in_bytes() {
        assert_eq!(check("nine char"), Err(Error::PasswordShort));
        assert_eq!(check("десять зна"), Ok(()));
        assert_eq!(check(&"ab".repeat(100)), Ok(()));
        assert_eq!(check(&"ab".repeat(101)), Err(Error::PasswordLong));
    }

    #[test]
    fn the_name_is_no_password() {
        for password in [
            "Anna Petrova",
            "annapetrova",
            "ANNA PETROVA",
            "annapetrova123!",
            "Аnnа Реtrоvа",
        ] {
            assert_eq!(check(password), Err(Error::PasswordIsName), "{password}");
        }
        assert_eq!(check("anna petrova keeps bees"), Ok(()));
    }

    #[test]
    fn the_commonest_are_refused() {
        for password in [
            "password123",
            "PASSWORD!!",
            "qwertyuiop",
            "Qwerty12345",
            "1234567890",
            "0987654321",
            "aaaaaaaaaaaa",
            "abcdefghijk",
            "йцукенгшщз",
            "пароль12345",
            "1q2w3e4r5t6y",
        ] {
            assert_eq!(check(password), Err(Error::PasswordCommon), "{password}");
        }
        assert_eq!(check("correct horse battery"), Ok(()));
        assert_eq!(check("7391850264"), Ok(()));
    }
}
