//! Unions: enums whose members are told apart by `$type`, open (with `Other`) or closed.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{
    docs,
    module::Module,
    naming::{self, ident},
};
use crate::{
    diagnostics::{Code, Finding},
    model::{Def, DefKind, Place, Placed, SchemaKind},
    resolve::DefId,
};

/// A union as it stands in a schema.
pub struct Union<'a> {
    pub refs: &'a [Placed<String>],
    pub closed: bool,
    pub place: &'a Place,
}

/// One member: its name on the wire, its variant and its type.
struct Member {
    type_name: String,
    variant: Ident,
    tokens: TokenStream,
}

impl Module<'_> {
    /// Writes the enum `name` for a union, and returns its type.
    pub fn union(&mut self, name: &str, union: &Union<'_>, intro: &[String]) -> TokenStream {
        self.claim(name, &format!("the union at {}", union.place.pointer), union.place);
        let members = self.members(union);
        let doc = docs::doc(&match intro.is_empty() {
            true => vec![
                if union.closed { "One of a closed set of objects." } else { "One of several objects." }.to_owned(),
            ],
            false => intro.to_vec(),
        });
        let name = ident(name);
        let (variants, types) = (members.iter().map(|m| &m.variant), members.iter().map(|m| &m.tokens));
        let docs = members.iter().map(|member| docs::doc(&[format!("`{}`.", member.type_name)]));
        let other = (!union.closed).then(|| {
            quote! {
                /// A type that the lexicon doesn't list.
                Other(UnknownObject),
            }
        });
        self.push(quote! {
            #doc
            #[derive(Clone, Debug, PartialEq)]
            pub enum #name { #(#docs #variants(Box<#types>),)* #other }
        });
        self.push(tagging(&name, &members, union.closed));
        self.push(quote!(union_serde!(#name);));
        self.push(validation(&name, &members, union.closed));
        for Member { variant, tokens, .. } in &members {
            self.push(quote! {
                impl From<#tokens> for #name {
                    fn from(value: #tokens) -> Self { Self::#variant(Box::new(value)) }
                }
            });
        }
        quote!(#name)
    }

    /// The members in lexicon order, each once.
    fn members(&mut self, union: &Union<'_>) -> Vec<Member> {
        let mut ids: Vec<DefId> = Vec::new();
        let set = self.set;
        for reference in union.refs {
            let (id, def) = set.target(self.nsid, &reference.value);
            if !is_object(def) {
                let message = format!("`{id}` can't be a member of a union, since it is not an object with `$type`");
                let finding = Finding::new(Code::NameClash, reference.place.clone(), message)
                    .related(def.place.clone(), "defined here");
                self.refuse(finding.hint("refer to an object or a record"));
            } else if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let pairs: Vec<_> = ids.iter().map(|id| (id.nsid.as_str(), id.name.as_str())).collect();
        let variants = naming::members(&pairs);
        let member = |(id, variant): (&DefId, String)| Member {
            type_name: id.to_string(),
            variant: ident(&variant),
            tokens: self.path(id),
        };
        ids.iter().zip(variants).map(member).collect()
    }
}

fn is_object(def: &Def) -> bool {
    match &def.kind {
        DefKind::Object(_) | DefKind::Record(_) => true,
        DefKind::Schema(schema) => matches!(schema.kind, SchemaKind::Object(_)),
        _ => false,
    }
}

fn tagging(name: &Ident, members: &[Member], closed: bool) -> TokenStream {
    let names: Vec<_> = members.iter().map(|m| &m.type_name).collect();
    let variants: Vec<_> = members.iter().map(|m| &m.variant).collect();
    let type_name = matching(
        members,
        closed,
        |member| {
            let (variant, name) = (&member.variant, &member.type_name);
            quote!(Self::#variant(_) => #name)
        },
        quote!(Self::Other(object) => &object.type_name),
    );
    let encode = matching(
        members,
        closed,
        |member| {
            let (variant, name) = (&member.variant, &member.type_name);
            quote!(Self::#variant(value) => union::member(serializer, #name, value))
        },
        quote!(Self::Other(object) => object.serialize(serializer)),
    );
    let serializer = if closed && members.is_empty() { quote!(_) } else { quote!(serializer) };
    let decode = match (closed, members.is_empty()) {
        (true, true) => quote! {
            let _ = (type_name, fields);
            Err(union::unknown_member(Self::MEMBERS))
        },
        (false, true) => quote!(UnknownObject::decode(type_name, fields).map(Self::Other)),
        (_, false) => {
            let other = match closed {
                true => quote!(Err(union::unknown_member(Self::MEMBERS))),
                false => quote!(UnknownObject::decode(type_name, fields).map(Self::Other)),
            };
            quote! {
                match type_name {
                    #(#names => Deserialize::deserialize(fields).map(Self::#variants),)*
                    _ => #other,
                }
            }
        }
    };
    quote! {
        impl Union for #name {
            const MEMBERS: &'static [&'static str] = &[#(#names),*];

            fn type_name(&self) -> &str { #type_name }

            fn encode<S: Serializer>(&self, #serializer: S) -> Result<S::Ok, S::Error> { #encode }

            fn decode<'de, D: Deserializer<'de>>(type_name: &str, fields: D) -> Result<Self, D::Error> { #decode }
        }
    }
}

fn validation(name: &Ident, members: &[Member], closed: bool) -> TokenStream {
    let body = matching(
        members,
        closed,
        |member| {
            let variant = &member.variant;
            quote!(Self::#variant(value) => value.validate(at))
        },
        quote!(Self::Other(_) => Ok(())),
    );
    let at = if members.is_empty() { quote!(_) } else { quote!(at) };
    quote! {
        impl Validate for #name {
            fn validate(&self, #at: Path<'_>) -> Result<(), Violation> { #body }
        }
    }
}

/// A match over all variants of the union.
fn matching(members: &[Member], closed: bool, arm: impl Fn(&Member) -> TokenStream, other: TokenStream) -> TokenStream {
    let arms = members.iter().map(arm);
    match (closed, members.is_empty()) {
        (true, true) => quote!(match *self {}),
        (true, false) => quote!(match self { #(#arms,)* }),
        (false, _) => quote!(match self { #(#arms,)* #other }),
    }
}
