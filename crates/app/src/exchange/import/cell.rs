//! What a cell says (IMP-03): nothing, “cleared”, or a value of its column's kind.

use kit::list::KindName as Kind;
use kit::{export, text};
use serde_json::Value as Json;

/// What a row says of one field.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// Unchanged; for a new record the default.
    Absent,
    /// `\N`, or null.
    Cleared,
    Value(Json),
}

/// What decides how a column's cells are read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    pub kind: Kind,
    /// A choice's values with what people call them; either is taken.
    pub values: &'a [(&'a str, &'a str)],
    /// What separates several values; none: any of `|` `,` `;`.
    pub separator: Option<char>,
    /// Whether the cell is text alone, so that what looks like a formula is shielded by `'`.
    pub shielded: bool,
}

/// Of texts that are nothing else.
pub const PLAIN: Reading<'_> = Reading {
    kind: Kind::Text,
    values: &[],
    separator: None,
    shielded: false,
};

/// A cell of CSV or of a workbook.
pub fn read_text(cell: &str, reading: &Reading<'_>) -> Given {
    let trimmed = cell.trim();
    if trimmed.is_empty() {
        return Given::Absent;
    }
    if trimmed == "\\N" {
        return Given::Cleared;
    }
    let text = match trimmed.strip_prefix('\\') {
        Some(rest) if is_escaped_null(rest) => rest,
        _ if reading.shielded => export::unescape_formula(cell),
        _ => cell,
    };
    Given::Value(value(text, reading))
}

/// A value of JSON.
pub fn read_json(it: Json, reading: &Reading<'_>) -> Given {
    match it {
        Json::Null => Given::Cleared,
        Json::String(text) => Given::Value(value(&text, reading)),
        // Keys are text, also those that look like numbers.
        Json::Number(number) if matches!(reading.kind, Kind::Text | Kind::Id | Kind::Reference) => {
            Given::Value(number.to_string().into())
        }
        it => Given::Value(it),
    }
}

/// `\N`, `\\N` … are written with one `\` more.
fn is_escaped_null(rest: &str) -> bool {
    rest.starts_with('\\') && rest.trim_start_matches('\\') == "N"
}

fn value(text: &str, reading: &Reading<'_>) -> Json {
    match reading.kind {
        Kind::Boolean => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" | "x" => true.into(),
            "false" | "no" | "n" | "0" => false.into(),
            _ => text.into(),
        },
        Kind::List => {
            let separators: &[char] = match &reading.separator {
                Some(one) => std::slice::from_ref(one),
                None => &['|', ',', ';'],
            };
            text.split(separators)
                .map(str::trim)
                .filter(|it| !it.is_empty())
                .map(|it| named(it, reading.values))
                .collect()
        }
        _ => named(text, reading.values),
    }
}

/// `Germany` for DE, `Prospect` for prospect: what a list of choices shows is taken too.
fn named(text: &str, values: &[(&str, &str)]) -> Json {
    if values.is_empty() || values.iter().any(|(value, _)| *value == text) {
        return text.into();
    }
    let key = text::key(text);
    let found = values
        .iter()
        .find(|(value, label)| text::key(value) == key || text::key(label) == key);
    found.map_or(text, |(value, _)| value).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: Reading<'_> = Reading {
        shielded: true,
        ..PLAIN
    };
    const LIST: Reading<'_> = Reading {
        kind: Kind::List,
        ..TEXT
    };

    fn text(cell: &str) -> Given {
        read_text(cell, &TEXT)
    }

    #[test]
    fn empty_cleared_and_escaped() {
        assert_eq!(text(""), Given::Absent);
        assert_eq!(text("  "), Given::Absent);
        assert_eq!(text("\\N"), Given::Cleared);
        assert_eq!(text("\\\\N"), Given::Value("\\N".into()));
        assert_eq!(text("\\\\\\N"), Given::Value("\\\\N".into()));
        assert_eq!(text("\\n"), Given::Value("\\n".into()));
        assert_eq!(text("'=1+1"), Given::Value("=1+1".into()));
        assert_eq!(text("'quoted'"), Given::Value("'quoted'".into()));
        assert_eq!(read_json(Json::Null, &TEXT), Given::Cleared);
        assert_eq!(read_json("\\N".into(), &TEXT), Given::Value("\\N".into()));
        assert_eq!(read_json(17.into(), &TEXT), Given::Value("17".into()));
    }

    #[test]
    fn several_values() {
        assert_eq!(
            read_text("a.example | b.example;c.example,", &LIST),
            Given::Value(serde_json::json!(["a.example", "b.example", "c.example"]))
        );
        let by_bar = Reading {
            separator: Some('|'),
            ..LIST
        };
        assert_eq!(
            read_text("a, b|c", &by_bar),
            Given::Value(serde_json::json!(["a, b", "c"]))
        );
    }

    #[test]
    fn choices_by_what_they_are_called() {
        let countries = Reading {
            values: &[("DE", "Germany"), ("BR", "Brazil")],
            ..TEXT
        };
        assert_eq!(read_text("brazil", &countries), Given::Value("BR".into()));
        assert_eq!(read_text("br", &countries), Given::Value("BR".into()));
        assert_eq!(
            read_text("Atlantis", &countries),
            Given::Value("Atlantis".into())
        );
        let yes = Reading {
            kind: Kind::Boolean,
            ..TEXT
        };
        assert_eq!(read_text("Yes", &yes), Given::Value(true.into()));
        assert_eq!(read_text("perhaps", &yes), Given::Value("perhaps".into()));
    }

    proptest! {
        /// EXP-02: what an export writes reads back as the same.
        #[test]
        fn exported_cells_read_back(value in "[\\\\'=+@a-cN \\-]{0,6}\\PC{0,6}") {
            let value = kit::text::clean(&value).into_owned();
            let read = text(&export::cell(&value.clone().into()));
            let expected = if value.is_empty() { Given::Absent } else { Given::Value(value.into()) };
            prop_assert_eq!(&read, &expected);
            let value = match &expected { Given::Value(it) => it.clone(), _ => Json::Null };
            prop_assert_eq!(read_text(&export::typed_cell(&value), &PLAIN), expected);
        }
    }
}
