//! `skep convert`: `.torrent` to magnet link, and what is known without a network the other way.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use bittorrent::{InfoHash, InfoHashV2, InfoHashes, Magnet, Metainfo, MetainfoLimits, Version};

use crate::out;

/// What to convert.
#[derive(clap::Args)]
pub struct Arguments {
    /// A .torrent file, a magnet link, or an info-hash.
    #[arg(value_name = "FILE|MAGNET|HASH")]
    input: String,
    /// Where the result goes; not given: standard output.
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Peers to ask for the metadata.
    #[arg(long, value_name = "ADDR,…", hide = true)]
    peers: Option<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    if arguments.peers.is_some() {
        bail!("fetching metadata from peers is not in this build");
    }
    match Input::read(&arguments.input)? {
        Input::File(metainfo) => deliver(
            &Magnet::from(&*metainfo).to_string(),
            arguments.output.as_deref(),
        ),
        Input::Hashes(hashes) => deliver(
            &Magnet::new(hashes).to_string(),
            arguments.output.as_deref(),
        ),
        Input::Magnet(magnet) => {
            out::line(summary(&magnet));
            bail!(
                "a magnet link cannot become a .torrent without its peers, \
                 and fetching metadata from the network is not in this build"
            )
        }
    }
}

/// What a person names a torrent by.
pub enum Input {
    /// A `.torrent` file that follows the rules.
    File(Box<Metainfo>),
    /// A magnet link.
    Magnet(Magnet),
    /// An info-hash alone.
    Hashes(InfoHashes),
}

impl Input {
    /// Reads a magnet link, an info-hash in any spelling, or a file; an existing file goes first.
    pub fn read(text: &str) -> Result<Self> {
        if text
            .get(..7)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("magnet:"))
        {
            return Ok(Self::Magnet(
                text.parse().context("this magnet link cannot be used")?,
            ));
        }
        let path = Path::new(text);
        if !path.exists() {
            if let Ok(hash) = text.parse::<InfoHash>() {
                return Ok(Self::Hashes(InfoHashes::from_v1(hash)));
            }
            if let Ok(hash) = text.parse::<InfoHashV2>() {
                return Ok(Self::Hashes(InfoHashes::from_v2(hash)));
            }
        }
        let limits = MetainfoLimits::default();
        let file = fs::File::open(path).with_context(|| {
            format!("`{text}` is no info-hash, no magnet link and no file that can be read")
        })?;
        // what a device says of its size is not true
        let mut bytes = Vec::new();
        file.take(limits.bytes as u64 + 1)
            .read_to_end(&mut bytes)
            .with_context(|| format!("cannot read {text}"))?;
        if bytes.len() > limits.bytes {
            bail!(
                "{text} has more than {} bytes, which a .torrent has at most",
                limits.bytes
            );
        }
        let metainfo = Metainfo::parse(&bytes, &limits)
            .with_context(|| format!("{text} is not a .torrent file"))?;
        Ok(Self::File(Box::new(metainfo)))
    }
}

fn deliver(line: &str, output: Option<&Path>) -> Result<()> {
    match output {
        None => out::line(line),
        Some(path) => {
            fs::write(path, format!("{line}\n"))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(())
}

/// What a magnet link says, a line for each thing.
pub fn summary(magnet: &Magnet) -> String {
    let mut lines = Vec::new();
    let mut say = |what: &str, value: String| lines.push(format!("{what:<12} {value}"));
    if let Some(name) = &magnet.name {
        say("name", name.clone());
    }
    if let Some(hash) = magnet.hashes.v1() {
        say("info-hash", hash.to_string());
    }
    if let Some(hash) = magnet.hashes.v2() {
        say("info-hash v2", hash.to_string());
    }
    say("version", version(magnet.hashes.version()).to_owned());
    if let Some(size) = magnet.size {
        say("size", size.to_string());
    }
    for tracker in &magnet.trackers {
        say("tracker", tracker.clone());
    }
    for seed in &magnet.web_seeds {
        say("web seed", seed.clone());
    }
    for source in &magnet.exact_sources {
        say("source", source.clone());
    }
    for peer in &magnet.peers {
        say("peer", peer.clone());
    }
    lines.join("\n")
}

/// The word for a version.
pub fn version(version: Version) -> &'static str {
    match version {
        Version::V1 => "v1",
        Version::Hybrid => "hybrid",
        Version::V2 => "v2",
    }
}
