//! Calendar dates without a time of day, and when they begin somewhere.

use std::fmt;

use jiff::civil;
use jiff::{ToSpan, tz};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::conn::{Cell, Column, Value};
use crate::time::{Instant, TimeZone};

/// A day of the calendar, from 1970 to 2999; `2024-02-29` in JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Date(civil::Date);

impl Date {
    pub fn parse(text: &str) -> Option<Self> {
        let date: civil::Date = text.trim().parse().ok()?;
        (1970..3000).contains(&date.year()).then_some(Self(date))
    }

    /// The day that it is at this instant in this zone.
    pub fn at(now: Instant, zone: &TimeZone) -> Self {
        Self(now.timestamp().to_zoned(database(zone)).date())
    }

    /// The first instant of the day in this zone; where clocks skip midnight, the one after it.
    pub fn starts_in(self, zone: &TimeZone) -> Instant {
        let start = self.0.to_zoned(database(zone));
        let micros = start.map(|it| it.timestamp().as_microsecond());
        Instant::from_micros(micros.unwrap_or_default())
    }

    /// An hour of the day in this zone; where clocks skip it, the one after it.
    pub fn at_hour(self, hour: i8, zone: &TimeZone) -> Instant {
        let time = self.0.at(hour, 0, 0, 0).to_zoned(database(zone));
        let micros = time.map(|it| it.timestamp().as_microsecond());
        Instant::from_micros(micros.unwrap_or_default())
    }

    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.clamp(-400_000, 400_000).days()))
    }

    /// The same day of a later month, or its last one: 29 February and a year is 28 February.
    #[must_use]
    pub fn plus_months(self, months: i64) -> Self {
        Self(
            self.0
                .saturating_add(months.clamp(-12_000, 12_000).months()),
        )
    }

    pub fn days_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).get_days().into()
    }
}

fn database(zone: &TimeZone) -> tz::TimeZone {
    tz::TimeZone::get(zone.as_str()).unwrap_or(tz::TimeZone::UTC)
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl Serialize for Date {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom("is not a date from 1970 to 2999, such as 2026-11-22"))
    }
}
impl JsonSchema for Date {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}
/// As text, which sorts as dates do; '' where there is none.
impl Column for Date {
    fn value(it: Option<Self>) -> Value {
        Value::Text(Some(it.map(|it| it.to_string()).unwrap_or_default()))
    }
    fn read(cell: Cell<'_>) -> Option<Self> {
        Self::parse(cell.text()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn months_end_where_the_shorter_one_ends() {
        assert_eq!(date("2024-02-29").plus_months(12), date("2025-02-28"));
        assert_eq!(date("2026-01-31").plus_months(1), date("2026-02-28"));
        assert_eq!(date("2026-12-31").plus_days(1), date("2027-01-01"));
        assert_eq!(date("2027-03-01").days_since(date("2026-03-01")), 365);
    }

    #[test]
    fn a_day_begins_where_its_zone_says() {
        let zone = |name| TimeZone::parse(name).unwrap();
        for (day, name, start) in [
            ("2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00Z"),
            ("2026-03-30", "Europe/Berlin", "2026-03-29T22:00:00Z"),
            ("2026-01-01", "Pacific/Kiritimati", "2025-12-31T10:00:00Z"),
            ("2026-01-01", "Pacific/Pago_Pago", "2026-01-01T11:00:00Z"),
            // Clocks went from 23:59:59 to 01:00.
            ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
        ] {
            let starts = date(day).starts_in(&zone(name));
            assert_eq!(starts, Instant::parse(start).unwrap(), "{day} {name}");
            assert_eq!(Date::at(starts, &zone(name)), date(day), "{day} {name}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for wrong in ["", "2026-02-30", "26-1-1", "1969-12-31", "3000-01-01", "x"] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
    }
}
