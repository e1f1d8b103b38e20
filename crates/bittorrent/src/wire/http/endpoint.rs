//! Which paths belong to the tracker.

/// A tracker URL that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint<'a> {
    /// What is asked.
    pub kind: EndpointKind,
    /// The user's key, if the URL carries one: 10 to 64 letters and digits.
    pub passkey: Option<&'a str>,
}

/// What a tracker URL asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointKind {
    /// Announce a peer.
    Announce,
    /// Ask for counts.
    Scrape,
}

/// Why a URL is none of the tracker's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Another path: not found, as far as the tracker goes.
    #[error("this is no announce or scrape address")]
    NotFound,
    /// A tracker path, but what stands for the passkey cannot be one.
    #[error("the passkey in the announce URL is malformed, download the .torrent file again")]
    BadPasskey,
}

impl<'a> Endpoint<'a> {
    /// Reads the path and the query (without its `?`) of a request.
    ///
    /// # Errors
    /// [`EndpointError`], which is also a sentence for the client.
    pub fn parse(_path: &'a str, _query: &'a str) -> Result<Self, EndpointError> {
        unimplemented!()
    }

    /// Reads the URL data of a UDP announce (BEP 41); no data is an announce without a passkey.
    ///
    /// # Errors
    /// [`EndpointError`], which is also a sentence for the client.
    pub fn parse_url_data(_data: &'a [u8]) -> Result<Self, EndpointError> {
        unimplemented!()
    }
}
