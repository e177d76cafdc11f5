//! What goes into a statement and what comes out of a row, the same on both engines.
//!
//! | Rust           | DDL (both engines)        | `Value`   | `Cell`                 |
//! |----------------|---------------------------|-----------|------------------------|
//! | ids            | `uuid`                    | `Uuid`    | `Bytes`, 16 of them    |
//! | text           | `text`                    | `Text`    | `Text`                 |
//! | whole numbers  | `bigint`                  | `Int`     | `Int`                  |
//! | yes or no      | `boolean`                 | `Bool`    | `Int`, 0 or 1          |
//! | instants       | `bigint`, microseconds    | `Instant` | `Int`                  |
//! | dates          | `text`, `2024-02-29`      | `Date`    | `Text`                 |
//! | decimals       | `text`; does not sort     | `Decimal` | `Text`                 |
//! | objects, lists | `json`; opaque to SQL     | `Json`    | `Text`                 |
//! | bytes          | `bytea`                   | `Bytes`   | `Bytes`                |
//!
//! SQLite takes any type name; of those above only `json` and `boolean` would turn text that looks
//! like a number into one, hence "objects and lists only".

use jiff::{Timestamp, civil};
use rust_decimal::Decimal;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// A parameter. A NULL keeps its type, because PostgreSQL prepares statements with the values' types.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Uuid(Option<Uuid>),
    Text(Option<String>),
    Int(Option<i64>),
    Bool(Option<bool>),
    /// Microseconds since 1970.
    Instant(Option<i64>),
    Date(Option<civil::Date>),
    Decimal(Option<Decimal>),
    /// JSON already written: the database never looks inside.
    Json(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// One cell of a row, borrowed from the driver.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'r> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'r str),
    Bytes(&'r [u8]),
}

impl<'r> Cell<'r> {
    pub fn text(self) -> Option<&'r str> {
        match self {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn int(self) -> Option<i64> {
        match self {
            Cell::Int(int) => Some(int),
            _ => None,
        }
    }

    pub fn bytes(self) -> Option<&'r [u8]> {
        match self {
            Cell::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Whether the cell says "nothing here": NULL, or '' for a text that is NOT NULL.
    pub fn is_unset(self) -> bool {
        matches!(self, Cell::Null | Cell::Text(""))
    }
}

/// A type one column holds. It decides for "nothing" too: a text type may write '' into a NOT NULL
/// column and read '' as nothing. `Option<T>` is a `Column` whenever `T` is, so both are fields of a
/// record and arguments of `sql!`.
pub trait Column: Sized {
    fn value(it: Option<Self>) -> Value;
    /// None for a cell that holds nothing, or nothing this type can be: an `Option` field accepts
    /// only the first, any other field neither.
    fn read(cell: Cell<'_>) -> Option<Self>;
}

impl<T: Column> Column for Option<T> {
    fn value(it: Option<Self>) -> Value {
        T::value(it.flatten())
    }
    fn read(cell: Cell<'_>) -> Option<Self> {
        match T::read(cell) {
            None if !cell.is_unset() => None,
            read => Some(read),
        }
    }
}

/// `column!(type => Variant, |it| what goes in, |cell| what comes out)`
macro_rules! column {
    ($type:ty => $variant:ident, |$it:ident| $in:expr, |$cell:ident| $out:expr) => {
        impl Column for $type {
            fn value(it: Option<Self>) -> Value {
                Value::$variant(it.map(|$it| $in))
            }
            fn read($cell: Cell<'_>) -> Option<Self> {
                $out
            }
        }
    };
}

column!(Uuid => Uuid, |it| it, |cell| Uuid::from_slice(cell.bytes()?).ok());
column!(String => Text, |it| it, |cell| cell.text().map(str::to_owned));
column!(i64 => Int, |it| it, |cell| cell.int());
column!(i32 => Int, |it| it.into(), |cell| cell.int()?.try_into().ok());
column!(u32 => Int, |it| it.into(), |cell| cell.int()?.try_into().ok());
column!(bool => Bool, |it| it, |cell| match cell.int()? {
    0 => Some(false),
    1 => Some(true),
    _ => None,
});
column!(Vec<u8> => Bytes, |it| it, |cell| cell.bytes().map(<[u8]>::to_vec));
column!(Timestamp => Instant, |it| it.as_microsecond(),
    |cell| Timestamp::from_microsecond(cell.int()?).ok());
column!(civil::Date => Date, |it| it, |cell| cell.text()?.parse().ok());
column!(Decimal => Decimal, |it| it, |cell| cell.text()?.parse().ok());

/// Writes a serde type into a `json` column; what cannot be written becomes NULL and fails there.
pub fn json<T: Serialize>(it: Option<T>) -> Value {
    Value::Json(it.and_then(|it| serde_json::to_string(&it).ok()))
}

/// Makes serde types the content of `json` columns: `json_column!(Address, Settings);`
#[macro_export]
macro_rules! json_column {
    ($($type:ty),+ $(,)?) => { $(
        impl $crate::conn::Column for $type {
            fn value(it: Option<Self>) -> $crate::conn::Value {
                $crate::conn::json(it)
            }
            fn read(cell: $crate::conn::Cell<'_>) -> Option<Self> {
                $crate::conn::JsonOf::read(cell).map(|$crate::conn::JsonOf(it)| it)
            }
        }
    )+ };
}

json_column!(
    serde_json::Value,
    serde_json::Map<String, serde_json::Value>,
    Vec<String>,
    Vec<Uuid>,
);

/// Any serde type in a `json` column, for where `json_column!` cannot reach; invisible in the API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct JsonOf<T>(pub T);

impl<T: Serialize + DeserializeOwned> Column for JsonOf<T> {
    fn value(it: Option<Self>) -> Value {
        json(it)
    }
    fn read(cell: Cell<'_>) -> Option<Self> {
        serde_json::from_str(cell.text()?).ok()
    }
}
