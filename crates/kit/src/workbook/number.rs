//! Numbers, and the dates and times that a workbook keeps as numbers.

use jiff::civil::{Date, DateTime, Time};

/// What a cell's number format makes of its number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    #[default]
    Number,
    Date,
    DateTime,
    Time,
    /// `00000`: so many digits, zeros in front.
    Padded(usize),
}

impl Look {
    /// Of the formats that every workbook has without saying.
    pub fn built_in(id: u32) -> Self {
        match id {
            14..=17 | 27..=31 | 34..=36 | 50..=58 => Self::Date,
            22 => Self::DateTime,
            18..=21 | 32 | 33 | 45 | 47 => Self::Time,
            _ => Self::Number,
        }
    }

    /// Of a format's code, such as `yyyy-mm-dd hh:mm`.
    pub fn of(code: &str) -> Self {
        // The first of up to four sections is the one for positive numbers.
        let (mut date, mut time, mut minutes) = (false, false, false);
        let mut chars = code.chars();
        let mut zeros = 0;
        let mut other = false;
        while let Some(c) = chars.next() {
            match c.to_ascii_lowercase() {
                ';' => break,
                '"' => other |= chars.by_ref().take_while(|it| *it != '"').count() > 0,
                '\\' | '_' | '*' => _ = chars.next(),
                // Colours and languages; `[h]` is a length of time, which stays a number.
                '[' => {
                    let inside: String = chars.by_ref().take_while(|it| *it != ']').collect();
                    if matches!(
                        inside.to_ascii_lowercase().as_str(),
                        "h" | "hh" | "m" | "mm" | "s" | "ss"
                    ) {
                        return Self::Number;
                    }
                }
                'y' | 'd' => date = true,
                'h' | 's' => time = true,
                'm' => minutes = true,
                '0' => zeros += 1,
                'g' | '#' | '.' | ',' | '?' | '%' | 'e' => other = true,
                _ => {}
            }
        }
        match (date, time) {
            (true, true) => Self::DateTime,
            (true, false) => Self::Date,
            (false, true) => Self::Time,
            (false, false) if minutes => Self::Date,
            (false, false) if zeros > 1 && !other => Self::Padded(zeros),
            (false, false) => Self::Number,
        }
    }
}

/// A number as the API writes it: 12, not 12.0; a date as 2026-03-02. None: it is no number.
pub fn read(text: &str, look: Look, since_1904: bool) -> Option<String> {
    let number: f64 = text.trim().parse().ok().filter(|it: &f64| it.is_finite())?;
    let dated = match look {
        Look::Number => None,
        Look::Padded(digits) if number.fract() == 0.0 && number >= 0.0 => {
            Some(format!("{number:0digits$}"))
        }
        Look::Padded(_) => None,
        Look::Date | Look::DateTime | Look::Time => moment(number, look, since_1904),
    };
    // -0 is 0.
    Some(dated.unwrap_or_else(|| format!("{}", number + 0.0)))
}

fn moment(number: f64, look: Look, since_1904: bool) -> Option<String> {
    let millis = (number * 86_400_000.0).round();
    if !(0.0..2_958_466.0 * 86_400_000.0).contains(&millis) {
        return None;
    }
    // Both are whole numbers far below 2^53.
    let (days, millis) = ((millis / 86_400_000.0).floor(), millis % 86_400_000.0);
    let time = Time::midnight()
        .checked_add(jiff::Span::new().milliseconds(millis as i64))
        .ok()?;
    if look == Look::Time && days == 0.0 {
        return Some(time.to_string());
    }
    let (first, days) = match (since_1904, days as i64) {
        (true, days) => (Date::constant(1904, 1, 1), days),
        // The calendar of these numbers has a 29 February 1900, which never was.
        (false, 60) => return None,
        (false, days @ ..60) => (Date::constant(1899, 12, 31), days),
        (false, days) => (Date::constant(1899, 12, 30), days),
    };
    let date = first.checked_add(jiff::Span::new().days(days)).ok()?;
    match look {
        Look::Date if millis == 0.0 => Some(date.to_string()),
        _ => Some(format!("{}Z", DateTime::from_parts(date, time))),
    }
}

/// The number of an instant, in days since 1900 as workbooks count.
pub fn of_instant(it: crate::time::Instant) -> f64 {
    let millis = it.micros().div_euclid(1000);
    // Below 2^53 for all instants there are.
    millis as f64 / 86_400_000.0 + 25_569.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_codes() {
        for (code, look) in [
            ("General", Look::Number),
            ("0", Look::Number),
            ("0.00", Look::Number),
            ("#,##0", Look::Number),
            ("00000", Look::Padded(5)),
            ("yyyy-mm-dd", Look::Date),
            ("mmm", Look::Date),
            ("[$-407]d. mmmm yyyy", Look::Date),
            ("d/m/yy h:mm", Look::DateTime),
            ("[Red]hh:mm:ss", Look::Time),
            ("[h]:mm", Look::Number),
            ("0 \"days\"", Look::Number),
            ("\"d\"0000", Look::Number),
            ("#,##0\\ [$€-407]", Look::Number),
        ] {
            assert_eq!(Look::of(code), look, "{code}");
        }
    }

    #[test]
    fn numbers_are_written_as_the_api_does() {
        let number = |text| read(text, Look::Number, false).expect("a number");
        assert_eq!(number("12"), "12");
        assert_eq!(number("12.0"), "12");
        assert_eq!(number("-0"), "0");
        assert_eq!(number("1.2E+3"), "1200");
        assert_eq!(number("0.5"), "0.5");
        assert_eq!(number("491701234567"), "491701234567");
        assert_eq!(read("x", Look::Number, false), None);
        assert_eq!(read("NaN", Look::Number, false), None);
        assert_eq!(read("42", Look::Padded(5), false).as_deref(), Some("00042"));
    }

    #[test]
    fn dates_and_times() {
        for (number, look, since_1904, expected) in [
            ("46083", Look::Date, false, "2026-03-02"),
            ("44621", Look::Date, true, "2026-03-02"),
            ("1", Look::Date, false, "1900-01-01"),
            ("60", Look::Date, false, "60"),
            ("61", Look::Date, false, "1900-03-01"),
            ("46083.375", Look::DateTime, false, "2026-03-02T09:00:00Z"),
            ("46083.375", Look::Date, false, "2026-03-02T09:00:00Z"),
            ("46083", Look::DateTime, false, "2026-03-02T00:00:00Z"),
            ("0.375", Look::Time, false, "09:00:00"),
            ("0.9999999999", Look::Time, false, "1900-01-01T00:00:00Z"),
            ("-1", Look::Date, false, "-1"),
        ] {
            let read = read(number, look, since_1904);
            assert_eq!(read.as_deref(), Some(expected), "{number}");
        }
        let at = crate::time::Instant::parse("2026-03-02T09:00:01Z").expect("an instant");
        let back = read(&of_instant(at).to_string(), Look::DateTime, false);
        assert_eq!(back.as_deref(), Some("2026-03-02T09:00:01Z"));
    }
}
