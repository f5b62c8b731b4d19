//! Every kind of change, and what it means: for whoever sends (requests) and for whoever reads (responses).
//!
//! Peers were built before the change and meet a server built after it. A *wire* change breaks them as they are; a
//! *source* change breaks the code of a client when it is generated anew. Code of the server isn't counted: it changes
//! with its lexicon by intent.

use std::fmt;

use super::Direction;

/// How far a change reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Nobody notices.
    Safe,
    /// Client code must be adapted when it is generated anew.
    Source,
    /// Deployed peers break.
    Wire,
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Safe => "safe",
            Self::Source => "SOURCE",
            Self::Wire => "WIRE",
        })
    }
}

/// What a change breaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// Deployed peers.
    pub wire: bool,
    /// Client code, once generated anew.
    pub source: bool,
}

impl Impact {
    /// The worst of what it breaks.
    pub fn tier(self) -> Tier {
        match (self.wire, self.source) {
            (true, _) => Tier::Wire,
            (false, true) => Tier::Source,
            (false, false) => Tier::Safe,
        }
    }

    /// What either of two breaks.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { wire: self.wire || other.wire, source: self.source || other.source }
    }
}

/// What a change means in one direction.
#[derive(Clone, Copy, Debug)]
pub struct Meaning {
    pub impact: Impact,
    /// What happens, in sentences.
    pub why: &'static str,
}

/// Declares [`Kind`]: name; meaning in requests; meaning in responses, `same` for the same; what to do instead.
macro_rules! kinds {
    ($($kind:ident $name:literal
        $request:ident $request_why:literal
        $response:ident $($response_why:literal)?
        => $instead:literal)+) => {
        /// A kind of change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind { $($kind,)+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// The name under which it is reported.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// What it means in what clients send.
            pub fn in_request(self) -> Meaning {
                match self { $(Self::$kind => Meaning { impact: kinds!(@impact $request), why: $request_why },)+ }
            }

            /// What it means in what clients read.
            pub fn in_response(self) -> Meaning {
                match self { $(Self::$kind => kinds!(@response self $response $($response_why)?),)+ }
            }

            /// What to do instead, when there is something.
            pub fn instead(self) -> Option<&'static str> {
                let instead = match self { $(Self::$kind => $instead,)+ };
                (!instead.is_empty()).then_some(instead)
            }
        }
    };
    (@response $kind:ident same) => { $kind.in_request() };
    (@response $kind:ident $impact:ident $why:literal) => { Meaning { impact: kinds!(@impact $impact), why: $why } };
    (@impact safe) => { Impact { wire: false, source: false } };
    (@impact source) => { Impact { wire: false, source: true } };
    (@impact wire) => { Impact { wire: true, source: false } };
    (@impact both) => { Impact { wire: true, source: true } };
}

