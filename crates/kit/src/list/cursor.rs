//! An opaque cursor: where a page ended, bound to the filters, the sort and the caller's scope.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::column::Kind;
use crate::conn::{Cell, Column, Value};

/// A value of a sort expression.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(untagged)]
pub enum Key {
    Int(i64),
    Text(String),
}

impl Key {
    /// As a parameter of the column's own type, which PostgreSQL insists on.
    pub fn value(&self, kind: Kind) -> Value {
        match (self, kind) {
            (Self::Int(it), Kind::Boolean) => Value::Bool(Some(*it != 0)),
            (Self::Int(it), _) => Value::Int(Some(*it)),
            (Self::Text(it), _) => Value::Text(Some(it.clone())),
        }
    }
}

impl Column for Key {
    fn value(it: Option<Self>) -> Value {
        it.map_or(Value::Text(None), |it| Self::value(&it, Kind::Text))
    }
    fn read(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Int(it) => Some(Self::Int(it)),
            cell => cell.text().map(|it| Self::Text(it.to_owned())),
        }
    }
}

#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct Cursor {
    /// Of filters, sort and scope.
    #[serde(rename = "f")]
    pub fingerprint: String,
    /// Towards the start of the list.
    #[serde(rename = "b", default, skip_serializing_if = "std::ops::Not::not")]
    pub backward: bool,
    #[serde(rename = "k")]
    pub keys: Vec<Key>,
    #[serde(rename = "i")]
    pub id: Uuid,
}

impl Cursor {
    pub fn encode(&self) -> String {
        BASE64.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    pub fn decode(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64.decode(text).ok()?).ok()
    }
}
