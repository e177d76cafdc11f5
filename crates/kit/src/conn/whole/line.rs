//! A row as a line: a JSON list, the same on both engines.
//!
//! UUIDs are written with hyphens, whole numbers and instants as numbers, bytes as base64, JSON as a
//! string that holds it to the letter.

use super::{Table, Type};
use crate::conn::{Cell, Error, Result, Value};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use std::fmt;
use uuid::Uuid;

/// Writes a row; its cells come in the order of the table's columns.
pub fn encode(table: &Table, cells: &[Cell<'_>], line: &mut Vec<u8>) -> Result<()> {
    line.push(b'[');
    for (nth, (cell, (name, kind))) in cells.iter().zip(&table.columns).enumerate() {
        if nth > 0 {
            line.push(b',');
        }
        write(*kind, *cell, line).ok_or_else(|| {
            let row = String::from_utf8_lossy(line).into_owned();
            let row = crate::text::clip(&row, 200);
            Error::Other(format!(
                "column {name} of {} does not hold a {kind:?}, in the row that begins {row}",
                table.name
            ))
        })?;
    }
    line.push(b']');
    Ok(())
}

fn write(kind: Type, cell: Cell<'_>, line: &mut Vec<u8>) -> Option<()> {
    match (kind, cell) {
        (_, Cell::Null) => line.extend(b"null"),
        (Type::Text | Type::Json, Cell::Text(it)) => serde_json::to_writer(line, it).ok()?,
        (Type::Bigint, Cell::Int(it)) => serde_json::to_writer(line, &it).ok()?,
        (Type::Boolean, Cell::Int(0)) => line.extend(b"false"),
        (Type::Boolean, Cell::Int(1)) => line.extend(b"true"),
        (Type::Uuid, Cell::Bytes(it)) => {
            let id = Uuid::from_slice(it).ok()?;
            line.push(b'"');
            let mut text = [0; 36];
            line.extend(id.hyphenated().encode_lower(&mut text).as_bytes());
            line.push(b'"');
        }
        (Type::Bytea, Cell::Bytes(it)) => {
            line.push(b'"');
            line.extend(STANDARD.encode(it).as_bytes());
            line.push(b'"');
        }
        _ => return None,
    }
    Some(())
}

/// Reads a row back.
pub fn decode(table: &Table, line: &[u8]) -> Result<Vec<Value>> {
    let bad = |what: &str| {
        let line = String::from_utf8_lossy(line);
        let line = crate::text::clip(&line, 200);
        Error::Other(format!("a row of {} {what}: {line}", table.name))
    };
    let Cells(cells) = serde_json::from_slice(line).map_err(|it| bad(&it.to_string()))?;
    if cells.len() != table.columns.len() {
        return Err(bad("has another number of columns"));
    }
    let values = cells.into_iter().zip(&table.columns);
    values
        .map(|(cell, (name, kind))| {
            value(*kind, cell).ok_or_else(|| bad(&format!("does not fit column {name}")))
        })
        .collect()
}

fn value(kind: Type, cell: Read) -> Option<Value> {
    Some(match (kind, cell) {
        (Type::Uuid, Read::Null) => Value::Uuid(None),
        (Type::Uuid, Read::Text(it)) => Value::Uuid(Some(it.parse().ok()?)),
        (Type::Text, Read::Null) => Value::Text(None),
        (Type::Text, Read::Text(it)) => Value::Text(Some(it)),
        (Type::Json, Read::Null) => Value::Json(None),
        (Type::Json, Read::Text(it)) => Value::Json(Some(it)),
        (Type::Bigint, Read::Null) => Value::Int(None),
        (Type::Bigint, Read::Int(it)) => Value::Int(Some(it)),
        (Type::Boolean, Read::Null) => Value::Bool(None),
        (Type::Boolean, Read::Bool(it)) => Value::Bool(Some(it)),
        (Type::Bytea, Read::Null) => Value::Bytes(None),
        (Type::Bytea, Read::Text(it)) => Value::Bytes(Some(STANDARD.decode(it).ok()?)),
        _ => return None,
    })
}

/// A cell as JSON has it.
enum Read {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
}

struct Cells(Vec<Read>);

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Cells;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<Cells, A::Error> {
                let mut all = Vec::with_capacity(64);
                while let Some(cell) = cells.next_element()? {
                    all.push(cell);
                }
                Ok(Cells(all))
            }
        }
        from.deserialize_seq(List)
    }
}

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct One;
        impl Visitor<'_> for One {
            type Value = Read;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("null, true, false, a whole number or a text")
            }
            fn visit_unit<E: de::Error>(self) -> Result<Read, E> {
                Ok(Read::Null)
            }
            fn visit_bool<E: de::Error>(self, it: bool) -> Result<Read, E> {
                Ok(Read::Bool(it))
            }
            fn visit_i64<E: de::Error>(self, it: i64) -> Result<Read, E> {
                Ok(Read::Int(it))
            }
            fn visit_u64<E: de::Error>(self, it: u64) -> Result<Read, E> {
                i64::try_from(it).map(Read::Int).map_err(E::custom)
            }
            fn visit_str<E: de::Error>(self, it: &str) -> Result<Read, E> {
                Ok(Read::Text(it.to_owned()))
            }
            fn visit_string<E: de::Error>(self, it: String) -> Result<Read, E> {
                Ok(Read::Text(it))
            }
        }
        from.deserialize_any(One)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table() -> Table {
        let columns = [
            ("id", Type::Uuid),
            ("name", Type::Text),
            ("at", Type::Bigint),
            ("yes", Type::Boolean),
            ("list", Type::Json),
            ("bytes", Type::Bytea),
        ];
        Table {
            name: "things".into(),
            columns: columns.map(|(name, kind)| (name.into(), kind)).into(),
            key: vec!["id".into()],
        }
    }

    proptest! {
        #[test]
        fn a_row_comes_back(id in any::<[u8; 16]>(), name in ".*", at in any::<i64>(), yes in any::<bool>(), bytes in any::<Vec<u8>>(), absent in any::<bool>()) {
            let cells = [
                Cell::Bytes(&id),
                Cell::Text(&name),
                if absent { Cell::Null } else { Cell::Int(at) },
                Cell::Int(yes.into()),
                Cell::Text("[1.0, \"a\"]"),
                if absent { Cell::Null } else { Cell::Bytes(&bytes) },
            ];
            let mut line = vec![];
            encode(&table(), &cells, &mut line).unwrap();
            prop_assert!(!line.contains(&b'\n'));
            let wanted = [
                Value::Uuid(Some(Uuid::from_bytes(id))),
                Value::Text(Some(name.clone())),
                Value::Int((!absent).then_some(at)),
                Value::Bool(Some(yes)),
                Value::Json(Some("[1.0, \"a\"]".into())),
                Value::Bytes((!absent).then(|| bytes.clone())),
            ];
            prop_assert_eq!(decode(&table(), &line).unwrap(), wanted);
        }
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let mut line = vec![];
        let cells = [Cell::Bytes(&[1; 16]), Cell::Real(0.5)];
        let error = encode(&table(), &cells, &mut line).unwrap_err();
        assert!(error.to_string().contains("column name of things"));
        let error = decode(&table(), b"[null,\"a\"]").unwrap_err();
        assert!(error.to_string().contains("another number of columns"));
        let error = decode(&table(), b"[null,1,null,null,null,null]").unwrap_err();
        assert!(error.to_string().contains("column name"));
        assert!(decode(&table(), b"[1.5]").is_err());
    }
}
