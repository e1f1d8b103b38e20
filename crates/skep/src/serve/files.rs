//! Open files: a connection is one, and the limit most systems start programs with is low.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::debug;

/// Raises the limit of open files as far as the system lets us, up to what connections can take.
pub fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(ENOUGH).min(ENOUGH);
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    let raised = Rlimit {
        current: Some(wanted),
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        // It works as before, with fewer connections at a time.
        debug!(%error, "the limit of open files stays");
    }
}

/// The connections of all roles, and room for the store and the files.
const ENOUGH: u64 = 24576;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_low_limit_is_raised_to_what_is_allowed() {
        let before = getrlimit(Resource::Nofile);
        let low = Rlimit {
            current: Some(512),
            ..before
        };
        setrlimit(Resource::Nofile, low).unwrap();
        raise_limit();
        let raised = getrlimit(Resource::Nofile).current;
        let allowed = before.maximum.unwrap_or(ENOUGH).min(ENOUGH);
        assert_eq!(raised, Some(allowed));
        setrlimit(Resource::Nofile, before).unwrap();
    }
}
