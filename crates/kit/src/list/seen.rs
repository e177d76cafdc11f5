//! What a caller sees of a record, the same in lists, views, and answers to changes.

use serde_json::{Map, Value as Json};

use super::{Column, List};
use crate::access::Caller;

/// Which columns a caller may know of.
pub fn visible(customer_level: bool, below_provider: bool) -> impl Fn(&Column) -> bool {
    move |it| (!customer_level || it.customer) && !(below_provider && it.provider_only)
}

/// Which fields a caller sees: from inside a customer a whitelist (ACC-10), below a provider all but
/// those that are declared otherwise. None: all of them.
pub fn seen(list: &'static List, caller: &Caller) -> Option<impl Fn(&str) -> bool + use<>> {
    let inside = caller.is_customer_level();
    let visible = visible(inside, caller.home.reseller().is_some());
    let masked = inside || list.columns.iter().any(|it| !visible(it));
    masked.then_some(move |name: &str| match list.column(name) {
        Some(column) => name == "id" || visible(column),
        None => !inside || matches!(name, "id" | "version"),
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
