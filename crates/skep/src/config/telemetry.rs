//! `[telemetry]`: what machines that watch this process ask.

use std::net::SocketAddr;

use anyhow::Result;

super::key::table! {
    /// What machines ask that watch this process.
    Raw, Flags = "telemetry";
    /// Address for `/healthz`, `/readyz` and `/metrics` alone, such as `127.0.0.1:9100`; port 0 picks a free one. Empty: none.
    /// The site has all three too, so this is for processes without it, or to keep them off the site's address. Whoever
    /// reaches it reads them.
    #[arg(skip)]
    listen: String = "\"\"";
}

/// How this process is watched.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// Address to listen on, if there is one.
    pub listen: Option<SocketAddr>,
}

impl Raw {
    /// Parses the address.
    pub fn resolve(self) -> Result<Telemetry> {
        let listen = match self.listen.as_str() {
            "" => None,
            text => Some(super::address("telemetry.listen", text)?),
        };
        Ok(Telemetry { listen })
    }
}
