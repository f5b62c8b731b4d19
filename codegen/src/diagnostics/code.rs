//! The rules of Lexicon and of good lexicons, each with the name under which it is reported and allowed.

use std::fmt;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Tools refuse the lexicon.
    Error,
    /// The lexicon is valid and could be better.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// Declares [`Code`] with the name and meaning of each rule, in one table per kind.
macro_rules! codes {
    ($($(#[$section:meta])* $severity:ident $stage:ident { $($code:ident $name:literal $meaning:literal,)+ })+) => {
        /// A rule that a lexicon can break.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $meaning] $code,)+)+
        }

        impl Code {
            /// Every rule, in the order of the reference.
            pub const ALL: &'static [Self] = &[$($(Self::$code,)+)+];

            /// The name under which it is reported.
            pub fn name(self) -> &'static str {
                match self { $($(Self::$code => $name,)+)+ }
            }

            /// The rule in a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $($(Self::$code => $meaning,)+)+ }
            }

            /// Whether breaking it makes the lexicon invalid.
            pub fn severity(self) -> Severity {
                match self { $($(Self::$code => Severity::$severity,)+)+ }
            }

            /// Whether the compiler itself refuses it, so that no file can allow it.
            pub fn is_language(self) -> bool {
                match self { $($(Self::$code => codes!(@$stage),)+)+ }
            }
        }
    };
    (@Language) => { true };
    (@Lint) => { false };
}

codes! {
    Error Language {
        NotJson "not-json" "A file is UTF-8 and plain JSON, without comments.",
        WrongValue "wrong-value" "Each field has a value of its type.",
        MissingKey "missing-key" "What a schema needs is there.",
        UnknownKey "unknown-key" "No field, at any depth, is unknown to Lexicon.",
        Repeated "repeated" "No key, name or value stands twice.",
        BadNsid "bad-nsid" "The `id` is an NSID.",
        NsidNotPath "nsid-not-path" "The `id` is the path of the file with dots.",
        BadName "bad-name" "Names of definitions, properties, parameters and errors are well formed.",
        UnknownType "unknown-type" "Each `type` exists.",
        MisplacedType "misplaced-type" "Each type stands where it may.",
        InlineObject "inline-object" "Objects stand inside others by reference only.",
        NamedRefOrUnion "named-ref-or-union" "A definition is no `ref` and no `union`.",
        PrimaryNotMain "primary-not-main" "Records, methods and permission sets are `main`.",
        BadRef "bad-ref" "A reference is `#name`, `nsid` or `nsid#name`.",
        DanglingRef "dangling-ref" "A reference leads to a definition of the set.",
        WrongTarget "wrong-target" "A reference leads to data, and that of a union to an object or record.",
        EndlessType "endless-type" "Values can be written: no type must hold another one of itself.",
        NoSuchProperty "no-such-property" "`required` and `nullable` name properties.",
        BoundsContradict "bounds-contradict" "No lower bound lies above the upper one.",
        DefaultWithConst "default-with-const" "`default` and `const` exclude each other.",
        OpenAndClosed "open-and-closed" "`enum` and `knownValues` exclude each other.",
        EmptySet "empty-set" "Closed unions, `enum` and `defs` have members.",
        ValueOutOfBounds "value-out-of-bounds" "Values in the schema keep the schema's own limits.",
        UnknownFormat "unknown-format" "Each string format exists.",
        BadMediaType "bad-media-type" "Media types and patterns of them are well formed.",
        WildcardWithSchema "wildcard-with-schema" "A body of many media types has no schema.",
        BadRecordKey "bad-record-key" "A record key is `tid`, `nsid`, `any` or a literal.",
        BadPermission "bad-permission" "Permissions are as their resource wants them.",
        NameClash "name-clash" "Names differ in generated code too.",
    }
    Error Lint {
        NestedArray "nested-array" "An array's items are no arrays.",
        NamedUnknown "named-unknown" "A definition is not `unknown`.",
        OddName "odd-name" "Names are a letter, then letters, digits, `_` or `-`, 256 at most.",
    }
    Warning Lint {
        UnboundedString "unbounded-string" "A string has a `format`, `maxLength`, `enum` or `const`.",
        UnboundedBytes "unbounded-bytes" "`bytes` has a `maxLength`, a `blob` a `maxSize`.",
        MissingDescription "missing-description" "Whatever a reader meets by name has a description.",
        UndescribedToken "undescribed-token" "A token says what it stands for.",
        NoOutput "no-output" "A query or procedure has an output.",
        NoMessages "no-messages" "A subscription has messages.",
        UnusedAllowance "unused-allowance" "What is allowed in spite of a rule is still there.",
    }
}

impl Code {
    /// The rule with this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
