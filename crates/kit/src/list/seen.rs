//! What a caller sees of a record, the same in lists, views, and answers to changes.

use serde_json::{Map, Value as Json};

use super::{Column, List};
use crate::access::Caller;

/// What a caller may know of a list: from inside a customer a whitelist (ACC-10), below a provider
/// all but what is declared otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    inside: bool,
    below_provider: bool,
}

impl Reader {
    /// Who reads everything.
    pub const WHOLE: Self = Self {
        inside: false,
        below_provider: false,
    };

    pub fn of(caller: &Caller) -> Self {
        Self {
            inside: caller.is_customer_level(),
            below_provider: caller.home.reseller().is_some(),
        }
    }

    /// Whether it reads this column.
    pub fn reads(self, column: &Column) -> bool {
        (!self.inside || column.customer) && !(self.below_provider && column.provider_only)
    }

    /// Whether it may filter, sort and search by this column, which tells of its true value.
    pub fn asks_by(self, column: &Column) -> bool {
        self.reads(column) && (!self.inside || column.inside.is_empty())
    }
}

/// Which fields a caller sees. None: all of them.
pub fn seen(list: &'static List, caller: &Caller) -> Option<impl Fn(&str) -> bool + use<>> {
    let reader = Reader::of(caller);
    let masked = reader.inside || list.columns.iter().any(|it| !reader.reads(it));
    masked.then_some(move |name: &str| match list.column(name) {
        Some(column) => name == "id" || reader.reads(column),
        None => !reader.inside || matches!(name, "id" | "version"),
    })
}

/// Takes out of a record what its reader must not see.
pub fn mask(list: &'static List, caller: &Caller, fields: &mut Map<String, Json>) {
    if let Some(seen) = seen(list, caller) {
        stand_in(list, caller, fields);
        fields.retain(|name, _| seen(name));
    }
}

/// Puts the values that customer-level callers read in the place of those they must not.
pub fn stand_in(list: &'static List, caller: &Caller, fields: &mut Map<String, Json>) {
    for column in list.columns {
        let source = source(list, caller, column.name);
        if source != column.name
            && let Some(it) = fields.get(source).cloned()
        {
            fields.insert(column.name.into(), it);
        }
    }
}

/// The field that a column's value is read from.
pub fn source(list: &'static List, caller: &Caller, column: &'static str) -> &'static str {
    let inside = list.column(column).map_or("", |it| it.inside);
    if inside.is_empty() || !caller.is_customer_level() {
        return column;
    }
    inside
}

/// Whether customer-level callers read this field as it is (ACC-10).
pub fn is_seen_inside(list: &List, field: &str) -> bool {
    let column = list.column(field);
    column.is_some_and(|it| it.customer && it.inside.is_empty())
}
