//! Makes a change of the migrations rebuild what embeds them, and lists the pages of the API reference to embed.

use std::{env, error::Error, fs, path::PathBuf};

/// Relative to this crate.
const REFERENCE: &str = "../generated/reference";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=../migrations");
    println!("cargo:rerun-if-changed={REFERENCE}");
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join(REFERENCE);
    let files = fs::read_dir(&folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    let mut entries: Vec<String> = files
        .iter()
        .filter_map(|path| path.file_name())
        .map(|name| format!("({name:?}, include_bytes!({:?}) as &[u8]),", folder.join(name)))
        .collect();
    entries.sort();
    let list = format!("&[\n{}\n]", entries.join("\n"));
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("reference.rs"), list)?;
    Ok(())
}
