//! Text, valid by construction (spec 1.3): trimmed, NFC, without control characters, limited in
//! characters. Unset text is the empty string, in JSON and in the database alike.

use std::{borrow::Cow, fmt, ops::Deref};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::conn::{Cell, Column, Value};

/// Text of `MIN` to `MAX` characters on one line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Text<const MIN: usize, const MAX: usize>(String);

/// A name that must be there.
pub type Name = Text<1, 255>;
/// Text that may be empty.
pub type Line<const MAX: usize> = Text<0, MAX>;

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// Cleans and checks. The error is a sentence without a subject: “is longer than …”.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = clean(text);
        let length = text.chars().count();
        if length < MIN && MIN == 1 {
            return Err("is required".into());
        }
        if length < MIN {
            return Err(format!("needs at least {MIN} characters"));
        }
        if length > MAX {
            return Err(format!(
                "has {length} characters; at most {MAX} are possible"
            ));
        }
        Ok(Self(text.into_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> Default for Text<0, MAX> {
    fn default() -> Self {
        Self(String::new())
    }
}
impl<const MIN: usize, const MAX: usize> Deref for Text<MIN, MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}
impl<const MIN: usize, const MAX: usize> fmt::Display for Text<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<const MIN: usize, const MAX: usize> Serialize for Text<MIN, MAX> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(s)
    }
}
/// Not by way of `Option`: a field that is missing would then be one that is empty.
struct Reader<const MIN: usize, const MAX: usize>;

impl<const MIN: usize, const MAX: usize> Visitor<'_> for Reader<MIN, MAX> {
    type Value = Text<MIN, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Text::parse(text).map_err(E::custom)
    }
    /// `null` is what JSON Merge Patch calls unset.
    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        self.visit_str("")
    }
    fn visit_none<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        self.visit_str("")
    }
}

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Text<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Reader)
    }
}
impl<const MIN: usize, const MAX: usize> JsonSchema for Text<MIN, MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("Text{MIN}To{MAX}").into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": MIN, "maxLength": MAX })
    }
}
impl<const MIN: usize, const MAX: usize> Column for Text<MIN, MAX> {
    fn value(it: Option<Self>) -> Value {
        Value::Text(Some(it.map(|it| it.0).unwrap_or_default()))
    }
    fn read(cell: Cell<'_>) -> Option<Self> {
        // Not checked again: tightened limits must not make old rows unreadable.
        String::read(cell).map(Self)
    }
}

/// Text of several lines that may be empty: notes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Lines<const MAX: usize>(String);

impl<const MAX: usize> Lines<MAX> {
    /// The error is a sentence without a subject, as [`Text::parse`]'s.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = clean_lines(text);
        match text.chars().count() {
            length if length > MAX => Err(format!(
                "has {length} characters; at most {MAX} are possible"
            )),
            _ => Ok(Self(text)),
        }
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl<'de, const MAX: usize> Deserialize<'de> for Lines<MAX> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Option::<Cow<'de, str>>::deserialize(d)?.unwrap_or_default();
        Self::parse(&text).map_err(D::Error::custom)
    }
}
impl<const MAX: usize> JsonSchema for Lines<MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("LinesTo{MAX}").into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "multiline", "maxLength": MAX })
    }
}
impl<const MAX: usize> Column for Lines<MAX> {
    fn value(it: Option<Self>) -> Value {
        Value::Text(Some(it.map(|it| it.0).unwrap_or_default()))
    }
    fn read(cell: Cell<'_>) -> Option<Self> {
        String::read(cell).map(Self)
    }
}

/// Trims, normalizes to NFC, removes control characters (spec 1.3). Inner line breaks and tabs
/// become a space, so that words do not run together.
pub fn clean(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii() && !c.is_ascii_control();
    if text.chars().all(plain) {
        return Cow::Borrowed(text.trim());
    }
    let kept = text.chars().filter_map(|c| match c {
        '\n' | '\r' | '\t' => Some(' '),
        c if is_removed(c) => None,
        c => Some(c),
    });
    let normal: String = kept.nfc().collect();
    Cow::Owned(normal.trim().to_owned())
}

