//! Open files: a connection is one, and the limit most systems start programs with is low.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::{debug, warn};

/// Raises the limit of open files as far as the system lets us, and says so if that is too low for as
/// many `connections` as there may be.
pub fn raise_limit(connections: u32) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        let raised = Rlimit {
            current: maximum,
            maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            // It works as before, with fewer connections at a time.
            debug!(%error, "the limit of open files stays");
        }
    }
    let limit = getrlimit(Resource::Nofile).current;
    if let Some(limit) = limit.filter(|limit| *limit < u64::from(connections) + BESIDE) {
        warn!(
            files.limit = limit,
            tracker.max_connections = connections,
            "too few open files are allowed for that many connections: raise LimitNOFILE or lower tracker.max_connections"
        );
    }
}

/// Room for the site, the store and the files.
const BESIDE: u64 = 1024;

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
        raise_limit(100);
        assert_eq!(getrlimit(Resource::Nofile).current, before.maximum);
        setrlimit(Resource::Nofile, before).unwrap();
    }
}
