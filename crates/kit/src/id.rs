//! Identifiers: UUIDv7, typed by what they identify, never reused.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::{cmp::Ordering, fmt, hash, marker::PhantomData, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::conn::{Cell, Column, Value};
use crate::time::Instant;

/// The identifier of a `T`. A site's id cannot be passed where a customer's is expected.
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// A new identifier: the instant in its first 48 bits, so that new rows stand together in
    /// every index; then a count, so that those of one process and millisecond keep their order;
    /// then 50 random bits.
    pub fn new(now: Instant) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Relaxed);
        let mut bytes = [0; 10];
        crate::secret::fill(&mut bytes[3..]);
        // 12 bits of the count, then 6, then 6: version and variant stand before and between.
        let [_, _, high, low] = (count >> 12 & 0xfff).to_be_bytes();
        bytes[0] = high;
        bytes[1] = low;
        bytes[2] = (count >> 6 & 0x3f) as u8;
        bytes[3] = (count << 2) as u8 | bytes[3] & 0b11;
        let millis = u64::try_from(now.micros() / 1000).unwrap_or_default();
        Self::from(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }

    /// An identifier for a place where no row can be: it is found nowhere.
    pub const fn nil() -> Self {
        Self(Uuid::nil(), PhantomData)
    }

    pub const fn from_u128(it: u128) -> Self {
        Self(Uuid::from_u128(it), PhantomData)
    }

    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// The same identifier seen as another type, where one column points to several kinds of rows.
    pub const fn cast<U>(self) -> Id<U> {
        Id(self.0, PhantomData)
    }
}

impl<T> From<Uuid> for Id<T> {
    fn from(it: Uuid) -> Self {
        Self(it, PhantomData)
    }
}

impl<T> FromStr for Id<T> {
    type Err = uuid::Error;
    fn from_str(s: &str) -> Result<Self, uuid::Error> {
        Uuid::try_parse(s).map(Self::from)
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> hash::Hash for Id<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(s)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        text.parse()
            .map_err(|_| serde::de::Error::custom("is not an id (a UUID)"))
    }
}
impl<T> JsonSchema for Id<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "uuid" })
    }
}
impl<T> Column for Id<T> {
    fn value(it: Option<Self>) -> Value {
        Value::Uuid(it.map(Self::uuid))
    }
    fn read(cell: Cell<'_>) -> Option<Self> {
        Uuid::read(cell).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_keep_their_order() {
        let ids: Vec<Id<()>> = (0..5000)
            .map(|_| Id::new(Instant::from_micros(1_772_442_000_000_000)))
            .collect();
        assert!(ids.is_sorted() && ids.windows(2).all(|it| it[0] != it[1]));
        assert_eq!(ids[0].uuid().get_version_num(), 7);
        assert_eq!(ids[0].uuid().get_variant(), uuid::Variant::RFC4122);
    }
}