kinds! {
    // What has a name.
    MethodAdded "method-added" safe "Nobody calls it yet." same => ""
    MethodRemoved "method-removed"
        both "Deployed clients that call it are refused." same
        => "Keep it until nobody calls it, with `Deprecated:` at the beginning of its description."
    MethodRenamed "method-renamed"
        both "Deployed clients call it by its old name and are refused." same
        => "Keep the old method beside the new one until nobody calls it."
    RecordAdded "record-added" safe "Nobody writes such records yet." same => ""
    RecordRemoved "record-removed"
        both "Records of this type stay in repositories, and nothing says any more how to read them." same
        => "Keep it, with `Deprecated:` at the beginning of its description."
    RecordRenamed "record-renamed"
        both "Records that exist carry the old name in their address and `$type`, and are not found by the new one." same
        => "Keep the old record beside the new one, and read both."
    PermissionSetAdded "permission-set-added" safe "No app asks for it yet." same => ""
    PermissionSetRemoved "permission-set-removed"
        both "Apps that ask for it are refused." same => "Keep it as long as apps ask for it."
    PermissionSetRenamed "permission-set-renamed"
        both "Apps ask for it by its old name and are refused." same => "Keep the old set beside the new one."
    TokenAdded "token-added" safe "Nobody sends it yet." same => ""
    TokenRemoved "token-removed"
        source "Its name can still be sent as a string, but generated code has no word for it." same
        => "Keep it, with `Deprecated:` at the beginning of its description."
    TokenRenamed "token-renamed"
        both "A token is sent by its name, and deployed peers don't know the new one." same => "Keep the old token too."
    DefinitionAdded "definition-added" safe "By itself it changes nothing that is sent." same => ""
    DefinitionRemoved "definition-removed"
        source "What is sent changes only where it was used, which is reported there. Code that names the type no longer compiles." same
        => ""
    LooseDefinitionRemoved "loose-definition-removed"
        both "No endpoint reaches it, so peers use it where the server doesn't see it, such as inside other data. They have nothing left to agree on." same
        => "Keep it, with `Deprecated:` at the beginning of its description."
    DefinitionRenamed "definition-renamed"
        source "The name isn't sent, except in unions, where it is reported. Code that names the type no longer compiles." same
        => ""
    DefinitionKindChanged "definition-kind-changed"
        both "It is another kind of thing: whoever uses it as the old one fails." same
        => "Make a new definition, for a method or record under a new NSID, and keep the old one."
    RecordKeyChanged "record-key-changed"
        wire "Deployed peers write records under keys that are no longer right, and look for keys that no longer come." same
        => "Keep the key, or make a new record under a new NSID."

    // Properties and parameters.
    PropertyAdded "property-added"
        source "Deployed clients leave it out, which stays right. Code that builds the value names every field, and has to name this one."
        safe "Deployed clients ignore it."
        => ""
    RequiredPropertyAdded "required-property-added"
        both "Deployed clients don't send it, so that they are refused."
        safe "Deployed clients ignore it. New clients rely on it and can't read what an older server answers: servers come first."
        => "Make it optional, and say in its description what its absence means."
    PropertyRemoved "property-removed"
        both "What deployed clients still send in it is ignored: they get an answer, but to another question."
        both "Deployed clients go without it. They can read the answer, but whatever they did with it stops, and nothing tells them."
        => "Keep it beside what replaces it, with `Deprecated:` in its description, or make a new method under a new NSID."
    RequiredPropertyRemoved "required-property-removed"
        both "What deployed clients still send in it is ignored: they get an answer, but to another question."
        both "Deployed clients rely on it and can't read the answer without it."
        => "Keep it beside what replaces it, with `Deprecated:` in its description, or make a new method under a new NSID."
    PropertyRenamed "property-renamed"
        both "Deployed clients send the old name, which is ignored: they are refused where it is required, else answered as if they had sent nothing."
        both "Deployed clients look for the old name and don't find it."
        => "Keep the old name beside the new one, with `Deprecated:` in its description, or make a new method under a new NSID."
    PropertyRequired "property-required"
        both "Deployed clients that leave it out are refused."
        source "It was sometimes absent and is always there now. The generated type is no longer optional."
        => "Keep it optional, and say in its description what its absence means."
    PropertyOptional "property-optional"
        source "What was right stays right. The generated type becomes optional."
        both "Deployed clients rely on it and fail when it is absent."
        => "Keep it required, or add an optional property for what may be absent."
    NullAllowed "null-allowed"
        source "What was right stays right. The generated type becomes optional."
        both "Deployed clients don't expect `null` and fail when it comes."
        => "Make the property optional instead, if it may be absent already."
    NullRefused "null-refused"
        both "Deployed clients that send `null` are refused."
        source "`null` no longer comes. The generated type is no longer optional."
        => "Keep accepting `null`."

    // Types.
    TypeChanged "type-changed"
        both "What deployed clients send is not of the new type and is refused."
        both "Deployed clients expect the old type and can't read the new one."
        => "Add a property of the new type under a new name, and keep the old one."
    ParameterRepeatable "parameter-repeatable"
        source "What was right stays right: one value is a list of one. The generated type is a list." same
        => ""
    RefChanged "ref-changed"
        source "It leads to another definition. On the wire both are the same, except as said here; the generated type is another." same
        => ""
    FormatTightened "format-tightened"
        both "Deployed clients may send what no longer has the format, and are refused."
        source "What comes has a format now. The generated type is another."
        => "Keep accepting what was accepted, and state the format in the description."
    FormatLoosened "format-loosened"
        source "What was right stays right. The generated type is another."
        both "Deployed clients may get what they refuse for its format."
        => "Add a property without the format under a new name, and keep the old one."
    FormatChanged "format-changed"
        both "Deployed clients send the old format and are refused."
        both "Deployed clients expect the old format and refuse the new one."
        => "Add a property of the new format under a new name, and keep the old one."
    BoundTightened "bound-tightened"
        wire "Deployed clients may send what is beyond the new bound, and are refused."
        safe "Less comes than clients are ready for."
        => "Keep the bound. If a server can't take so much, an error of its own says so better."
    BoundLoosened "bound-loosened"
        safe "What was right stays right."
        wire "Deployed clients may refuse, or have no room for, what was promised not to come."
        => "Keep the bound for what is returned, or return more in a new property or method."
    ConstAdded "const-added"
        wire "Deployed clients may send another value, and are refused."
        safe "One value comes, which clients are ready for."
        => "Keep accepting other values."
    ConstRemoved "const-removed"
        safe "What was right stays right."
        wire "Deployed clients may refuse any other value than the one."
        => "Return other values in a new property."
    ConstChanged "const-changed"
        wire "Deployed clients send the old value and are refused."
        wire "Deployed clients expect the old value and refuse the new one."
        => "Add a new property or definition with the new value."
    DefaultAdded "default-added"
        both "Its absence means a certain value now, also for deployed clients that mean nothing by it. The generated type is no longer optional." same
        => "If that is what its absence always meant, say so in the description and leave the default out."
    DefaultRemoved "default-removed"
        both "Its absence meant a certain value, and deployed peers still mean that. The generated type becomes optional." same
        => "Keep the default."
    DefaultChanged "default-changed"
        wire "Whoever leaves it out means something else from now on, without having changed anything." same
        => "Keep the default; those who want another value can send it."

    // Sets of values.
    EnumValueAdded "enum-value-added"
        safe "What was right stays right."
        both "Deployed clients were promised that no other value comes, and fail on it."
        => "Return it in a new property, or make a new method under a new NSID. `knownValues` is the set that may grow."
    EnumValueRemoved "enum-value-removed"
        both "Deployed clients that send it are refused."
        source "It no longer comes. Code that names it no longer compiles."
        => "Keep accepting it."
    EnumClosed "enum-closed"
        both "Deployed clients may send values that are not in the set, and are refused."
        source "Only these values come. The generated type is another."
        => "Use `knownValues`, which leaves the set open."
    EnumOpened "enum-opened"
        source "What was right stays right. The generated type is another."
        both "Deployed clients were promised that no other value comes, and fail on one."
        => "Return other values in a new property."
    KnownValueAdded "known-value-added"
        safe "What was right stays right."
        source "Deployed clients must be ready for names that they don't know. Code that handles each value by name has one more."
        => ""
    KnownValueRemoved "known-value-removed"
        both "Deployed clients may send it, and nothing says any more what it means."
        source "It is no longer expected. Code that names it no longer compiles."
        => "Keep it, and say in the description that it is no longer used."
    KnownValuesAdded "known-values-added"
        source "All strings stay right. The generated type is another." same
        => ""
    KnownValuesRemoved "known-values-removed"
        source "All strings stay right, but nothing says which are known. The generated type is another." same
        => ""
    AcceptNarrowed "accept-narrowed"
        wire "Deployed clients may upload media types that are refused now."
        safe "Fewer media types come than clients are ready for."
        => "Keep accepting them."
    AcceptWidened "accept-widened"
        safe "What was accepted stays accepted."
        wire "Deployed clients may get media types that they can't show."
        => "Return them in a new property."

    // Unions.
    VariantAdded "variant-added"
        safe "What was right stays right."
        source "Deployed clients must be ready for types that they don't know. Code that handles each type has one more."
        => ""
    ClosedVariantAdded "closed-variant-added"
        safe "What was right stays right."
        both "Deployed clients were promised that no other type comes, and fail on it."
        => "Return it in a new property. A union that isn't closed may grow."
    VariantRemoved "variant-removed"
        both "Deployed clients that send it are refused or not understood."
        source "It no longer comes. Code that names it no longer compiles."
        => "Keep accepting it."
    VariantRenamed "variant-renamed"
        both "Deployed clients send the old name in `$type` and are refused or not understood."
        both "Deployed clients don't know the new name in `$type`."
        => "Keep the name of the definition."
    UnionClosed "union-closed"
        both "Deployed clients may send types that are not listed, and are refused."
        source "Only the listed types come. The generated type is another."
        => "Leave the union open."
    UnionOpened "union-opened"
        source "What was right stays right. The generated type is another."
        both "Deployed clients were promised that no other type comes, and fail on one."
        => "Return other types in a new property."

    // Methods.
    InputAdded "input-added"
        both "Deployed clients send no body and are refused." same => "Make a new method under a new NSID."
    InputRemoved "input-removed"
        both "What deployed clients send in the body is ignored." same => "Make a new method under a new NSID."
    OutputAdded "output-added"
        source "Deployed clients ignore the body. Code that calls the method gets a value now." same => ""
    OutputRemoved "output-removed"
        both "Deployed clients expect a body and fail without it." same => "Make a new method under a new NSID."
    EncodingNarrowed "encoding-narrowed"
        both "Deployed clients may send what is no longer accepted."
        source "Fewer media types come. The generated type is another."
        => "Keep accepting what was accepted."
    EncodingWidened "encoding-widened"
        source "What was right stays right. The generated type is another."
        both "Deployed clients may get what they can't read."
        => "Make a new method under a new NSID."
    EncodingChanged "encoding-changed"
        both "Deployed clients send the old encoding and are refused."
        both "Deployed clients expect the old encoding and can't read the new one."
        => "Make a new method under a new NSID."
    BodySchemaAdded "body-schema-added"
        both "Deployed clients may send what doesn't fit the schema, and are refused."
        source "What comes has a form now. The generated type is another."
        => "Make a new method under a new NSID."
    BodySchemaRemoved "body-schema-removed"
        source "What was right stays right. The generated type is another."
        both "Deployed clients rely on a form that nothing promises any more."
        => "Keep the schema."
    MessagesAdded "messages-added"
        source "Deployed clients must ignore what they don't know. Code that follows the stream gets values now." same => ""
    MessagesRemoved "messages-removed"
        both "Deployed clients wait for messages that don't come." same => "Make a new subscription under a new NSID."
    ErrorAdded "error-added"
        source "Deployed clients take an error that they don't know for an unexpected one. Code that handles each error has one more." same
        => "Where a client must act in another way than on the errors it knows, make a new method under a new NSID."
    ErrorRemoved "error-removed"
        source "It no longer comes. Code that names it no longer compiles." same => ""
    ErrorRenamed "error-renamed"
        both "Deployed clients act on the old name, and take the new one for an unexpected error." same
        => "Keep the old name."
    PermissionAdded "permission-added" safe "Apps with this set may do more." same => ""
    PermissionRemoved "permission-removed"
        wire "Apps with this set may no longer do what they did." same => "Make a new set under a new NSID."

    // Words.
    DescriptionChanged "description-changed"
        safe "Nothing that is sent changes, as far as a description can be taken at its word." same => ""
    Deprecated "deprecated" safe "It works as before, and readers are told to use something else." same => ""
    Undeprecated "undeprecated" safe "Readers are no longer told to use something else." same => ""
    RevisionChanged "revision-changed" safe "It is a number for people." same => ""
}

impl Kind {
    /// What it means in these directions, requests first.
    pub fn meanings(self, direction: Direction) -> impl Iterator<Item = Meaning> {
        let request = direction.request.then(|| self.in_request());
        let response = direction.response.then(|| self.in_response());
        request.into_iter().chain(response)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