/// Whether [`clean`] removes characters that a reader would miss: an import reports it.
pub fn has_control(text: &str) -> bool {
    text.chars()
        .any(|c| is_removed(c) && !matches!(c, '\n' | '\r' | '\t'))
}

fn is_removed(c: char) -> bool {
    // Also the marks that change the direction or join nothing visible: they make two names that
    // look the same differ. U+200C and U+200D stay: Persian and Indic scripts need them.
    c.is_control()
        || matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
}

/// Text of several lines (notes): like [`clean`], but line breaks stay.
pub fn clean_lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let lines: Vec<_> = text.split('\n').map(clean).collect();
    lines.join("\n").trim().to_owned()
}

/// The key for uniqueness and sort (spec 1.3): white space to one space, default case folding;
/// accents differ.
pub fn key(text: &str) -> String {
    let text = clean(text);
    if text.is_ascii() {
        let words: Vec<_> = text.split_ascii_whitespace().collect();
        return words.join(" ").to_ascii_lowercase();
    }
    let words: Vec<_> = text.split_whitespace().collect();
    caseless::default_case_fold_str(&words.join(" "))
        .nfc()
        .collect()
}

/// What substring search looks in and for (spec 1.3): the key without marks, so that `sao` finds
/// `São`.
pub fn search_text(text: &str) -> String {
    if text.is_ascii() {
        return key(text);
    }
    let bare: String = key(text)
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .collect();
    // Compatibility forms may bring capitals and spaces back (`㎏`, `ﬁ`, U+00A0).
    let words: Vec<_> = bare.split_whitespace().collect();
    // NFC again: Hangul syllables that NFKD took apart would be matched by their first letters.
    caseless::default_case_fold_str(&words.join(" "))
        .nfc()
        .collect()
}

/// The `search_text` of several values, each on its own line, so that a needle never spans two.
pub fn search_lines<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for part in parts {
        let folded = search_text(part);
        if !folded.is_empty() {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&folded);
        }
    }
    text
}

/// The first `most` characters, with an ellipsis where some are left out.
pub fn clip(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_fold_case_and_space_but_keep_accents() {
        assert_eq!(key("  Straße \t Nord "), "strasse nord");
        assert_ne!(key("São"), key("Sao"));
        assert_eq!(key("SÃO"), key("são"));
    }

    #[test]
    fn search_folds_accents_and_keeps_signs() {
        assert_eq!(search_text("São Paulo"), "sao paulo");
        assert_eq!(search_text("100%"), "100%");
        assert_eq!(search_text("대학교"), "대학교");
        assert!(search_text("서울대학교").contains(&search_text("대학교")));
        assert_eq!(search_text("ﬁn"), "fin");
    }

    #[test]
    fn text_is_cleaned_before_it_is_measured() {
        assert_eq!(
            Text::<1, 3>::parse(" a\u{7}bc ").map(Text::into_string),
            Ok("abc".into())
        );
        assert!(Text::<1, 3>::parse(" \u{200b} ").is_err());
        assert!(Text::<1, 3>::parse("abcd").is_err());
        assert_eq!(
            Text::<1, 3>::parse("äöü").map(Text::into_string),
            Ok("äöü".into())
        );
    }

    #[test]
    fn missing_is_not_empty() {
        #[derive(Deserialize, Debug)]
        #[allow(dead_code)]
        struct Named {
            name: Name,
            #[serde(default)]
            note: Line<9>,
        }
        let read = |json| {
            serde_json::from_value::<Named>(json)
                .map(|it| it.note)
                .map_err(|it| it.to_string())
        };
        assert!(
            read(serde_json::json!({ "note": null }))
                .is_err_and(|it| it.starts_with("missing field"))
        );
        assert_eq!(
            read(serde_json::json!({ "name": null })),
            Err("is required".into())
        );
        assert_eq!(
            read(serde_json::json!({ "name": "x", "note": null })),
            Ok(Line::default())
        );
        assert!(
            read(serde_json::json!({ "name": 5 })).is_err_and(|it| it.contains("expected text"))
        );
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            prop_assert_eq!(key(&key(&text)), key(&text));
            prop_assert_eq!(search_text(&search_text(&text)), search_text(&text));
            let once = clean(&text);
            prop_assert_eq!(clean(&once), once.clone());
        }
    }
}
