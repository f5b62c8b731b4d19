//! Permission sets: bundles of OAuth scopes, <https://atproto.com/specs/permission>.

use indexmap::IndexMap;

use super::{
    fields::{Entry, Fields},
    json::Node,
};
use crate::{
    diagnostics::{Code, Finding},
    formats,
    json::Json,
    model::{Permission, PermissionSet},
    syntax,
};

pub(super) fn permission_set(fields: &Fields<'_>) -> PermissionSet {
    let permissions = fields.require("permissions", "a permission set").and_then(|node| node.list());
    let set = PermissionSet {
        description: fields.description(),
        title: fields.text("title"),
        title_lang: translations(fields, "title:lang"),
        detail: fields.text("detail"),
        detail_lang: translations(fields, "detail:lang"),
        permissions: permissions.unwrap_or_default().iter().filter_map(permission).collect(),
    };
    fields.done("a permission set");
    set
}

fn translations(fields: &Fields<'_>, name: &'static str) -> IndexMap<String, String> {
    let mut translations = IndexMap::new();
    let Some(languages) = fields.get(name).and_then(|node| node.fields()) else {
        return translations;
    };
    for entry in languages.entries() {
        if !formats::is_language(entry.name) {
            let message = format!("`{}` is not a language tag", entry.name);
            let finding = Finding::new(Code::BadPermission, entry.key_place.clone(), message);
            fields.node.reading.report(finding.hint("such as `en` or `pt-BR`"));
        }
        if let Some(text) = entry.node.string() {
            translations.insert(entry.name.to_owned(), text.value);
        }
    }
    translations
}

fn permission(node: &Node<'_>) -> Option<Permission> {
    let fields = node.fields()?;
    let kind = fields.require("type", "a permission").and_then(|node| node.string());
    if let Some(kind) = kind.filter(|kind| kind.value != "permission") {
        let finding = Finding::new(Code::BadPermission, kind.place, "the `type` of a permission is `permission`");
        node.reading.report(finding.hint("correct it"));
    }
    let resource = fields.require("resource", "a permission").and_then(|node| node.string());
    let own = |entry: &&Entry<'_>| !matches!(entry.name, "type" | "resource");
    let parameters = fields.entries().iter().filter(own);
    let parameters = parameters.filter_map(|entry| Some((entry.name.to_owned(), parameter(&entry.node)?))).collect();
    let resource = resource?;
    match resource.value.as_str() {
        "repo" => repo(&fields),
        "rpc" => rpc(&fields),
        // Resources that this version doesn't know may come; services ignore them, so their parameters are free.
        "" => fields.node.report(Code::BadPermission, "a permission names a resource", "such as `repo` or `rpc`"),
        _ => {}
    }
    Some(Permission { resource, parameters, place: node.place.clone() })
}

/// A scalar, or a list of scalars.
fn parameter(node: &Node<'_>) -> Option<Json> {
    if node.is_list() {
        Some(Json::List(node.list()?.iter().filter_map(Node::scalar).collect()))
    } else {
        node.scalar()
    }
}

/// Writing records: which collections, and what may be done to them.
fn repo(fields: &Fields<'_>) {
    described(fields);
    nsids(fields, "collection", "a `repo` permission");
    for action in fields.strings("action").unwrap_or_default() {
        if !matches!(action.value.as_str(), "create" | "update" | "delete") {
            let finding =
                Finding::new(Code::BadPermission, action.place, format!("there is no action `{}`", action.value));
            fields.node.reading.report(finding.hint("`create`, `update` or `delete`"));
        }
    }
    fields.done("a `repo` permission");
}

/// Calling methods: which ones, and of which service. A set is published for any service to use, so it can't fix one.
fn rpc(fields: &Fields<'_>) {
    described(fields);
    nsids(fields, "lxm", "an `rpc` permission");
    let inherit = fields.boolean("inheritAud").is_some_and(|inherit| inherit.value);
    let audience = fields.get("aud");
    match audience.as_ref().map(|node| (node, node.string())) {
        None if !inherit => fields.node.report(
            Code::BadPermission,
            "an `rpc` permission says which services it is for",
            "add `\"inheritAud\": true` or `\"aud\": \"*\"`",
        ),
        Some((node, Some(audience))) if audience.value != "*" => {
            node.report(
                Code::BadPermission,
                "a permission set cannot name one service",
                "`\"aud\": \"*\"`, or `\"inheritAud\": true` instead",
            );
        }
        _ => {}
    }
    fields.done("an `rpc` permission");
}

fn described(fields: &Fields<'_>) {
    for name in ["type", "resource", "description"] {
        let _ = fields.get(name);
    }
}

fn nsids(fields: &Fields<'_>, name: &'static str, what: &str) {
    let Some(node) = fields.require(name, what) else {
        return;
    };
    let names = fields.strings(name).unwrap_or_default();
    if node.list().is_some_and(|items| items.is_empty()) {
        node.report(Code::BadPermission, format!("`{name}` lists nothing"), "add an NSID");
    }
    for wrong in names.iter().filter(|name| !syntax::is_nsid(&name.value)) {
        let message = format!("`{}` is not an NSID", wrong.value);
        let finding = Finding::new(Code::BadPermission, wrong.place.clone(), message);
        fields.node.reading.report(finding.hint("permission sets have no wildcards here"));
    }
}
