use crate::config::TlsFiles;
use anyhow::{Context, Result};
use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ProducesTickets;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// The certificate that TLS connections are shown, as it is on disk at the moment.
pub(crate) struct Certificates {
    files: TlsFiles,
    /// Kept when the certificate is renewed: sessions go on.
    tickets: Arc<dyn ProducesTickets>,
    state: RwLock<State>,
}

struct State {
    server: Arc<ServerConfig>,
    seen: Seen,
}

/// What tells that a file is another.
type Seen = [Option<(SystemTime, u64)>; 2];

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// One line that says which file cannot be used, and why.
    pub(crate) fn open(files: &TlsFiles) -> Result<Self> {
        let tickets = ring::Ticketer::new().context("cannot make a key for TLS sessions")?;
        let seen = seen(files);
        let server = server(files, &tickets)?;
        Ok(Self {
            files: files.clone(),
            tickets,
            state: RwLock::new(State { server, seen }),
        })
    }

    /// What the next connection is to be served with.
    pub(super) fn server(&self) -> Arc<ServerConfig> {
        self.state.read().server.clone()
    }

    /// Reads the files again if they have changed since; whether they had.
    ///
    /// # Errors
    /// As [`open`](Self::open); what was read before stays in use.
    fn renew(&self) -> Result<bool> {
        let seen = seen(&self.files);
        if seen == self.state.read().seen {
            return Ok(false);
        }
        self.state.write().seen = seen;
        let server = server(&self.files, &self.tickets)?;
        self.state.write().server = server;
        Ok(true)
    }

    /// Renews the certificate whenever its files change, until `end`.
    pub(crate) async fn follow(self: Arc<Self>, end: CancellationToken) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = end.cancelled() => return,
            }
            match self.renew() {
                Ok(false) => {}
                Ok(true) => tracing::info!("the tracker's TLS certificate was renewed"),
                Err(error) => tracing::error!(
                    error = format!("{error:#}"),
                    "the tracker's TLS certificate cannot be renewed: the old one stays in use"
                ),
            }
        }
    }
}

fn seen(files: &TlsFiles) -> Seen {
    [&files.certificate, &files.key].map(|path| {
        let found = fs::metadata(path).ok()?;
        Some((found.modified().ok()?, found.len()))
    })
}

fn server(files: &TlsFiles, tickets: &Arc<dyn ProducesTickets>) -> Result<Arc<ServerConfig>> {
    let chain = chain(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .with_context(|| format!("no private key in {}", files.key.display()))?;
    let mut server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .context("cannot set TLS up")?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .with_context(|| {
            let (certificate, key) = (files.certificate.display(), files.key.display());
            format!("cannot use the certificate in {certificate} with the key in {key}")
        })?;
    server.ticketer = tickets.clone();
    server.send_tls13_tickets = 1;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(server))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let wrong = || format!("no certificate in {}", path.display());
    let chain: Vec<_> = CertificateDer::pem_file_iter(path)
        .with_context(wrong)?
        .collect::<Result<_, _>>()
        .with_context(wrong)?;
    anyhow::ensure!(!chain.is_empty(), wrong());
    Ok(chain)
}

const LOOK_EVERY: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_renewed_when_its_files_change_to_one_that_works() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls");
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles {
            certificate: folder.path().join("certificate.pem"),
            key: folder.path().join("key.pem"),
        };
        // The length tells them apart where the clock of the file system does not.
        let put = |name: &str, to: &Path, more: &str| {
            let text = fs::read_to_string(fixtures.join(name)).unwrap();
            fs::write(to, text + more).unwrap();
        };
        put("first.pem", &files.certificate, "");
        put("first-key.pem", &files.key, "");
        let certificates = Certificates::open(&files).unwrap();
        let first = certificates.server();
        assert!(!certificates.renew().unwrap());
        // In the middle of a change the two do not fit.
        put("second.pem", &files.certificate, "\n");
        let error = format!("{:#}", certificates.renew().unwrap_err());
        assert!(error.contains("certificate.pem"), "{error}");
        assert!(Arc::ptr_eq(&first, &certificates.server()));
        put("second-key.pem", &files.key, "\n");
        assert!(certificates.renew().unwrap());
        assert!(!Arc::ptr_eq(&first, &certificates.server()));
        assert!(!certificates.renew().unwrap());
    }
}
