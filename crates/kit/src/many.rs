//! Several values in one field: a JSON list, or text with separators; without repeats.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{CowStrDeserializer, Error as TextError};
use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::conn::{Cell, Column, Value};
use crate::text;

/// A list of values without repeats, in the order they were given. Reads a JSON list, or text
/// separated by `,` `;` or `|`; blank entries are dropped. An entry of a list with a separator in it
/// is several: written into one cell of a file, it would come back as several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Many<T>(pub Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(vec![])
    }
}

impl<T> std::ops::Deref for Many<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

/// The most values of one field; more is a mistake in a file rather than a wish.
const MOST: usize = 100;

struct Reader<T>(PhantomData<T>);

impl<T: PartialEq> Reader<T> {
    fn push<E: serde::de::Error>(all: &mut Vec<T>, it: T) -> Result<(), E> {
        if !all.contains(&it) {
            all.push(it);
        }
        if all.len() > MOST {
            return Err(E::custom(format!("has more than {MOST} entries")));
        }
        Ok(())
    }

    fn push_parts<E>(all: &mut Vec<T>, text: &str) -> Result<(), E>
    where
        T: DeserializeOwned,
        E: serde::de::Error,
    {
        // First as texts are kept: the Greek question mark becomes a semicolon there.
        for part in text::clean(text)
            .split([',', ';', '|'])
            .map(str::trim)
            .filter(|it| !it.is_empty())
        {
            let read: CowStrDeserializer<'_, TextError> =
                CowStrDeserializer::new(Cow::Borrowed(part));
            Self::push(all, T::deserialize(read).map_err(E::custom)?)?;
        }
        Ok(())
    }
}

impl<'de, T: DeserializeOwned + PartialEq> Visitor<'de> for Reader<T> {
    type Value = Many<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or text separated by commas")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(Many::default())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let mut all = vec![];
        Self::push_parts(&mut all, text)?;
        Ok(Many(all))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut all = vec![];
        while let Some(it) = seq.next_element::<serde_json::Value>()? {
            match it {
                serde_json::Value::String(text) => Self::push_parts(&mut all, &text)?,
                it => Self::push(
                    &mut all,
                    serde_json::from_value(it).map_err(A::Error::custom)?,
                )?,
            }
        }
        Ok(Many(all))
    }
}

impl<'de, T: DeserializeOwned + PartialEq> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Reader(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Many<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("ListOf{}", T::schema_name()).into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": schemas.subschema_for::<T>(), "maxItems": MOST })
    }
}

impl<T: Serialize + DeserializeOwned> Column for Many<T> {
    fn value(it: Option<Self>) -> Value {
        // Unset is the empty list: such columns are never null.
        crate::conn::json(Some(it.map(|it| it.0).unwrap_or_default()))
    }
    fn read(cell: Cell<'_>) -> Option<Self> {
        serde_json::from_str(cell.text()?).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_with_a_separator_is_several() {
        let read: Many<String> =
            serde_json::from_str(r#"["D-1,D-2", " D-2 ", "", "D-3\u037eD-4"]"#).unwrap();
        assert_eq!(read.0, ["D-1", "D-2", "D-3", "D-4"]);
    }
}
