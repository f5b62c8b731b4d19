//! What a reference says beyond the lexicon, read from a JSON file that goes with it.
//!
//! ```json
//! {
//!   "server": "https://api.example.com",
//!   "headers": {"Authorization": "Bearer $TOKEN"},
//!   "groups": {"Things": ["getThing", "com.example.putThing"]},
//!   "examples": {"limit": 20, "thingView.name": "A thing", "getThing.cursor": null}
//! }
//! ```

use super::data::Data;

/// The settings of a reference.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the requests of the examples go: a URL without a slash at the end.
    pub server: String,
    /// Headers that each request of the examples brings, as text for a shell between double quotes.
    pub headers: Vec<(String, String)>,
    /// Headings, and the NSIDs (or their last parts) of the documents under them.
    pub groups: Vec<(String, Vec<String>)>,
    /// Example values: by property (`limit`), wherever the schema takes the value; or by the definition it stands in
    /// and the property (`thingView.name`), where it must fit. The latter also puts an optional property into a request
    /// that would do without, and with `null` leaves one out.
    pub examples: Vec<(String, Data)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { server: "https://example.com".into(), headers: vec![], groups: vec![], examples: vec![] }
    }
}

impl Settings {
    /// Reads the file's text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut settings = Self::default();
        for (name, value) in fields("the file", Data::parse(text)?)? {
            match name.as_str() {
                "server" => string("server", value)?.trim_end_matches('/').clone_into(&mut settings.server),
                "headers" => settings.headers = each("headers", value, string)?,
                "groups" => settings.groups = each("groups", value, strings)?,
                "examples" => settings.examples = fields("examples", value)?,
                other => return Err(format!("`{other}` is none of server, headers, groups and examples")),
            }
        }
        Ok(settings)
    }
}

type Fields<T> = Vec<(String, T)>;

fn fields(what: &str, value: Data) -> Result<Fields<Data>, String> {
    match value {
        Data::Object(fields) => Ok(fields),
        _ => Err(format!("{what} must be an object")),
    }
}

fn each<T>(what: &str, value: Data, read: fn(&str, Data) -> Result<T, String>) -> Result<Fields<T>, String> {
    fields(what, value)?.into_iter().map(|(name, value)| read(&name, value).map(|value| (name, value))).collect()
}

fn string(what: &str, value: Data) -> Result<String, String> {
    match value {
        Data::String(text) => Ok(text),
        _ => Err(format!("`{what}` must be a string")),
    }
}

fn strings(what: &str, value: Data) -> Result<Vec<String>, String> {
    match value {
        Data::Array(items) => items.into_iter().map(|item| string(what, item)).collect(),
        _ => Err(format!("`{what}` must be a list of strings")),
    }
}
