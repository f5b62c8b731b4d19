//! The part of a page that tells of a definition: an object, a named type, a token, a record, a set of permissions.

use super::{
    example::Examples,
    fields::{Fields, table},
    html::{Element, Html, el},
    method::{section, snippet},
    site,
    text::code,
};
use crate::{
    json::Json,
    model::{Def, DefKind, Permission, PermissionSet, Schema, SchemaKind},
    resolve::DefId,
};

impl Fields<'_, '_> {
    /// The section of a definition that isn't the primary one, with an example beside it.
    pub fn def<'a>(self, examples: &Examples<'a>, id: &'a DefId, def: &Def) -> Element {
        let anchor = site::anchor(&id.name);
        let link = el("a").class("anchor").with("href", &format!("#{anchor}")).add(id.name.as_str());
        let heading = el("h2").add(link).add(" ").add(el("span").class("kind").add(site::kind(def)));
        let text = el("div")
            .class("text")
            .add(heading)
            .add(self.paragraphs(site::description(def)))
            .add(self.content(def, &anchor, &id.name))
            .add(self.users(id));
        el("section").class("def columns").id(&anchor).add(text).add(example(examples, id))
    }

    /// The primary definition of a document that is no method.
    pub fn primary<'a>(self, examples: &Examples<'a>, id: &'a DefId, def: &Def) -> (Html, Html) {
        (self.content(def, "main", site::short(id)), example(examples, id))
    }

    fn content(self, def: &Def, prefix: &str, name: &str) -> Html {
        let label = format!("Properties of {name}");
        match &def.kind {
            DefKind::Object(object) => self.object(object, prefix, &label),
            DefKind::Record(record) => {
                let key = el("p").add("Record key: ").add(code(&record.key.value)).add(".");
                section("properties", "Properties").add(key).add(self.object(&record.record, prefix, &label)).into()
            }
            DefKind::Schema(schema) => self.named(schema, prefix, &label),
            DefKind::PermissionSet(set) => permissions(set),
            DefKind::Token(_) => el("p").class("none").add("A token: it has a meaning and no content.").into(),
            DefKind::Query(_) | DefKind::Procedure(_) | DefKind::Subscription(_) => Html::default(),
        }
    }

    fn named(self, schema: &Schema, prefix: &str, label: &str) -> Html {
        let kind = el("p").class("encoding").add(self.kind(schema));
        let properties = match &schema.kind {
            SchemaKind::Object(object) => Some(self.object(object, prefix, label)),
            SchemaKind::Params(params) => Some(self.params(params, label)),
            _ => None,
        };
        Html::from(kind).add(self.bounds(schema)).add(properties)
    }

    /// Where a definition is used.
    fn users(self, id: &DefId) -> Html {
        let users: Vec<DefId> = self.site.set.users(id).into_iter().collect();
        if users.is_empty() {
            return Html::default();
        }
        let mut line = el("p").class("note").add("Used by ");
        for (index, user) in users.iter().enumerate() {
            let link = el("a").with("href", &site::address(user)).add(site::short(user));
            line = line.add(if index == 0 { "" } else { ", " }).add(link);
        }
        line.add(".").into()
    }
}

fn example<'a>(examples: &Examples<'a>, id: &'a DefId) -> Html {
    let Some(value) = examples.def(id) else {
        return Html::default();
    };
    let label = format!("Example of {}", site::short(id));
    el("aside").class("example").with("aria-label", &label).add(snippet("Example", "json", &value.json())).into()
}

fn permissions(set: &PermissionSet) -> Html {
    let row = |permission: &Permission| {
        let parameters = permission.parameters.iter();
        let parameters: Html =
            parameters.map(|(name, value)| el("p").add(code(name)).add(": ").add(list(value))).collect();
        el("tr").add(el("th").with("scope", "row").add(code(&permission.resource.value))).add(el("td").add(parameters))
    };
    let rows = set.permissions.iter().map(row).collect();
    let title = set.title.as_deref().map(|title| el("p").add("Shown to users as “").add(title).add("”."));
    section("permissions", "Permissions")
        .add(title)
        .add(set.detail.as_deref().map(|detail| el("p").add(detail)))
        .add(table("errors", "Permissions", &["Resource", "Parameters"], rows))
        .into()
}

/// The value of a parameter: a scalar, or a list of them.
fn list(value: &Json) -> Html {
    let values = if let Json::List(values) = value { values.as_slice() } else { std::slice::from_ref(value) };
    let mut html = Html::default();
    for (index, value) in values.iter().enumerate() {
        let text = if let Json::String(text) = value { text.clone() } else { value.to_string() };
        html = html.add(if index == 0 { "" } else { ", " }).add(code(&text));
    }
    html
}
