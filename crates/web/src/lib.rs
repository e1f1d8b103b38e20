//! The web role: pages, API, and live counters, on axum and askama.
//!
//! A request goes through two layers (`visit`: who, language, theme, errors; `csrf`: was it meant) to
//! a handler named in `router`, which parses its input with the extractors of `extract`, calls one
//! store method, and answers with a template or JSON. Pages stand under `pages/<area>/<page>.{rs,html}`.
//!
//! It speaks no SQL, reads no configuration, and takes time and secrets from what it is given.

mod accounts;
mod answer;
mod api;
mod assets;
mod browser;
mod config;
mod connections;
mod cookies;
mod csrf;
mod device;
mod error;
mod extract;
mod format;
mod forums;
mod groups;
mod health;
mod i18n;
mod layout;
mod leftover;
mod limits;
mod moderation;
mod origin;
mod pages;
mod passwords;
mod posting;
mod router;
mod serve;
mod settings;
mod state;
mod tally;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tracker_status;
mod urls;
mod visit;

pub use config::Config;
pub use passwords::hash_password;
pub use router::{ROUTES, Route};
pub use serve::{Web, bind};
pub use state::{Deps, Missing, RenderMetrics};
pub use visit::hash as token_hash;
