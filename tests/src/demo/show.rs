//! How the demo is written: plain text in columns, for any terminal and any file.

use std::io::Write;

use catbird_lexicon::blue::catbird::mls::defs::MessageView;

use super::{BoxError, cast::Person};

/// How many bytes of a ciphertext are shown.
const SHOWN_BYTES: usize = 16;

/// Writes the demo, each line as soon as it is known.
pub struct Show<W> {
    out: W,
    steps: usize,
}

impl<W: Write> Show<W> {
    pub fn new(out: W) -> Self {
        Self { out, steps: 0 }
    }

    pub fn title(&mut self, text: &str) -> Result<(), BoxError> {
        self.line(text)?;
        self.line("")
    }

    pub fn step(&mut self, text: &str) -> Result<(), BoxError> {
        self.steps += 1;
        let number = self.steps;
        self.line("")?;
        self.line(&format!("{number}. {text}"))
    }

    /// Who or what, and what there is to say of it.
    pub fn fact(&mut self, subject: &str, text: &str) -> Result<(), BoxError> {
        self.line(&format!("   {subject:<13} {text}"))
    }

    /// An entry of the log: what its maker says of it, and what the server has of it.
    ///
    /// The last bytes are shown, since the framing at the beginning is in the clear.
    pub fn entry(&mut self, entry: &MessageView, maker: &str, text: &str) -> Result<(), BoxError> {
        let (seq, epoch, kind, bytes) = (entry.seq, entry.epoch, kind(entry), &entry.ciphertext);
        self.line(&format!("   seq {seq:<2} epoch {epoch:<2} {kind:<8} {maker:<8} {text}"))?;
        let end = hex::encode(&bytes[bytes.len().saturating_sub(SHOWN_BYTES)..]);
        self.detail("server", &format!("stores {}, ending in {end}", count(bytes.len(), "byte")))
    }

    /// What an entry is to somebody.
    pub fn detail(&mut self, name: &str, text: &str) -> Result<(), BoxError> {
        self.line(&format!("{:28}{name:<8} {text}", ""))
    }

    /// The log beside what each person made of it.
    pub fn table(&mut self, log: &[MessageView], people: &[&Person<'_>]) -> Result<(), BoxError> {
        let mut heading = vec!["seq".to_owned(), "epoch".to_owned(), "kind".to_owned(), "bytes".to_owned()];
        heading.extend(people.iter().map(|person| person.name.to_owned()));
        let row = |entry: &MessageView| {
            let size = entry.ciphertext.len().to_string();
            let mut row = vec![entry.seq.to_string(), entry.epoch.to_string(), kind(entry), size];
            let saw = |person: &&Person<'_>| person.saw.get(&entry.seq).cloned().unwrap_or_else(|| "-".to_owned());
            row.extend(people.iter().map(saw));
            row
        };
        let rows: Vec<_> = std::iter::once(heading).chain(log.iter().map(row)).collect();
        let widths = widths(&rows);
        for row in rows {
            let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            self.line(format!("   {}", cells.join("  ")).trim_end())?;
        }
        Ok(())
    }

    fn line(&mut self, text: &str) -> Result<(), BoxError> {
        writeln!(self.out, "{text}")?;
        Ok(self.out.flush()?)
    }
}

fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.first().map_or(0, Vec::len);
    (0..columns).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect()
}

fn kind(entry: &MessageView) -> String {
    entry.message_type.as_ref().map_or_else(|| "?".to_owned(), |kind| kind.as_str().to_owned())
}

/// A text as somebody wrote it.
pub fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// A number of things.
pub fn count(number: usize, thing: &str) -> String {
    match (number, thing.strip_suffix('y')) {
        (1, _) => format!("1 {thing}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {thing}s"),
    }
}
