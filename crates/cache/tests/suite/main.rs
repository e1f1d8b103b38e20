//! The contract of a cache, held against every variant.

mod contract;
mod redis;
