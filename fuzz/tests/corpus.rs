//! Every file of every corpus through its target.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

#[test]
fn every_corpus_file_passes_its_target() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in fuzz::TARGETS {
        let folder = corpora.join(target.name);
        let mut files = 0;
        for entry in
            fs::read_dir(&folder).unwrap_or_else(|_| panic!("no corpus for {}", target.name))
        {
            let path = entry.unwrap().path();
            let input = fs::read(&path).unwrap();
            assert!(
                input.len() <= 64 << 10,
                "{} is too large for a seed",
                path.display()
            );
            let run = target.run;
            assert!(
                catch_unwind(|| run(&input)).is_ok(),
                "{} fails",
                path.display()
            );
            files += 1;
        }
        assert!(files >= 3, "{} has only {files} seeds", target.name);
    }
}

#[test]
fn every_corpus_belongs_to_a_target() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for entry in fs::read_dir(corpora).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            fuzz::target(&name).is_some(),
            "corpus of an unknown target {name}"
        );
    }
}
