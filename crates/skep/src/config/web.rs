//! `[web]`: the site.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Result, bail};

super::key::table! {
    /// The site: pages, API and live counters.
    Raw, Flags = "web";
    /// Address the site listens on. Port 0 picks a free one.
    #[arg(id = "web.listen", long = "web", value_name = "ADDR")]
    listen: String = "\"127.0.0.1:8080\"";
    /// Address people use, such as `https://forum.example`, where it is not the one listened on.
    /// With https, cookies are sent over TLS only.
    #[arg(skip)]
    public_url: String = "\"\"";
    /// Addresses of the reverse proxies in front of the site; only they are believed about who the visitor is.
    #[arg(skip)]
    trusted_proxies: Vec<String> = "[]";
    /// The largest `.torrent` that may be posted, in KiB.
    #[arg(skip)]
    max_torrent_kib: u64 = "8192";
}

/// The site's settings.
#[derive(Clone, Debug)]
pub struct Web {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Address people use, without a slash at its end.
    pub public_url: Option<String>,
    /// Proxies that are believed about the visitor's address.
    pub trusted_proxies: Vec<IpAddr>,
    /// The largest `.torrent`, in bytes.
    pub max_torrent_bytes: usize,
}

impl Raw {
    /// Parses the addresses.
    pub fn resolve(self) -> Result<Web> {
        let mut trusted_proxies = Vec::new();
        for proxy in &self.trusted_proxies {
            let Ok(address) = proxy.parse() else {
                bail!("web.trusted_proxies: `{proxy}` is not an IP address");
            };
            trusted_proxies.push(address);
        }
        let max_torrent_bytes = match self.max_torrent_kib {
            kib @ 1..=MAX_TORRENT_KIB => kib as usize * 1024,
            kib => bail!("web.max_torrent_kib: {kib} is not between 1 and {MAX_TORRENT_KIB}"),
        };
        let public_url = super::base_url("web.public_url", &self.public_url, &["http", "https"])?;
        if let Some(url) = &public_url
            && url.splitn(4, '/').count() > 3
        {
            bail!(
                "web.public_url: `{url}` has a path; the site stands at the root of a host of its own"
            );
        }
        Ok(Web {
            listen: super::address("web.listen", &self.listen)?,
            public_url,
            trusted_proxies,
            max_torrent_bytes,
        })
    }
}

/// An upload is held in memory: half a gibibyte is beyond every torrent, and bearable.
const MAX_TORRENT_KIB: u64 = 512 << 10;
