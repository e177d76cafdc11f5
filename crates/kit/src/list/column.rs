//! What a list knows about one of its columns.

use schemars::JsonSchema;
use serde::Serialize;

use super::{List, Reader};
use crate::choice;

choice! {
    /// What a column holds; decides its operators and how it is shown.
    pub enum KindName {
        Text = "text" "Text",
        Id = "id" "Identifier",
        Integer = "integer" "Number",
        Boolean = "boolean" "Yes or no",
        Instant = "instant" "Point in time",
        Date = "date" "Date",
        Choice = "choice" "Choice",
        List = "list" "List",
        Reference = "reference" "Reference",
    }
}

/// What a column holds, with what is needed to read a filter's value.
#[derive(Clone, Copy)]
pub enum Kind {
    Text,
    Id,
    Integer,
    Boolean,
    Instant,
    /// A [`Date`](crate::date::Date), stored as text; '' where there is none.
    Date,
    Choice(&'static [(&'static str, &'static str)]),
    /// A JSON list of texts.
    List,
    /// The id of a row of another list, which must be visible to filter by it.
    Reference(fn() -> &'static List),
}

/// One column of a list.
#[derive(Clone, Copy)]
pub struct Column {
    /// The API's field name; also the header in exports and imports (EXP-02).
    pub name: &'static str,
    pub label: &'static str,
    pub kind: Kind,
    /// The expression that filters compare.
    pub sql: &'static str,
    /// The NOT NULL expression that sorts; none: not sortable.
    pub sort: Option<&'static str>,
    /// `sql` is a folded key: values are folded before they are compared.
    pub folded: bool,
    pub filters: bool,
    /// Shown in the grid unless the user chose otherwise.
    pub shown: bool,
    /// Visible to customer-level callers (ACC-10: a whitelist).
    pub customer: bool,
    /// The field whose value stands in for this one's inside a customer (ACC-10), where nobody sorts
    /// or filters by it.
    pub inside: &'static str,
    /// Shown to platform and provider callers only (policy `provider_fields`).
    pub provider_only: bool,
    /// Part of the substring search (GRID-03).
    pub searched: bool,
    /// The column that names what this one refers to.
    pub label_column: &'static str,
    /// For grids: a starting width in pixels; 0 = by kind.
    pub width: u16,
}

impl Column {
    const fn of(kind: Kind, name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self {
            name,
            label,
            kind,
            sql,
            sort: None,
            folded: false,
            filters: true,
            shown: false,
            customer: false,
            inside: "",
            provider_only: false,
            searched: false,
            label_column: "",
            width: 0,
        }
    }
    pub const fn text(name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self::of(Kind::Text, name, label, sql)
    }
    pub const fn id(name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self::of(Kind::Id, name, label, sql)
    }
    pub const fn integer(name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self {
            sort: Some(sql),
            ..Self::of(Kind::Integer, name, label, sql)
        }
    }
    pub const fn boolean(name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self {
            sort: Some(sql),
            ..Self::of(Kind::Boolean, name, label, sql)
        }
    }
    /// An instant that is always there; give nullable ones their sort with [`sorted_by`](Self::sorted_by).
    pub const fn instant(name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self {
            sort: Some(sql),
            ..Self::of(Kind::Instant, name, label, sql)
        }
    }
    pub const fn date(name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self {
            sort: Some(sql),
            ..Self::of(Kind::Date, name, label, sql)
        }
    }
    pub const fn choice(
        name: &'static str,
        label: &'static str,
        sql: &'static str,
        values: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            sort: Some(sql),
            ..Self::of(Kind::Choice(values), name, label, sql)
        }
    }
    pub const fn list(name: &'static str, label: &'static str, sql: &'static str) -> Self {
        Self::of(Kind::List, name, label, sql)
    }
    pub const fn reference(
        name: &'static str,
        label: &'static str,
        sql: &'static str,
        to: fn() -> &'static List,
        label_column: &'static str,
    ) -> Self {
        Self {
            label_column,
            ..Self::of(Kind::Reference(to), name, label, sql)
        }
    }

    pub const fn sorted_by(self, sql: &'static str) -> Self {
        Self {
            sort: Some(sql),
            ..self
        }
    }
    /// Filters and sorts by a folded key column ([`text::key`](crate::text::key)).
    pub const fn keyed(self, sql: &'static str) -> Self {
        Self {
            sql,
            sort: Some(sql),
            folded: true,
            ..self
        }
    }
    pub const fn unsorted(self) -> Self {
        Self { sort: None, ..self }
    }
    /// Only shown: neither sorted nor filtered by.
    pub const fn plain(self) -> Self {
        Self {
            sort: None,
            filters: false,
            ..self
        }
    }
    pub const fn shown(self) -> Self {
        Self {
            shown: true,
            ..self
        }
    }
    pub const fn customer(self) -> Self {
        Self {
            customer: true,
            ..self
        }
    }
    /// Visible to customer-level callers, with another field's value.
    pub const fn inside(self, field: &'static str) -> Self {
        Self {
            customer: true,
            inside: field,
            ..self
        }
    }
    pub const fn provider_only(self) -> Self {
        Self {
            provider_only: true,
            ..self
        }
    }
    pub const fn searched(self) -> Self {
        Self {
            searched: true,
            ..self
        }
    }
    pub const fn width(self, width: u16) -> Self {
        Self { width, ..self }
    }

    pub fn operators(&self, reader: Reader) -> &'static [&'static str] {
        if !self.filters || !reader.asks_by(self) {
            return &[];
        }
        match self.kind {
            Kind::Text => &[
                "is", "not", "in", "contains", "starts", "gt", "gte", "lt", "lte", "empty",
            ],
            Kind::Integer | Kind::Instant | Kind::Date => {
                &["is", "not", "in", "gt", "gte", "lt", "lte", "empty"]
            }
            Kind::Boolean => &["is", "not"],
            Kind::Id | Kind::Reference(_) | Kind::Choice(_) => &["is", "not", "in", "empty"],
            Kind::List => &["is", "contains", "empty"],
        }
    }

