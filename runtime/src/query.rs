//! Reading a method's parameters from the query string.
//!
//! An array is a key given several times. A single-valued parameter that is given twice is refused, as is text that isn't
//! of the parameter's type. Parameters that the lexicon doesn't declare are ignored, but counted.

mod undeclared;

use std::borrow::Cow;

use percent_encoding::percent_decode;
pub(crate) use undeclared::count_undeclared;
pub use undeclared::undeclared_parameters;

use crate::validate::{Path, Validate, Violation};

/// The parameters of one request.
#[derive(Debug)]
pub struct Query<'a> {
    /// Decoded names and the values as they stand in the URI.
    pairs: Vec<(Cow<'a, str>, &'a str)>,
    refuses_nul: bool,
}

/// The parameters of a method, as a struct.
pub trait FromQuery: Sized {
    /// Takes the parameters out of the query string.
    ///
    /// # Errors
    /// When a required parameter is missing or one isn't of its type.
    fn from_query(query: &Query<'_>) -> Result<Self, Violation>;
}

/// What a method has for parameters: nothing, or a type that is read and then checked.
pub trait Parameters: Sized {
    /// Reads and checks the parameters.
    ///
    /// # Errors
    /// The first violation.
    fn decode(query: &Query<'_>) -> Result<Self, Violation>;
}

impl Parameters for () {
    fn decode(_query: &Query<'_>) -> Result<Self, Violation> {
        Ok(())
    }
}

impl<T: FromQuery + Validate> Parameters for T {
    fn decode(query: &Query<'_>) -> Result<Self, Violation> {
        let params = T::from_query(query)?;
        params.validate(Path::PARAMS)?;
        Ok(params)
    }
}

/// A type that one value in a query string can have.
pub trait Parameter: Sized {
    /// Reads the value from its decoded text.
    ///
    /// # Errors
    /// The constraint that the text breaks, worded like `must be an integer`.
    fn from_text(text: &str) -> Result<Self, String>;
}

impl<'a> Query<'a> {
    /// Splits a query string: what follows the `?` of the URI, empty when there is none.
    pub fn parse(raw: &'a str) -> Self {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // A name that can't be decoded can't be a declared one either.
            (decode(name).unwrap_or(Cow::Borrowed(name)), value)
        });
        Self { pairs: pairs.collect(), refuses_nul: false }
    }

    /// Whether values that hold U+0000 are refused. They are let through unless this says so.
    pub fn refuse_nul(&mut self, refuse: bool) {
        self.refuses_nul = refuse;
    }

    /// The value of a parameter that must be given.
    ///
    /// # Errors
    /// When it is missing, given twice, or not of its type.
    pub fn required<T: Parameter>(&self, name: &'static str) -> Result<T, Violation> {
        self.optional(name)?.ok_or_else(|| missing(name))
    }

    /// The value of a parameter that may be left out.
    ///
    /// # Errors
    /// When it is given twice, or not of its type.
    pub fn optional<T: Parameter>(&self, name: &'static str) -> Result<Option<T>, Violation> {
        let mut values = self.values(name);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Path::PARAMS.field(name).violation("must be given only once"));
        }
        self.read(value, Path::PARAMS.field(name)).map(Some)
    }

    /// The values of an array that must be given, so has at least one item.
    ///
    /// # Errors
    /// When it is missing, or an item isn't of its type.
    pub fn required_array<T: Parameter>(&self, name: &'static str) -> Result<Vec<T>, Violation> {
        self.optional_array(name)?.ok_or_else(|| missing(name))
    }

    /// The values of an array that may be left out, which can't be told from an empty one.
    ///
    /// # Errors
    /// When an item isn't of its type.
    pub fn optional_array<T: Parameter>(&self, name: &'static str) -> Result<Option<Vec<T>>, Violation> {
        let at = Path::PARAMS.field(name);
        let items: Result<Vec<T>, Violation> =
            self.values(name).enumerate().map(|(index, value)| self.read(value, at.index(index))).collect();
        items.map(|items| if items.is_empty() { None } else { Some(items) })
    }

    /// The names of all parameters in the order given, repeated ones repeatedly.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(name, _)| name.as_ref())
    }

    fn read<T: Parameter>(&self, raw: &str, at: Path<'_>) -> Result<T, Violation> {
        let text = decode(raw).ok_or_else(|| at.violation("must be percent-encoded UTF-8"))?;
        if self.refuses_nul && text.contains('\0') {
            return Err(at.violation("must not hold U+0000"));
        }
        T::from_text(&text).map_err(|constraint| at.violation(constraint))
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(candidate, _)| candidate == name).map(|(_, value)| *value)
    }
}

