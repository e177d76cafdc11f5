//! What a contact is for a customer: a list in JSON, a column each in the table.

use std::fmt;

use kit::choice;
use kit::conn::{Cell, Column, Value};
use kit::many::Many;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

choice! {
    /// What a contact is for a customer.
    pub enum LinkRole {
        Primary = "primary" "Primary",
        Billing = "billing" "Billing",
        Technical = "technical" "Technical",
        SuperAdmin = "super_admin" "Super admin",
    }
}

/// The roles of one link: a list in JSON, a column each in the table.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Roles {
    pub primary: bool,
    pub billing: bool,
    pub technical: bool,
    pub super_admin: bool,
}

impl Roles {
    pub const BILLING: Self = Self {
        primary: false,
        billing: true,
        technical: false,
        super_admin: false,
    };

    /// In the order of [`LinkRole`]; the first two only one contact can have.
    pub fn flags(self) -> [bool; 4] {
        [self.primary, self.billing, self.technical, self.super_admin]
    }

    /// Of these the ones that only one contact can have, one by one.
    pub fn sole(self) -> impl Iterator<Item = Self> {
        let one = |primary, billing| Self {
            primary,
            billing,
            ..Self::default()
        };
        let all = [
            (self.primary, one(true, false)),
            (self.billing, one(false, true)),
        ];
        all.into_iter().filter(|it| it.0).map(|it| it.1)
    }

    /// What is left when another contact gets primary or billing.
    #[must_use]
    pub fn without(self, sole: Self) -> Self {
        Self {
            primary: self.primary && !sole.primary,
            billing: self.billing && !sole.billing,
            ..self
        }
    }

    fn list(self) -> Vec<LinkRole> {
        let all = [
            (self.primary, LinkRole::Primary),
            (self.billing, LinkRole::Billing),
            (self.technical, LinkRole::Technical),
            (self.super_admin, LinkRole::SuperAdmin),
        ];
        all.into_iter().filter(|it| it.0).map(|it| it.1).collect()
    }

    fn of(roles: &[LinkRole]) -> Self {
        let has = |it| roles.contains(&it);
        Self {
            primary: has(LinkRole::Primary),
            billing: has(LinkRole::Billing),
            technical: has(LinkRole::Technical),
            super_admin: has(LinkRole::SuperAdmin),
        }
    }

    pub fn json(self) -> Json {
        kit::call::json(&self)
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.list().into_iter().map(LinkRole::as_str).collect();
        f.write_str(&names.join(","))
    }
}
impl Serialize for Roles {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.list().serialize(s)
    }
}
impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Many::<LinkRole>::deserialize(d).map(|it| Self::of(&it))
    }
}
impl JsonSchema for Roles {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LinkRoles".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        Many::<LinkRole>::json_schema(schemas)
    }
}
impl Column for Roles {
    fn value(it: Option<Self>) -> Value {
        Value::Text(Some(it.unwrap_or_default().to_string()))
    }
    /// As the list selects it: each name followed by a comma.
    fn read(cell: Cell<'_>) -> Option<Self> {
        let names = cell.text()?.split(',').filter(|it| !it.is_empty());
        names
            .map(LinkRole::parse)
            .collect::<Option<Vec<_>>>()
            .map(|it| Self::of(&it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_a_list_outside_and_columns_inside() {
        let roles: Roles = serde_json::from_str(r#"["billing","super_admin","billing"]"#).unwrap();
        assert_eq!(
            roles,
            Roles {
                billing: true,
                super_admin: true,
                ..Roles::default()
            }
        );
        assert_eq!(
            serde_json::to_string(&roles).unwrap(),
            r#"["billing","super_admin"]"#
        );
        assert_eq!(
            <Roles as Column>::read(Cell::Text("billing,super_admin,")),
            Some(roles)
        );
        assert_eq!(
            <Roles as Column>::read(Cell::Text("")),
            Some(Roles::default())
        );
        assert!(serde_json::from_str::<Roles>(r#"["boss"]"#).is_err());
    }
}