    fn kind_name(&self) -> KindName {
        match self.kind {
            Kind::Text => KindName::Text,
            Kind::Id => KindName::Id,
            Kind::Integer => KindName::Integer,
            Kind::Boolean => KindName::Boolean,
            Kind::Instant => KindName::Instant,
            Kind::Date => KindName::Date,
            Kind::Choice(_) => KindName::Choice,
            Kind::List => KindName::List,
            Kind::Reference(_) => KindName::Reference,
        }
    }

    pub fn info(&self, reader: Reader) -> ColumnInfo {
        ColumnInfo {
            name: self.name,
            label: self.label,
            kind: self.kind_name(),
            operators: self.operators(reader).to_vec(),
            sortable: self.sort.is_some() && reader.asks_by(self),
            filterable: self.filters && reader.asks_by(self),
            searched: self.searched,
            shown: self.shown,
            values: match self.kind {
                Kind::Choice(all) => all
                    .iter()
                    .map(|(value, label)| Labelled { value, label })
                    .collect(),
                _ => vec![],
            },
            resource: match self.kind {
                Kind::Reference(to) => Some(to().name),
                _ => None,
            },
            label_column: (!self.label_column.is_empty()).then_some(self.label_column),
            width: (self.width > 0).then_some(self.width),
        }
    }
}

/// What an API answers about a column.
#[derive(Serialize, JsonSchema, Clone, Debug)]
pub struct ColumnInfo {
    /// The field's name in answers, filters, sorts, exports and imports.
    pub name: &'static str,
    pub label: &'static str,
    #[serde(rename = "type")]
    pub kind: KindName,
    /// What a filter may ask: `is` is `column=`, the others `column.<operator>=`.
    pub operators: Vec<&'static str>,
    pub sortable: bool,
    pub filterable: bool,
    /// Whether `q` looks in it.
    pub searched: bool,
    /// Whether the grid shows it at first.
    pub shown: bool,
    /// The values of a choice, in the order to show them.
    pub values: Vec<Labelled>,
    /// The list a reference points to.
    pub resource: Option<&'static str>,
    /// The column with the name of what a reference points to.
    pub label_column: Option<&'static str>,
    /// A starting width in pixels.
    pub width: Option<u16>,
}

/// A value and what people call it.
#[derive(Serialize, JsonSchema, Clone, Debug)]
pub struct Labelled {
    pub value: &'static str,
    pub label: &'static str,
}
