//! The command: revisions of git, formats, exit codes and approvals.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::fixture;

/// A repository whose first commit, tagged `v1`, is the old side of the history, and whose working folder is the new one.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().expect("temporary folder");
    git(folder.path(), &["init", "-q", "-b", "main"]);
    copy(&fixture("history/before"), &folder.path().join("lexicon"));
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-q", "-m", "Begin"]);
    git(folder.path(), &["tag", "v1"]);
    copy(&fixture("history/after"), &folder.path().join("lexicon"));
    folder
}

fn git(folder: &Path, arguments: &[&str]) {
    let who = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").current_dir(folder).args(who).args(arguments).output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", text(&output));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("folder is made");
    for entry in fs::read_dir(from).expect("folder is readable") {
        let entry = entry.expect("entry is readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("file is copied");
        }
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

#[track_caller]
fn run(folder: &Path, arguments: &[&str], code: i32) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lexicon"));
    let output = command.current_dir(folder).arg("diff").args(arguments).output().expect("the command runs");
    assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    text(&output)
}

const SUMMARY: &str = "2 WIRE, 0 SOURCE, 5 safe";

#[test]
fn a_revision_is_compared_with_the_working_folder() {
    let repository = repository();
    for revision in ["main", "v1", "HEAD", "git:main"] {
        let said = run(repository.path(), &[revision], 1);
        assert!(said.contains(SUMMARY), "{said}");
        assert!(said.contains("lexicon/example/chat/getMessages.json:"), "{said}");
    }
    assert!(run(repository.path(), &["main"], 1).contains("old main:lexicon/example/chat/getMessages.json:"));
}

#[test]
fn folders_and_revisions_are_compared_in_any_pair() {
    let repository = repository();
    git(repository.path(), &["commit", "-q", "-a", "-m", "Change"]);
    git(repository.path(), &["add", "."]);
    let before = fixture("history/before");
    let before = before.to_str().expect("a path");
    assert!(run(repository.path(), &["v1", "main"], 1).contains(SUMMARY));
    assert!(run(repository.path(), &[before, "main"], 1).contains(SUMMARY));
    assert!(run(repository.path(), &[before, "lexicon"], 1).contains(SUMMARY));
    assert!(run(repository.path(), &[before, "v1"], 0).contains("0 WIRE, 0 SOURCE, 0 safe"));
    assert!(run(repository.path(), &["main", "v1"], 1).contains("WIRE"), "backwards it breaks too");
}

#[test]
fn it_runs_in_any_folder_of_the_repository_and_after_the_folder_is_gone() {
    let repository = repository();
    let inner = repository.path().join("some/where");
    fs::create_dir_all(&inner).expect("folder is made");
    assert!(run(&inner, &["main", "--lexicon", "../../lexicon"], 1).contains(SUMMARY));
    let whole = repository.path().join("lexicon");
    assert!(run(repository.path(), &["main", "--lexicon", whole.to_str().expect("a path")], 1).contains(SUMMARY));
    fs::rename(&whole, repository.path().join("api")).expect("folder is moved");
    assert!(run(repository.path(), &["main", "api"], 1).contains(SUMMARY));
}

#[test]
fn what_can_t_be_compared_is_said_and_is_no_difference() {
    let repository = repository();
    let unknown = run(repository.path(), &["nowhere"], 2);
    assert!(unknown.contains("`nowhere` is no folder, and git does not know it as a revision"), "{unknown}");
    run(repository.path(), &["--upload-pack=x"], 2);
    let empty = run(repository.path(), &["main", "--lexicon", "empty"], 2);
    assert!(empty.contains("there is no lexicon (.json) under empty in `main`"), "{empty}");
    fs::write(repository.path().join("lexicon/wrong.json"), "{}").expect("file is written");
    let wrong = run(repository.path(), &["main"], 2);
    assert!(wrong.contains("the lexicons of lexicon can't be compared"), "{wrong}");
    let outside = tempfile::tempdir().expect("temporary folder");
    copy(&fixture("history/after"), &outside.path().join("lexicon"));
    assert!(run(outside.path(), &["main"], 2).contains("not a git repository"));
}

