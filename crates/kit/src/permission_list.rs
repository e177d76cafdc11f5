//! A set of permissions in JSON, in a column and in the API document: a list of `resource:action`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::access::{Permissions, permissions};
use crate::conn::{Cell, Column, Value};

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.names())
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(d)?;
        Self::parse(names.iter().map(String::as_str)).map_err(D::Error::custom)
    }
}

impl JsonSchema for Permissions {
    fn schema_name() -> Cow<'static, str> {
        "Permissions".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<String> = permissions().map(|it| it.to_string()).collect();
        json_schema!({ "type": "array", "items": { "type": "string", "enum": names }, "uniqueItems": true })
    }
}

impl Column for Permissions {
    fn value(it: Option<Self>) -> Value {
        crate::conn::json(Some(it.unwrap_or_default()))
    }
    /// A name that is not known gives nothing: a newer program may have written it.
    fn read(cell: Cell<'_>) -> Option<Self> {
        let names: Vec<String> = serde_json::from_str(cell.text()?).ok()?;
        let known = names
            .iter()
            .filter_map(|it| Self::parse([it.as_str()]).ok());
        Some(known.fold(Self::NONE, Self::or))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_a_list_in_the_order_of_the_resources() {
        let read: Permissions =
            serde_json::from_str(r#"["sites:update", "customers:merge", "sites:update"]"#).unwrap();
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            r#"["customers:merge","sites:update"]"#
        );
        assert!(serde_json::from_str::<Permissions>(r#"["boats:read"]"#).is_err());
        let stored = r#"["boats:read","sites:update"]"#;
        let stored = Permissions::read(Cell::Text(stored)).unwrap();
        assert_eq!(stored.names(), ["sites:update"]);
    }
}
