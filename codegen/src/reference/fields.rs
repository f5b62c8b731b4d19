//! Types in words, and tables of fields: properties, parameters, errors, values.

use super::{
    html::{Html, el},
    site::{self, Site},
    text::{self, code},
};
use crate::{
    emit::limits::limits,
    model::{Def, DefKind, ErrorDecl, Object, Params, Placed, Schema, SchemaKind, StringFormat, StringSchema},
    resolve::DefId,
};

/// Writes what is in one document.
#[derive(Clone, Copy)]
pub struct Fields<'s, 'a> {
    pub site: &'s Site<'a>,
    pub nsid: &'s str,
}

/// A row of a table.
struct Row<'m> {
    name: &'m str,
    required: bool,
    nullable: bool,
    schema: &'m Schema,
}

impl Fields<'_, '_> {
    /// A table of an object's properties, or a word when there are none. Ids begin with `prefix`.
    pub fn object(self, object: &Object, prefix: &str, label: &str) -> Html {
        let row = |(name, schema)| {
            let (required, nullable) = (object.is_required(name), object.is_nullable(name));
            Row { name, required, nullable, schema }
        };
        self.table(object.properties.iter().map(|(name, schema)| row((name.as_str(), schema))).collect(), prefix, label)
    }

    /// A table of parameters.
    pub fn params(self, params: &Params, label: &str) -> Html {
        let rows = params.properties.iter().map(|(name, schema)| {
            let required = params.is_required(name);
            Row { name, required, nullable: false, schema }
        });
        self.table(rows.collect(), "parameters", label)
    }

    fn table(self, rows: Vec<Row<'_>>, prefix: &str, label: &str) -> Html {
        if rows.is_empty() {
            return el("p").class("none").add("It has no properties.").into();
        }
        let rows: Html = rows.into_iter().map(|row| self.row(row, prefix)).collect();
        table("fields", label, &["Name and type", "Description"], rows)
    }

    fn row(self, row: Row<'_>, prefix: &str) -> Html {
        let id = format!("{prefix}.{}", row.name);
        let mark = match row.required {
            true => el("span").class("required").add("required"),
            false => el("span").class("optional").add("optional"),
        };
        let mut kind = el("span").class("type").add(self.kind(row.schema));
        if row.nullable {
            kind = kind.add(" or null");
        }
        let link = el("a").class("anchor").with("href", &format!("#{id}")).add(code(row.name));
        let name = el("th").with("scope", "row").add(link).add(" ").add(kind).add(" ").add(mark);
        let description = el("td").add(self.prose(row.schema.description.as_deref())).add(self.bounds(row.schema));
        el("tr").id(&id).add(name).add(description).into()
    }

    /// A table of declared errors.
    pub fn errors(self, errors: &[ErrorDecl]) -> Html {
        let row = |error: &ErrorDecl| {
            let id = format!("error.{}", error.name.value);
            let link = el("a").class("anchor").with("href", &format!("#{id}")).add(code(&error.name.value));
            let description = self.prose(error.description.as_deref());
            el("tr").id(&id).add(el("th").with("scope", "row").add(link)).add(el("td").add(description))
        };
        table("errors", "Errors", &["Name", "Meaning"], errors.iter().map(row).collect())
    }

    /// A description inside a cell or a list.
    pub fn prose(self, description: Option<&str>) -> Html {
        text::inline(description.unwrap_or_default(), &|word| self.word(word))
    }

    /// A description of its own.
    pub fn paragraphs(self, description: Option<&str>) -> Html {
        text::blocks(description.unwrap_or_default(), &|word| self.word(word))
    }

    /// What a bare word leads to: an error of this method, or another method.
    fn word(self, word: &str) -> Option<String> {
        let main = self.site.set.get(&DefId::new(self.nsid, "main"));
        let declared = main.is_some_and(|def| errors(def).iter().any(|error| error.name.value == word));
        if declared { Some(format!("#error.{word}")) } else { self.site.link(word) }
    }

