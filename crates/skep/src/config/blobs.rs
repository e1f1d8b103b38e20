//! `[blobs]`: where files are kept.

use std::path::Path;

use anyhow::{Result, bail};

super::key::table! {
    /// Where torrent files and attachments are kept.
    Raw, Flags = "blobs";
    /// `file:DIR`. `{data}` stands for the data folder.
    #[arg(id = "blobs.url", long = "blobs", value_name = "URL", global = true)]
    url: String = "\"file:{data}/blobs\"";
}

impl Raw {
    /// The address with the data folder put in.
    pub fn resolve(self, data: &Path) -> Result<String> {
        if self.url.starts_with("s3:") {
            bail!("blobs.url: S3 is not in this build; write file:DIR");
        }
        if !self.url.starts_with("file:") {
            bail!("blobs.url: write file:DIR, not `{}`", self.url);
        }
        Ok(super::in_data(&self.url, data))
    }
}
