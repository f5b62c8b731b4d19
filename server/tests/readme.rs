//! What README.md tells a newcomer to paste works, and the answers it shows are the answers.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::symlink,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// The address that the README speaks of.
const USUAL_ADDRESS: &str = "127.0.0.1:3000";

/// What stands for a time in both the expected and the real answers.
const SOME_TIME: &str = "2026-01-01T00:00:00.000Z";

/// A block of the README: what to paste, or what comes out.
#[derive(Debug, PartialEq)]
enum Block {
    Shell(String),
    Answer(Value),
}

/// The blocks of the section with this heading, in order.
fn blocks(readme: &str, heading: &str) -> Vec<Block> {
    let section = readme.split("\n## ").find(|section| section.lines().next() == Some(heading)).expect("the section");
    let fenced =
        section.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').expect("a block has lines"));
    fenced
        .map(|(language, text)| match language {
            "sh" => Block::Shell(text.to_owned()),
            "json" => Block::Answer(serde_json::from_str(text).expect("answers are JSON")),
            other => panic!("a block in {other}"),
        })
        .collect()
}

/// A server as `make run` starts it, in a folder like a clone of the repository.
struct Running {
    process: Child,
    address: String,
}

impl Running {
    fn start(clone: &Path) -> Self {
        fs::create_dir_all(clone.join("target/release")).unwrap();
        fs::create_dir(clone.join("data")).unwrap();
        symlink(env!("CARGO_BIN_EXE_catbird-server"), clone.join("target/release/catbird-server")).unwrap();
        let secret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        fs::write(clone.join("data/jwt-secret"), secret).unwrap();
        let mut command = Command::new("target/release/catbird-server");
        command.args(["serve", "--print-dev-token"]).current_dir(clone);
        command.env_remove("DATABASE_URL").env("LISTEN", "127.0.0.1:0").env("JWT_SECRET", secret);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split_whitespace().find_map(|word| word.strip_prefix("http://")).unwrap().to_owned();
        Self { process, address }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Pastes commands into a shell and returns the lines that they print.
fn paste(clone: &Path, address: &str, commands: &str) -> Vec<Value> {
    let script = commands.replace(USUAL_ADDRESS, address);
    // The name of the service holds the port, as the server's own does.
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &script]).current_dir(clone).env("LISTEN", address);
    let output = shell.output().expect("this test needs bash");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "this test needs curl, and the README's commands must work:\n{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))).collect()
}

/// The same with all times alike.
fn timeless(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(timeless).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| match name.ends_with("At") {
                true => (name, SOME_TIME.into()),
                false => (name, timeless(value)),
            })
            .collect(),
        other => other,
    }
}

#[test]
fn the_session_in_the_readme_gives_the_answers_that_it_shows() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let blocks = blocks(&readme, "Talk to it");
    let commands = blocks.iter().filter_map(|block| match block {
        Block::Shell(text) => Some(text.as_str()),
        Block::Answer(_) => None,
    });
    let shown = blocks.iter().filter_map(|block| match block {
        Block::Answer(value) => Some(timeless(value.clone())),
        Block::Shell(_) => None,
    });
    let clone = tempfile::tempdir().unwrap();
    let server = Running::start(clone.path());
    let script: String = commands.collect();
    let answers: Vec<_> = paste(clone.path(), &server.address, &script).into_iter().map(timeless).collect();
    assert_eq!(answers, shown.collect::<Vec<_>>());
    // Who pastes it once more gets the same: ids make the requests repeatable.
    let again: Vec<_> = paste(clone.path(), &server.address, &script).into_iter().map(timeless).collect();
    assert_eq!(again[1..], answers[1..]);
}

/// The files that a page links to, as written.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets.filter(|target| !target.starts_with("https://")).map(|target| target.split('#').next().unwrap_or_default())
}

#[test]
fn links_between_pages_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let docs =
        fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()).filter(|page| page.is_file());
    let mut followed = 0;
    for page in docs.chain([root.join("README.md"), root.join("lexicon/README.md")]) {
        let text = fs::read_to_string(&page).unwrap();
        for target in links(&text) {
            assert!(page.parent().unwrap().join(target).exists(), "{} links to {target}", page.display());
            followed += 1;
        }
    }
    assert!(followed > 10, "only {followed} links were found");
}
