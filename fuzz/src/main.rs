//! The fuzzer: libFuzzer's own `main` drives the target that `SKEP_FUZZ_TARGET` names. Built and run
//! by `cargo xtask fuzz`, which knows the flags.

#![no_main]
// libFuzzer calls into the target over a C symbol
#![allow(unsafe_code)]

use std::sync::OnceLock;

static TARGET: OnceLock<fuzz::Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let target = TARGET.get_or_init(|| {
        let name = std::env::var("SKEP_FUZZ_TARGET").unwrap_or_default();
        fuzz::target(&name).unwrap_or_else(|| {
            let names: Vec<&str> = fuzz::TARGETS.iter().map(|target| target.name).collect();
            eprintln!("SKEP_FUZZ_TARGET must be one of {}", names.join(", "));
            std::process::exit(2)
        })
    });
    (target.run)(input);
});