fn missing(name: &'static str) -> Violation {
    Path::PARAMS.field(name).violation("is required")
}

/// Decodes `%41` and `+`. Text without either is borrowed.
fn decode(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains(['%', '+']) {
        return Some(Cow::Borrowed(raw));
    }
    let spaced = raw.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8().ok()?;
    Some(Cow::Owned(decoded.into_owned()))
}

impl Parameter for String {
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl Parameter for bool {
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("must be true or false".into()),
        }
    }
}

impl Parameter for i64 {
    fn from_text(text: &str) -> Result<Self, String> {
        // The standard parser would take a leading plus sign too, which is a space in a query string.
        let text = if text.starts_with('+') { "" } else { text };
        text.parse().map_err(|_| "must be a 64-bit integer".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Did;

    fn message<T>(result: Result<T, Violation>) -> String {
        result.err().map(|violation| violation.to_string()).unwrap_or_default()
    }

    #[test]
    fn repeated_keys_make_an_array_in_order() {
        let query = Query::parse("dids=did:plc:a&x=1&dids=did%3Aplc%3Ab");
        let dids: Vec<Did> = query.required_array("dids").unwrap();
        assert_eq!(dids.iter().map(Did::as_str).collect::<Vec<_>>(), ["did:plc:a", "did:plc:b"]);
        let query = Query::parse("dids=did:plc:a&dids=me");
        assert_eq!(message(query.required_array::<Did>("dids")), "params/dids/1: must be a DID");
        assert_eq!(message(query.required_array::<Did>("others")), "params/others: is required");
        assert_eq!(query.optional_array::<i64>("others").unwrap(), None);
    }

    #[test]
    fn a_single_value_is_not_given_twice() {
        let query = Query::parse("limit=1&limit=1");
        assert_eq!(message(query.optional::<i64>("limit")), "params/limit: must be given only once");
        assert_eq!(message(Query::parse("").required::<i64>("limit")), "params/limit: is required");
    }

    #[test]
    fn u0000_is_refused_on_request() {
        let mut query = Query::parse("a=x%00&b=1&c=%2500&d=%%00");
        assert_eq!(query.required::<String>("a").unwrap(), "x\0");
        query.refuse_nul(true);
        assert_eq!(message(query.required::<String>("a")), "params/a: must not hold U+0000");
        assert_eq!(message(query.optional_array::<String>("d")), "params/d/0: must not hold U+0000");
        assert_eq!(query.required::<i64>("b").unwrap(), 1);
        assert_eq!(query.required::<String>("c").unwrap(), "%00");
    }

    #[test]
    fn text_must_be_of_the_type() {
        let read = |text: &'static str| Query::parse(text);
        assert_eq!(read("n=-5").required::<i64>("n").unwrap(), -5);
        for text in ["n=", "n", "n=1.0", "n=%2B1", "n=+1", "n=9223372036854775808", "n=0x1"] {
            assert_eq!(message(read(text).required::<i64>("n")), "params/n: must be a 64-bit integer", "{text}");
        }
        assert!(read("b=true").required::<bool>("b").unwrap());
        assert_eq!(message(read("b=1").required::<bool>("b")), "params/b: must be true or false");
        assert_eq!(read("s=a+b%2Bc%C3%A4").required::<String>("s").unwrap(), "a b+cä");
        assert_eq!(message(read("s=%FF").required::<String>("s")), "params/s: must be percent-encoded UTF-8");
        assert_eq!(read("%73=x").required::<String>("s").unwrap(), "x");
    }
}
