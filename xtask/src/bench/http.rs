//! HTTP: kept connections, a connection for each request, TLS, and members.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::figures::Figures;
use super::lab::Lab;
use super::rounds::{self, Column, Entry, Goal, Value};
use super::server::{Program, Protocol, Running, Server};
use super::udp::{SKEP, column, said};

/// Connections that stay.
pub fn kept(lab: &Lab) -> Result<String> {
    let (entries, remarks) = everybody(lab, Protocol::Http, &[])?;
    let outcome = rounds::run(lab, &entries, ask)?;
    let ratio = Value::Ratio("cpu_us");
    let goals = [outcome.goal("times the echo", SKEP, &ratio, Goal::AtMost(1.15))];
    Ok(outcome.table(&COLUMNS) + &remarks + &said(&goals))
}

/// A connection for each request.
pub fn closed(lab: &Lab) -> Result<String> {
    let (entries, remarks) = everybody(lab, Protocol::HttpClose, &["--close"])?;
    let outcome = rounds::run(lab, &entries, ask)?;
    let ratio = Value::Ratio("cpu_us");
    let goals = [outcome.goal("times the echo", SKEP, &ratio, Goal::AtMost(1.1))];
    Ok(outcome.table(&COLUMNS) + &remarks + &said(&goals))
}

/// Kept connections over TLS, held against the same without.
pub fn tls(lab: &Lab) -> Result<String> {
    let (certificate, key) = certificate(lab)?;
    let trusted = certificate.to_string_lossy().into_owned();
    let skep = || Server::new(Program::Skep, Protocol::Http);
    let entries = [
        Entry {
            label: "plain".to_owned(),
            ..Entry::new(skep(), &[])
        },
        Entry {
            label: TLS.to_owned(),
            ..Entry::new(
                Server {
                    tls: Some((certificate, key)),
                    ..skep()
                },
                &["--tls", &trusted],
            )
        },
    ];
    let outcome = rounds::run(lab, &entries, ask)?;
    let columns = [
        column("answers a second", Value::Figure("answers_per_s")),
        column("µs of processor each", Value::Figure("cpu_us")),
        column("own", Value::Figure("user_us")),
        column("times plain", Value::Ratio("cpu_us")),
        column("p99 ms", Value::Figure("p99_ms")),
    ];
    let ratio = Value::Ratio("cpu_us");
    let goals = [outcome.goal("times plain", TLS, &ratio, Goal::AtMost(2.0))];
    Ok(outcome.table(&columns) + &said(&goals))
}

/// Members with passkeys on kept connections, all of whose reports are credited.
pub fn private(lab: &Lab) -> Result<String> {
    let site = lab.site()?;
    let (passkeys, hashes) = (
        site.passkeys.to_string_lossy(),
        site.hashes.to_string_lossy(),
    );
    let load = ["--passkeys", &passkeys, "--hashes", &hashes, "--settle"];
    let entries = [
        Entry::new(Server::new(Program::Echo, Protocol::Http), &load),
        Entry::new(
            Server {
                site: Some(site.clone()),
                ..Server::new(Program::Skep, Protocol::Http)
            },
            &load,
        ),
    ];
    let outcome = rounds::run(lab, &entries, ask)?;
    let columns = [
        COLUMNS.as_slice(),
        &[
            column("µs with all credited", Value::Figure("settled_cpu_us")),
            column("s to credit the rest", Value::Figure("settling_s")),
        ],
    ];
    let rate = Value::Figure("answers_per_s");
    let goals = [outcome.goal("answers a second", SKEP, &rate, Goal::AtLeast(80_000.0))];
    Ok(outcome.table(&columns.concat()) + &said(&goals))
}

fn ask(lab: &Lab, entry: &Entry, running: &Running) -> Result<Figures> {
    lab.load(&entry.arguments(lab, "http", running))
}

/// The echo, Skep and every other tracker that can be asked so, with a remark about those that cannot.
fn everybody(lab: &Lab, protocol: Protocol, load: &[&str]) -> Result<(Vec<Entry>, String)> {
    let server = |program| Server {
        torrents: 20_000,
        ..Server::new(program, protocol)
    };
    let mut entries: Vec<Entry> = [Program::Echo, Program::Skep]
        .map(|program| Entry::new(server(program), load))
        .into();
    let mut remarks = String::new();
    let opentracker = lab.opentracker.clone().map(Program::Opentracker);
    let aquatic = lab.aquatic_http.clone().map(Program::AquaticHttp);
    for program in opentracker.into_iter().chain(aquatic) {
        let server = server(program);
        if protocol == Protocol::Http && !server.start(lab)?.keeps_connections()? {
            remarks += &format!(
                "\n{}: not measured, it ends a connection after each answer as it is built here.\n",
                server.label()
            );
            continue;
        }
        entries.push(Entry::new(server, load));
    }
    Ok((entries, remarks))
}

/// A certificate for this machine's loopback address that vouches for itself, and its key.
fn certificate(lab: &Lab) -> Result<(PathBuf, PathBuf)> {
    let (certificate, key) = (lab.folder.join("cert.pem"), lab.folder.join("key.pem"));
    let request = lab.folder.join("request.cnf");
    // not an authority: what serves TLS may not be one
    fs::write(
        &request,
        "[req]\nprompt=no\ndistinguished_name=name\nx509_extensions=use\n[name]\nCN=tracker\n\
         [use]\nbasicConstraints=critical,CA:FALSE\nsubjectAltName=IP:127.0.0.1\n",
    )?;
    let mut openssl = Command::new("openssl");
    openssl
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"])
        .args([Path::new("-config"), &request])
        .args([Path::new("-keyout"), &key])
        .args([Path::new("-out"), &certificate]);
    lab.output(&mut openssl)
        .context("a certificate needs openssl")?;
    Ok((certificate, key))
}

const TLS: &str = "TLS 1.3";
const COLUMNS: [Column; 6] = [
    column("answers a second", Value::Figure("answers_per_s")),
    column("µs of processor each", Value::Figure("cpu_us")),
    column("own", Value::Figure("user_us")),
    column("times the echo", Value::Ratio("cpu_us")),
    column("p99 ms", Value::Figure("p99_ms")),
    column("broken off", Value::Figure("broken")),
];
