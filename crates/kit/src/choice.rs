//! Closed sets of values: one declaration gives the enum, its JSON, its column and its labels.

/// `choice! { /// doc  pub enum Stage { Prospect = "prospect" "Prospect", … } }`
#[macro_export]
macro_rules! choice {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal $label:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// Each value with its label in English, in the order to show them.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$(($text, $label)),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl $crate::conn::Column for $name {
            fn value(it: Option<Self>) -> $crate::conn::Value {
                $crate::conn::Value::Text(Some(it.map(Self::as_str).unwrap_or_default().to_owned()))
            }
            fn read(cell: $crate::conn::Cell<'_>) -> Option<Self> {
                match cell { $crate::conn::Cell::Text(text) => Self::parse(text), _ => None }
            }
        }
    };
}
