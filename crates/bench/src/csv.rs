//! Files to import.

use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::names;

/// The columns of the files, which are named like the fields they go to.
const COLUMNS: [&str; 13] = [
    "name",
    "stage",
    "external_id",
    "domains",
    "website",
    "description",
    "crm_id",
    "account_id",
    "address_line1",
    "city",
    "state",
    "postal_code",
    "country",
];

/// A file with the customers of these numbers; half of them go to a reseller, named as people do.
pub fn file(first: usize, count: usize) -> String {
    let mut text = COLUMNS.join(",") + ",reseller_id\r\n";
    for n in first..first + count {
        let fields = names::customer(n);
        for column in COLUMNS {
            let cell = match fields.get(column) {
                Some(Json::String(text)) => text.clone(),
                Some(Json::Array(all)) => all
                    .iter()
                    .filter_map(Json::as_str)
                    .collect::<Vec<_>>()
                    .join("|"),
                _ => String::new(),
            };
            match cell.contains([',', '"', ';']) {
                true => write!(text, "\"{}\",", cell.replace('"', "\"\"")),
                false => write!(text, "{cell},"),
            }
            .unwrap_or_default();
        }
        match n % 2 {
            0 => text.push_str("\r\n"),
            _ => write!(text, "Reseller {:02}\r\n", 1 + n % 20).unwrap_or_default(),
        }
    }
    text
}
