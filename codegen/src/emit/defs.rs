//! The definitions of one document, in file order: the method or record first of all, as `main` stands first.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    docs,
    limits::limits,
    method::Method,
    module::Module,
    naming::{self, ident},
    types::is_enum,
    unions::Union,
};
use crate::{
    model::{Def, DefKind, Document, PermissionSet, Record, Schema, SchemaKind, Token},
    resolve::DefId,
    write,
};

impl Module<'_> {
    /// Writes a document and returns what its module's documentation says.
    pub fn document(&mut self, document: &Document) -> Vec<String> {
        let main = document.defs.get("main");
        if let Some(main) = main {
            self.claim("NSID", &format!("the name of `{}`", self.nsid), &main.place);
            let doc = docs::doc(&[format!("The NSID of this {}.", kind_of(main))]);
            let nsid = self.nsid;
            self.push(quote!(#doc pub const NSID: &str = #nsid;));
        }
        if let Some(method) = Method::of(document) {
            self.method(&method);
        }
        for (name, def) in &document.defs {
            self.definition(name, def);
        }
        let mut paragraphs = docs::description(document.description.as_deref());
        paragraphs.extend(docs::description(main.and_then(|main| main.kind.description())));
        match paragraphs.first_mut() {
            Some(first) => *first = format!("`{}`: {}", self.nsid, first.trim_start_matches("- ")),
            None => paragraphs.push(format!("`{}`.", self.nsid)),
        }
        paragraphs
    }

    fn definition(&mut self, name: &str, def: &Def) {
        let id = DefId::new(self.nsid, name);
        match &def.kind {
            DefKind::Object(object) => drop(self.object(&naming::definition(name), object, &id, &[])),
            DefKind::Record(record) => self.main_record(&naming::definition(name), record, &id),
            DefKind::Token(token) => self.token(name, token, def, &id),
            DefKind::PermissionSet(set) => self.permission_set(name, set, def),
            DefKind::Schema(schema) => self.named_schema(&naming::definition(name), schema, &id),
            // Methods are written before all definitions.
            DefKind::Query(_) | DefKind::Procedure(_) | DefKind::Subscription(_) => {}
        }
    }

    /// A named definition of a simple type: a type of its own where there is something to distinguish, else an alias.
    fn named_schema(&mut self, name: &str, schema: &Schema, id: &DefId) {
        let intro = docs::description(schema.description.as_deref());
        match &schema.kind {
            SchemaKind::String(string) if is_enum(string) => drop(self.string_enum(name, string, schema, &[])),
            SchemaKind::Union { refs, closed } => {
                drop(self.union(name, &Union { refs, closed: *closed, place: &schema.place }, &intro));
            }
            SchemaKind::Object(object) => drop(self.object(name, object, id, &intro)),
            _ => {
                self.claim(name, &format!("`{id}`"), &schema.place);
                let here = self.reserve();
                let tokens = self.type_of(schema, &naming::nested(name, "item"), id);
                let mut paragraphs = match intro.is_empty() {
                    true => vec![format!("`{id}`.")],
                    false => intro,
                };
                paragraphs.extend(limits(self.set, self.nsid, schema));
                let doc = docs::doc(&paragraphs);
                let name = ident(name);
                self.fill(here, vec![quote!(#doc pub type #name = #tokens;)]);
            }
        }
    }

    fn main_record(&mut self, name: &str, record: &Record, id: &DefId) {
        let mut intro = docs::description(record.description.as_deref());
        intro.push(format!(
            "A record, written with its `$type`. Its key: {}.",
            docs::escape(&format!("`{}`", record.key.value))
        ));
        self.record(name, &record.record, id, &intro);
    }

    fn token(&mut self, name: &str, token: &Token, def: &Def, id: &DefId) {
        let name = naming::constant(name);
        self.claim(&name, &format!("the token `{id}`"), &def.place);
        let mut paragraphs = docs::description(token.description.as_deref());
        if paragraphs.is_empty() {
            paragraphs.push(format!("The token `{id}`."));
        }
        let doc = docs::doc(&paragraphs);
        let (name, value) = (ident(&name), id.to_string());
        self.push(quote!(#doc pub const #name: &str = #value;));
    }

    fn permission_set(&mut self, name: &str, set: &PermissionSet, def: &Def) {
        let name = naming::constant(name);
        self.claim(&name, &format!("the permission set of `{}`", self.nsid), &def.place);
        let mut paragraphs = docs::description(set.description.as_deref());
        paragraphs.extend(docs::description(set.detail.as_deref()));
        if paragraphs.is_empty() {
            paragraphs.push(format!("The permission set `{}`.", self.nsid));
        }
        let doc = docs::doc(&paragraphs);
        let (name, nsid) = (ident(&name), self.nsid);
        let (title, detail) = (optional(set.title.as_deref()), optional(set.detail.as_deref()));
        let permissions = set.permissions.iter().map(|permission| write::permission(permission).to_string());
        self.push(quote! {
            #doc
            pub const #name: PermissionSet = PermissionSet {
                nsid: #nsid,
                title: #title,
                detail: #detail,
                permissions: &[#(#permissions),*],
            };
        });
    }
}

fn kind_of(main: &Def) -> &'static str {
    match main.kind {
        DefKind::Record(_) => "record",
        DefKind::Query(_) | DefKind::Procedure(_) => "method",
        DefKind::Subscription(_) => "subscription",
        DefKind::PermissionSet(_) => "permission set",
        _ => "type",
    }
}

fn optional(text: Option<&str>) -> TokenStream {
    text.map_or_else(|| quote!(None), |text| quote!(Some(#text)))
}
