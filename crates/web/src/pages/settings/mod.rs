//! `/settings`: what a member decides about their own account.

pub mod passkey;
pub mod profile;
pub mod security;
pub mod tokens;