#[test]
fn it_fails_on_the_tier_that_is_asked_for() {
    let repository = repository();
    run(repository.path(), &["main", "--fail-on", "nothing"], 0);
    run(repository.path(), &["main", "--fail-on", "wire"], 1);
    // A new error breaks code, and nobody who is deployed.
    copy(&fixture("history/before"), &repository.path().join("lexicon"));
    let file = repository.path().join("lexicon/example/chat/sendMessage.json");
    let lexicon = fs::read_to_string(&file).expect("file is readable");
    let more = lexicon.replace("\"errors\": [", "\"errors\": [{ \"name\": \"TooLarge\" },");
    fs::write(&file, more).expect("file is written");
    assert!(run(repository.path(), &["main"], 1).contains("0 WIRE, 1 SOURCE, 0 safe"));
    run(repository.path(), &["main", "--fail-on", "wire"], 0);
}

#[test]
fn every_format_tells_the_same() {
    let repository = repository();
    let markdown = run(repository.path(), &["main", "--format", "markdown"], 1);
    assert!(markdown.contains("## API changes from `main` to `lexicon`") && markdown.contains(SUMMARY), "{markdown}");
    let json = run(repository.path(), &["main", "--format", "json"], 1);
    assert_eq!(json.matches("\"fingerprint\":").count(), 7, "{json}");
    let github = run(repository.path(), &["main", "--format", "github"], 1);
    let levels = ["error", "warning", "notice"].map(|level| github.matches(&format!("::{level} ")).count());
    assert_eq!(levels, [2, 0, 5], "{github}");
}

/// The fingerprints of the changes that break something.
fn breaking(folder: &Path) -> Vec<String> {
    let text = run(folder, &["main"], 1);
    let lines: Vec<_> = text.lines().collect();
    let breaking = lines.windows(2).filter(|pair| pair[0].trim_start().starts_with("WIRE "));
    breaking.map(|pair| pair[1].rsplit(' ').next().expect("a fingerprint").to_owned()).collect()
}

fn approve(folder: &Path, fingerprints: &[String], reason: &str) {
    let one = |fingerprint: &String| format!("[[approved]]\nfingerprint = \"{fingerprint}\"\nreason = \"{reason}\"\n");
    let text: String = fingerprints.iter().map(one).collect();
    fs::write(folder.join("lexicon.approvals.toml"), text).expect("file is written");
}

#[test]
fn approved_changes_break_nothing() {
    let repository = repository();
    let fingerprints = breaking(repository.path());
    assert_eq!(fingerprints.len(), 2);
    approve(repository.path(), &fingerprints[..1], "No client in use sends it.");
    assert!(run(repository.path(), &["main"], 1).contains("1 WIRE, 0 SOURCE, 5 safe, 1 approved"));
    approve(repository.path(), &fingerprints, "No client in use sends it.");
    let said = run(repository.path(), &["main"], 0);
    assert!(said.contains("Approved: No client in use sends it."), "{said}");
    assert!(said.contains("0 WIRE, 0 SOURCE, 5 safe, 2 approved"), "{said}");
}

#[test]
fn an_approval_holds_when_lines_move_and_other_things_change() {
    let repository = repository();
    let before = breaking(repository.path());
    let file = repository.path().join("lexicon/example/chat/getMessages.json");
    let lexicon = fs::read_to_string(&file).expect("file is readable");
    let moved = lexicon.replace("\"defs\": {", "\n\n\"defs\": {").replace("Reads messages", "Gives the messages");
    let moved = moved.replace("\"errors\": [", "\"errors\": [{ \"name\": \"Other\" },");
    fs::write(&file, moved).expect("file is written");
    assert_eq!(breaking(repository.path()), before);
}

#[test]
fn an_approval_ends_with_the_change_that_it_was_for() {
    let repository = repository();
    let fingerprints = breaking(repository.path());
    approve(repository.path(), &fingerprints, "Nobody uses it.");
    let file = repository.path().join("lexicon/example/chat/getMessages.json");
    let lexicon = fs::read_to_string(&file).expect("file is readable");
    fs::write(&file, lexicon.replace("\"sinceSeq\"", "\"sinceEpoch\"")).expect("file is written");
    let said = run(repository.path(), &["main"], 1);
    assert!(said.contains("which is no change here"), "{said}");
}

#[test]
fn approvals_need_a_reason_and_fit_once() {
    let repository = repository();
    approve(repository.path(), &["0123456789abcdef".to_owned()], "");
    assert!(run(repository.path(), &["main"], 2).contains("0123456789abcdef is approved without a reason"));
    approve(repository.path(), &["0123456789abcdef".to_owned(), "0123456789abcdef".to_owned()], "Twice.");
    assert!(run(repository.path(), &["main"], 2).contains("is approved twice"));
}
