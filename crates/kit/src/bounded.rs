//! Whole numbers within bounds. The bounds reach the API document, and from there the console's forms.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::conn::{Cell, Column, Value};

/// A whole number from `LEAST` to `MOST`. Reads a number, or text with one: cells of files are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Bounded<const LEAST: i64, const MOST: i64>(i64);

impl<const LEAST: i64, const MOST: i64> Bounded<LEAST, MOST> {
    /// None for a number outside the bounds.
    pub const fn new(it: i64) -> Option<Self> {
        if LEAST <= it && it <= MOST {
            Some(Self(it))
        } else {
            None
        }
    }

    /// The number, or the bound that is next to it.
    pub const fn nearest(it: i64) -> Self {
        match Self::new(it) {
            Some(it) => it,
            None if it < LEAST => Self(LEAST),
            None => Self(MOST),
        }
    }

    pub const fn get(self) -> i64 {
        self.0
    }
}

struct Reader<const LEAST: i64, const MOST: i64>;

impl<const LEAST: i64, const MOST: i64> Visitor<'_> for Reader<LEAST, MOST> {
    type Value = Bounded<LEAST, MOST>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {LEAST} to {MOST}")
    }

    fn visit_i64<E: Error>(self, it: i64) -> Result<Self::Value, E> {
        let outside = || E::custom(format!("takes a whole number from {LEAST} to {MOST}"));
        Bounded::new(it).ok_or_else(outside)
    }

    fn visit_u64<E: Error>(self, it: u64) -> Result<Self::Value, E> {
        self.visit_i64(i64::try_from(it).unwrap_or(i64::MAX))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match text.trim().parse() {
            Ok(it) => self.visit_i64(it),
            Err(_) => Err(E::custom(format!(
                "takes a whole number from {LEAST} to {MOST}"
            ))),
        }
    }
}

impl<'de, const LEAST: i64, const MOST: i64> Deserialize<'de> for Bounded<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Reader)
    }
}

impl<const LEAST: i64, const MOST: i64> JsonSchema for Bounded<LEAST, MOST> {
    fn schema_name() -> Cow<'static, str> {
        format!("From{LEAST}To{MOST}").into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": LEAST, "maximum": MOST })
    }
}

impl<const LEAST: i64, const MOST: i64> Column for Bounded<LEAST, MOST> {
    fn value(it: Option<Self>) -> Value {
        Value::Int(it.map(Self::get))
    }
    fn read(cell: Cell<'_>) -> Option<Self> {
        Self::new(cell.int()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_is_refused_with_the_bounds() {
        let read = |text| serde_json::from_str::<Bounded<5, 60>>(text);
        assert_eq!(read("60").unwrap().get(), 60);
        assert_eq!(read("\" 5 \"").unwrap().get(), 5);
        for wrong in ["4", "61", "-5", "18446744073709551615", "\"ten\"", "\"\""] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("a whole number from 5 to 60"), "{error}");
        }
        assert_eq!(Bounded::<5, 60>::nearest(90).get(), 60);
        assert_eq!(Bounded::<5, 60>::nearest(1).get(), 5);
    }
}
