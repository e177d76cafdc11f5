//! The columns that files can have: those of a list that are written, with the words by which files
//! call them.

use kit::body::shape;
use kit::list::{Column, Kind, KindName, Labelled};
use kit::resource::{Columns as _, Editable};

use super::object::ImportColumn;
use crate::values::{COUNTRIES, CURRENCIES, Language};

/// What an object adds to what its list and its input tell already.
pub struct Words {
    /// Columns of the list, besides those of the input, that rows may have: references, the id.
    pub also: &'static [&'static str],
    /// Those of them that new records need.
    pub required: &'static [&'static str],
    /// The columns by which records are found quickly: each has an index.
    pub finds: &'static [&'static str],
    /// How references are written, and whatever else the input's own words do not say.
    pub described: &'static [(&'static str, &'static str)],
    /// Other names by which files call a column.
    pub aliases: &'static [(&'static str, &'static [&'static str])],
}

/// Other names by which files of every kind call a column.
const ALIASES: &[(&str, &[&str])] = &[
    ("address_line1", &["address", "street", "address 1"]),
    ("address_line2", &["address 2"]),
    ("postal_code", &["zip", "zip code", "postcode", "post code"]),
    ("city", &["town"]),
    ("country", &["country code", "country iso"]),
    ("time_zone", &["timezone", "tz"]),
    ("external_id", &["external key", "source id"]),
];

/// The columns that files of a kind of record can have.
pub fn columns<T: Editable>(words: &Words) -> Vec<ImportColumn> {
    let schema = schemars::schema_for!(T::Input);
    let described = |name: &str| {
        schema
            .get("properties")
            .and_then(|it| it.get(name)?.get("description")?.as_str())
            .unwrap_or_default()
    };
    let required = &shape::<T::Input>().required;
    let listed = T::Input::COLUMNS
        .iter()
        .chain(words.also)
        .filter_map(|name| T::list().column(name));
    listed
        .map(|it| ImportColumn {
            required: required.iter().any(|name| name == it.name)
                || words.required.contains(&it.name),
            ..column(it, described(it.name), words)
        })
        .collect()
}

/// One column, as its list has it.
pub fn column(column: &'static Column, described: &str, words: &Words) -> ImportColumn {
    let info = column.info(kit::list::Reader::WHOLE);
    let choices: &[(&str, &str)] = match (column.name, column.kind) {
        ("country" | "billing_country", _) => COUNTRIES,
        ("currency", _) => CURRENCIES,
        ("language", _) => Language::ALL,
        (_, Kind::Choice(values)) => values,
        _ => &[],
    };
    let told = |all: &'static [(&str, &str)]| all.iter().find(|it| it.0 == column.name);
    let more = told(words.described).map_or("", |it| it.1);
    let named = |all: &'static [(&str, &[&str])]| all.iter().find(|it| it.0 == column.name);
    ImportColumn {
        name: column.name,
        label: column.label,
        kind: match info.kind {
            KindName::Text if !choices.is_empty() => KindName::Choice,
            kind => kind,
        },
        required: false,
        description: format!("{described} {more}").trim().to_owned(),
        values: info.values,
        finds: words.finds.contains(&column.name),
        aliases: named(words.aliases)
            .or_else(|| named(ALIASES))
            .map_or(&[], |it| it.1),
        choices,
    }
}

/// A list of choices in one cell, such as roles.
pub fn several(it: ImportColumn, choices: &'static [(&'static str, &'static str)]) -> ImportColumn {
    ImportColumn {
        kind: KindName::List,
        values: choices
            .iter()
            .map(|(value, label)| Labelled { value, label })
            .collect(),
        choices,
        ..it
    }
}
