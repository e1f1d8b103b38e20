/// Why a cache could not be opened or used. The message is one clear line without a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CacheError {
    /// The address is neither `memory` nor one of Redis.
    #[error("write memory or redis://[user:password@]host[:port][/number], not `{0}`")]
    Address(String),
    /// Redis does not answer, or not in time. It may later.
    #[error("Redis at {at} cannot be reached: {why}")]
    Unreachable {
        /// Its host and port.
        at: String,
        /// What happened.
        why: String,
    },
    /// Redis answers, but not with what was asked for: a wrong password, no memory left.
    #[error("Redis at {at} refuses: {why}")]
    Refused {
        /// Its host and port.
        at: String,
        /// What it says.
        why: String,
    },
}
