//! Torrent files and attachments by key: a folder now, S3 later.
