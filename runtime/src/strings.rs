//! What all enums of strings have in common.

/// Completes an enum of strings that lists known values but takes others too (`knownValues`).
///
/// The enum brings `as_str()` and `From<String>`; the macro adds `Display`, `From<&str>`, `FromStr`, serde's traits and
/// [`Parameter`](crate::query::Parameter).
#[macro_export]
macro_rules! open_string {
    ($name:ident) => {
        impl ::core::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::from(text.to_owned())
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = ::core::convert::Infallible;

            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                Ok(Self::from(text.to_owned()))
            }
        }

        impl<'de> $crate::codegen::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::codegen::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                <::std::string::String as $crate::codegen::serde::Deserialize>::deserialize(deserializer)
                    .map(Self::from)
            }
        }

        $crate::string_traits!($name);
    };
}

/// Completes an enum of strings that takes nothing but its values (`enum`).
///
/// The enum brings `as_str()`, `const VALUES: &'static [&'static str]` and `from_known(&str) -> Option<Self>`; the macro adds
/// `Display`, `FromStr`, serde's traits and [`Parameter`](crate::query::Parameter).
#[macro_export]
macro_rules! closed_string {
    ($name:ident) => {
        impl ::core::str::FromStr for $name {
            type Err = $crate::strings::UnknownValue;

            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                Self::from_known(text).ok_or($crate::strings::UnknownValue(Self::VALUES))
            }
        }

        impl<'de> $crate::codegen::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::codegen::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                <::std::string::String as $crate::codegen::serde::Deserialize>::deserialize(deserializer)?
                    .parse()
                    .map_err($crate::codegen::serde::de::Error::custom)
            }
        }

        $crate::string_traits!($name);
    };
}

/// What [`open_string!`] and [`closed_string!`] add alike.
#[doc(hidden)]
#[macro_export]
macro_rules! string_traits {
    ($name:ident) => {
        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::codegen::serde::Serialize for $name {
            fn serialize<S: $crate::codegen::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl $crate::query::Parameter for $name {
            fn from_text(text: &str) -> ::core::result::Result<Self, ::std::string::String> {
                text.parse().map_err(|error| ::std::string::ToString::to_string(&error))
            }
        }

        impl $crate::validate::Measure for $name {
            const UNIT: $crate::validate::Unit = $crate::validate::Unit::Bytes;

            fn length(&self) -> usize {
                self.as_str().len()
            }
        }

        impl $crate::validate::Text for $name {
            fn text(&self) -> &str {
                self.as_str()
            }
        }
    };
}

/// A string outside of a closed enum. Displays the constraint: `must be one of ...`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownValue(
    /// The values that are allowed.
    pub &'static [&'static str],
);

impl std::fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "must be one of {}", self.0.join(", "))
    }
}

impl std::error::Error for UnknownValue {}
