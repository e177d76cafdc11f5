//! Audit events (AUD-01): what was changed, from what to what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::conn::{Cell, Column, JsonOf, Value};
use crate::list;
use crate::resource::{Columns, Editable, Owner, Resource};

/// One field's change. References carry the names that people know them by (AUD-05).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Change {
    pub field: String,
    pub before: Json,
    pub after: Json,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_name: Option<String>,
    /// Whether customer-level callers read it too: a whitelist (ACC-10).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_seen_inside: bool,
}

impl Change {
    pub fn new(field: &str, before: impl Into<Json>, after: impl Into<Json>) -> Self {
        Self {
            field: field.into(),
            before: before.into(),
            after: after.into(),
            before_name: None,
            after_name: None,
            is_seen_inside: false,
        }
    }

    /// The same, for customer-level callers too.
    #[must_use]
    pub fn seen_inside(self) -> Self {
        Self {
            is_seen_inside: true,
            ..self
        }
    }
}

/// The changes of an event as customer-level callers read them (ACC-10).
#[derive(Clone, Debug, Default)]
pub struct SeenInside(JsonOf<Vec<Change>>);

impl Column for SeenInside {
    fn value(it: Option<Self>) -> Value {
        JsonOf::value(it.map(|it| it.0))
    }
    fn read(cell: Cell<'_>) -> Option<Self> {
        JsonOf::read(cell).map(Self)
    }
}

impl Serialize for SeenInside {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let seen = self.0.0.iter().filter(|it| it.is_seen_inside);
        serializer.collect_seq(seen.map(|it| Change {
            before_name: None,
            after_name: None,
            is_seen_inside: false,
            ..it.clone()
        }))
    }
}

/// One thing done to one object. Who, when and from where come from the call that commits it.
#[derive(Clone, Debug)]
pub struct Event {
    pub object_type: &'static str,
    pub object_id: Uuid,
    pub object_name: String,
    pub action: &'static str,
    pub owner: Owner,
    pub changes: Vec<Change>,
}

impl Event {
    /// An action on an object of which no field changed.
    pub fn of<T: Resource>(action: &'static str, it: &T) -> Self {
        Self {
            object_type: T::NAME,
            object_id: it.id(),
            object_name: it.title(),
            action,
            owner: it.owner(),
            changes: vec![],
        }
    }

    pub fn created<T: Editable>(it: &T) -> Self {
        Self {
            changes: changes::<T>(None, Some(it)),
            ..Self::of("create", it)
        }
    }

    /// An action that changed fields; `update` is the plainest of them.
    pub fn changed<T: Editable>(action: &'static str, before: &T, after: &T) -> Self {
        Self {
            changes: changes(Some(before), Some(after)),
            ..Self::of(action, after)
        }
    }

    /// The same, or none where nothing was written.
    pub fn if_changed<T: Editable>(action: &'static str, before: &T, after: &T) -> Option<Self> {
        let event = Self::changed(action, before, after);
        let written = !event.changes.is_empty() || before.version() != after.version();
        written.then_some(event)
    }

    pub fn deleted<T: Editable>(it: &T) -> Self {
        Self {
            changes: changes(Some(it), None),
            ..Self::of("delete", it)
        }
    }

    #[must_use]
    pub fn with(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }
}

/// What differs between two states of a record, over the fields that are written; unset on both
/// sides is no change.
pub fn changes<T: Editable>(before: Option<&T>, after: Option<&T>) -> Vec<Change> {
    let mut before = before.map(object).unwrap_or_default();
    let mut after = after.map(object).unwrap_or_default();
    // A default tenant repeats its customer's name, which customer-level callers must not read.
    let hidden = [&before, &after].map(|it| it.get("customer_name").cloned());
    let fields = T::Input::COLUMNS.iter().chain(T::STATES);
    fields
        .filter_map(|field| {
            let (old, new) = (value(&mut before, field), value(&mut after, field));
            (old != new).then(|| Change {
                before_name: name(&before, field),
                after_name: name(&after, field),
                is_seen_inside: list::is_seen_inside(T::list(), field)
                    && !hidden.iter().flatten().any(|it| *it == old || *it == new),
                ..Change::new(field, old, new)
            })
        })
        .collect()
}

pub fn object<T: Serialize>(it: &T) -> Map<String, Json> {
    match serde_json::to_value(it) {
        Ok(Json::Object(map)) => map,
        _ => Map::new(),
    }
}

/// Takes a field's value out: each is asked for once.
fn value(object: &mut Map<String, Json>, field: &str) -> Json {
    match object.get_mut(field) {
        None => Json::Null,
        Some(Json::String(text)) if text.is_empty() => Json::Null,
        Some(Json::Array(all)) if all.is_empty() => Json::Null,
        Some(it) => it.take(),
    }
}

/// `reseller_id` is known by `reseller_name`, `services` by `service_names`.
fn name(object: &Map<String, Json>, field: &str) -> Option<String> {
    let one = field.strip_suffix("_id").map(|it| format!("{it}_name"));
    let many = || field.strip_suffix('s').map(|it| format!("{it}_names"));
    object
        .get(&one.or_else(many)?)?
        .as_str()
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
}

impl From<Event> for Vec<Event> {
    fn from(it: Event) -> Self {
        vec![it]
    }
}