    /// Limits, default and values of a schema.
    pub fn bounds(self, schema: &Schema) -> Html {
        let limits = limits(self.site.set, self.nsid, schema);
        let limits = limits.map(|limits| el("p").class("bounds").add(self.prose(Some(&limits))));
        Html::default().add(limits).add(values(schema))
    }

    /// The type of a schema, with links to definitions.
    pub fn kind(self, schema: &Schema) -> Html {
        match &schema.kind {
            SchemaKind::Boolean { .. } => Html::text("boolean"),
            SchemaKind::Integer(_) => Html::text("integer"),
            SchemaKind::String(string) => Html::text(
                &string.format.map_or("string".to_owned(), |format| format!("string ({})", format_name(format))),
            ),
            SchemaKind::Bytes { .. } => Html::text("bytes"),
            SchemaKind::CidLink => Html::text("CID link"),
            SchemaKind::Blob { .. } => Html::text("blob"),
            SchemaKind::Array { items, .. } => Html::text("array of ").add(self.kind(items)),
            SchemaKind::Object(_) => Html::text("object"),
            SchemaKind::Params(_) => Html::text("parameters"),
            SchemaKind::Ref(reference) => self.link(&reference.value),
            SchemaKind::Union { refs, closed } => {
                let mut names = Html::default();
                for (index, reference) in refs.iter().enumerate() {
                    names = names.add(if index == 0 { "" } else { ", " }).add(self.link(&reference.value));
                }
                let lead = if refs.is_empty() { "any object with a type" } else { "one of " };
                let tail = if *closed || refs.is_empty() { "" } else { ", or others to come" };
                Html::text(lead).add(names).add(tail)
            }
            SchemaKind::Unknown => Html::text("any object"),
        }
    }

    /// A link to a definition.
    pub fn link(self, reference: &str) -> Html {
        let id = DefId::of_reference(self.nsid, reference);
        el("a").with("href", &site::address(&id)).add(site::short(&id)).into()
    }
}

/// The errors that a method declares.
fn errors(def: &Def) -> &[ErrorDecl] {
    match &def.kind {
        DefKind::Query(query) => &query.errors,
        DefKind::Procedure(procedure) => &procedure.errors,
        DefKind::Subscription(subscription) => &subscription.errors,
        _ => &[],
    }
}

/// A table with a name for those who can't see it.
pub fn table(class: &str, label: &str, head: &[&str], rows: Html) -> Html {
    let head: Html = head.iter().map(|title| el("th").with("scope", "col").add(*title)).collect();
    let head = el("thead").add(el("tr").add(head));
    el("table").class(class).with("aria-label", label).add(head).add(el("tbody").add(rows)).into()
}

/// The values that a string may or is known to have.
fn values(schema: &Schema) -> Html {
    match &schema.kind {
        SchemaKind::String(StringSchema { enumeration: Some(values), .. }) => listed("One of", values),
        SchemaKind::String(StringSchema { known_values: Some(values), .. }) => listed("Known values:", values),
        SchemaKind::Array { items, .. } => values(items),
        _ => Html::default(),
    }
}

fn listed(lead: &str, values: &[Placed<String>]) -> Html {
    let mut line = el("p").class("bounds").add(lead);
    for (index, value) in values.iter().enumerate() {
        line = line.add(if index == 0 { " " } else { ", " }).add(code(&value.value));
    }
    line.add(".").into()
}

fn format_name(format: StringFormat) -> &'static str {
    match format {
        StringFormat::AtIdentifier => "at-identifier",
        StringFormat::AtUri => "at-uri",
        StringFormat::Cid => "cid",
        StringFormat::Datetime => "datetime",
        StringFormat::Did => "did",
        StringFormat::Handle => "handle",
        StringFormat::Nsid => "nsid",
        StringFormat::Tid => "tid",
        StringFormat::RecordKey => "record-key",
        StringFormat::Uri => "uri",
        StringFormat::Language => "language",
    }
}
