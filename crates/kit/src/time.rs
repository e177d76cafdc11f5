//! Instants, the clock, time zones. Time is a parameter: only [`Clock`] asks the machine for it.

use std::{
    fmt,
    sync::Arc,
    sync::atomic::{AtomicI64, Ordering},
};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::conn::{Cell, Column, Value};

/// A point in time, in microseconds since 1970 UTC; RFC 3339 in JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(i64);

impl Instant {
    pub const fn from_micros(it: i64) -> Self {
        Self(it)
    }
    pub const fn micros(self) -> i64 {
        self.0
    }
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * 1_000_000)
    }
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0) / 1_000_000
    }
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or_default()
    }
    /// Reads RFC 3339, or a bare date as its start in UTC.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(it) = text.parse::<jiff::Timestamp>() {
            return Some(Self(it.as_microsecond()));
        }
        let date: jiff::civil::Date = text.parse().ok()?;
        let start = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Self(start.timestamp().as_microsecond()))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}
impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom("is not an instant, such as 2026-11-22T09:30:00Z"))
    }
}
impl JsonSchema for Instant {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}
impl Column for Instant {
    fn value(it: Option<Self>) -> Value {
        Value::Instant(it.map(Self::micros))
    }
    fn read(cell: Cell<'_>) -> Option<Self> {
        i64::read(cell).map(Self)
    }
}

/// Where the time comes from: the machine, or a test that sets it.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still until it is [set](Self::set).
    pub fn fixed(at: Instant) -> Self {
        Self(Some(Arc::new(AtomicI64::new(at.micros()))))
    }

    pub fn set(&self, to: Instant) {
        if let Some(fixed) = &self.0 {
            fixed.store(to.micros(), Ordering::Relaxed);
        }
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine"
    )]
    pub fn now(&self) -> Instant {
        match &self.0 {
            Some(fixed) => Instant(fixed.load(Ordering::Relaxed)),
            None => Instant(jiff::Timestamp::now().as_microsecond()),
        }
    }
}

/// An IANA time zone, such as `Europe/Berlin`; known to the time zone database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimeZone(String);

impl TimeZone {
    pub fn utc() -> Self {
        Self("UTC".into())
    }

    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let zone = jiff::tz::TimeZone::get(text).ok()?;
        // The database answers `europe/berlin` too; the canonical spelling is kept.
        Some(Self(zone.iana_name().unwrap_or(text).to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Every zone, in alphabetical order, for choosing.
    pub fn all() -> Vec<String> {
        let mut all: Vec<String> = jiff::tz::db()
            .available()
            .map(|it| it.to_string())
            .collect();
        all.retain(|it| it == "UTC" || it.contains('/') && !it.starts_with("Etc/"));
        all.sort();
        all
    }
}

impl Serialize for TimeZone {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(s)
    }
}
impl<'de> Deserialize<'de> for TimeZone {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "“{}” is not an IANA time zone, such as Europe/Berlin",
                crate::text::clip(&text, 60)
            ))
        })
    }
}
impl JsonSchema for TimeZone {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeZone".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "time-zone", "maxLength": 60 })
    }
}
impl Column for TimeZone {
    fn value(it: Option<Self>) -> Value {
        Value::Text(Some(it.map(|it| it.0).unwrap_or_default()))
    }
    fn read(cell: Cell<'_>) -> Option<Self> {
        String::read(cell).filter(|it| !it.is_empty()).map(Self)
    }
}
