//! Makes a change of the migrations rebuild what embeds them.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
