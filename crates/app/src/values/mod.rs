//! The values of this field of business: countries, currencies, industries, email addresses,
//! domains; and the lists of them as API resources (spec 1.3).

mod countries;
mod currencies;

pub use countries::COUNTRIES;
pub use currencies::CURRENCIES;

use axum::Json;
use axum::extract::Path;
use kit::conn::{Cell, Column, Value};
use kit::time::TimeZone;
use kit::{Error, choice, text};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// A text type that a function checks and puts into its one spelling.
macro_rules! checked {
    ($(#[$meta:meta])* $name:ident, $schema:tt, $parse:expr) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The error is a sentence without a subject.
            pub fn parse(text: &str) -> Result<Self, String> {
                let parse: fn(&str) -> Result<String, String> = $parse;
                parse(&text::clean(text)).map(Self)
            }
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(d)?;
                Self::parse(&text).map_err(D::Error::custom)
            }
        }
        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
        impl Column for $name {
            fn value(it: Option<Self>) -> Value {
                Value::Text(Some(it.map(|it| it.0).unwrap_or_default()))
            }
            fn read(cell: Cell<'_>) -> Option<Self> {
                cell.text().filter(|it| !it.is_empty()).map(|it| Self(it.to_owned()))
            }
        }
    };
}

/// One of a list of codes, in capitals.
fn coded(text: &str, all: &[(&str, &str)], what: &str) -> Result<String, String> {
    let code = text.to_uppercase();
    match all.iter().any(|(it, _)| *it == code) {
        true => Ok(code),
        false => Err(format!("“{}” is not {what}", text::clip(text, 40))),
    }
}

checked! {
    /// ISO 3166-1 alpha-2, plus XK.
    Country, { "type": "string", "format": "country", "minLength": 2, "maxLength": 2 },
    |it| coded(it, COUNTRIES, "a country code (ISO 3166-1 alpha-2), such as DE")
}
checked! {
    /// ISO 4217.
    Currency, { "type": "string", "format": "currency", "minLength": 3, "maxLength": 3 },
    |it| coded(it, CURRENCIES, "a currency code (ISO 4217), such as EUR")
}
checked! {
    /// Kept as typed, matched without regard to case (ACC-01).
    Email, { "type": "string", "format": "email", "maxLength": 254 },
    email
}
checked! {
    /// A domain name in lower case.
    Domain, { "type": "string", "format": "hostname", "maxLength": 253 },
    domain
}
checked! {
    /// Letters, digits and `-_.:` (spec 2.1).
    ExternalId, { "type": "string", "maxLength": 60, "pattern": "^[A-Za-z0-9_.:-]*$" },
    |it| match it.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c)) {
        _ if it.len() > 60 => Err("has more than 60 characters".into()),
        true => Ok(it.to_owned()),
        false => Err("takes only letters, digits and - _ . :".into()),
    }
}
checked! {
    /// 1 to 20 of `a-z0-9-`.
    Code, { "type": "string", "minLength": 1, "maxLength": 20, "pattern": "^[a-z0-9-]*$" },
    |it| match it.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        _ if it.is_empty() => Err("is required".into()),
        _ if it.len() > 20 => Err("has more than 20 characters".into()),
        true => Ok(it.to_owned()),
        false => Err("takes only small letters, digits and -".into()),
    }
}
checked! {
    /// An amount of money: up to 12 digits before the point and 4 after it; empty when unknown.
    Price, { "type": "string", "pattern": "^[0-9]{0,12}(\\.[0-9]{0,4})?$", "maxLength": 17 },
    price
}
checked! {
    /// Degrees as typed; empty when unknown.
    Degrees, { "type": "string", "pattern": "^-?[0-9]{0,3}(\\.[0-9]{0,9})?$", "maxLength": 14 },
    |it| match it.parse::<f64>() {
        Ok(degrees) if degrees.abs() <= 180.0 && it.len() <= 14 => Ok(it.to_owned()),
        _ => Err("takes degrees, such as 52.5186".into()),
    }
}

impl Price {
    /// So many times this amount, without needless zeros.
    pub fn times(&self, count: i64) -> String {
        let (whole, part) = self.0.split_once('.').unwrap_or((&self.0, ""));
        // Checked: at most 16 digits.
        let units: i128 = format!("{whole}{part:0<4}").parse().unwrap_or_default();
        let total = units * i128::from(count);
        let text = format!("{}.{:04}", total / 10_000, total % 10_000);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        match text.split_once('.') {
            Some((whole, part)) => format!("{whole}.{part:0<2}"),
            None => format!("{text}.00"),
        }
    }
}

fn price(text: &str) -> Result<String, String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |it: &str| it.chars().all(|c| c.is_ascii_digit());
    match digits(whole) && digits(part) && !text.is_empty() {
        true if whole.len() <= 12 && part.len() <= 4 && text != "." => Ok(text.to_owned()),
        _ => Err("takes an amount such as 12.50, with at most 4 digits after the point".into()),
    }
}

fn email(text: &str) -> Result<String, String> {
    let wrong = || {
        Err(format!(
            "“{}” is not an email address",
            text::clip(text, 60)
        ))
    };
    if text.len() > 254
        || text
            .chars()
            .any(|c| c.is_whitespace() || "<>()[],;:\\\"".contains(c))
    {
        return wrong();
    }
    match text.rsplit_once('@') {
        Some((user, host))
            if !user.is_empty()
                && user.len() <= 64
                && !user.contains('@')
                && domain(host).is_ok() =>
        {
            Ok(text.to_owned())
        }
        _ => wrong(),
    }
}

fn domain(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('.').to_lowercase();
    let label = |it: &str| {
        !it.is_empty()
            && it.len() <= 63
            && !it.starts_with('-')
            && !it.ends_with('-')
            && it
                .chars()
                .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    match text.len() <= 253 && text.contains('.') && text.split('.').all(label) {
        true => Ok(text),
        false => Err(format!(
            "“{}” is not a domain, such as example.org",
            text::clip(&text, 60)
        )),
    }
}

choice! {
    /// Languages of the console and of emails (TREE-02).
    pub enum Language {
        En = "en" "English",
        De = "de" "Deutsch",
    }
}

choice! {
    /// Employees.
    pub enum CompanySize {
        To19 = "0-19" "0–19",
        To99 = "20-99" "20–99",
        To249 = "100-249" "100–249",
        To499 = "250-499" "250–499",
        To999 = "500-999" "500–999",
        More = "1000+" "1,000 and more",
    }
}

choice! {
    /// Sections of ISIC Rev. 4.
    pub enum Industry {
        A = "A" "Agriculture, forestry and fishing",
        B = "B" "Mining and quarrying",
        C = "C" "Manufacturing",
        D = "D" "Electricity, gas, steam and air conditioning supply",
        E = "E" "Water supply; sewerage, waste management and remediation",
        F = "F" "Construction",
        G = "G" "Wholesale and retail trade; repair of motor vehicles",
        H = "H" "Transportation and storage",
        I = "I" "Accommodation and food service",
        J = "J" "Information and communication",
        K = "K" "Financial and insurance activities",
        L = "L" "Real estate",
        M = "M" "Professional, scientific and technical activities",
        N = "N" "Administrative and support services",
        O = "O" "Public administration and defence; social security",
        P = "P" "Education",
        Q = "Q" "Human health and social work",
        R = "R" "Arts, entertainment and recreation",
        S = "S" "Other services",
        T = "T" "Households as employers",
        U = "U" "Extraterritorial organizations",
    }
}

/// A value that a field can have, and what people call it.
#[derive(Serialize, JsonSchema)]
pub struct EnumValue {
    pub value: String,
    pub label: String,
}

/// `GET /enums/{name}`: the values of `time_zones`, `countries`, `industries`, `company_sizes`,
/// `currencies` or `languages`.
pub async fn enum_list(Path(name): Path<String>) -> kit::Result<Json<Vec<EnumValue>>> {
    let listed = |all: &[(&str, &str)]| {
        all.iter()
            .map(|(value, label)| EnumValue {
                value: (*value).into(),
                label: (*label).into(),
            })
            .collect()
    };
    Ok(Json(match name.as_str() {
        "time_zones" => TimeZone::all()
            .into_iter()
            .map(|it| EnumValue {
                label: it.replace('_', " "),
                value: it,
            })
            .collect(),
        "countries" => listed(COUNTRIES),
        "industries" => listed(Industry::ALL),
        "company_sizes" => listed(CompanySize::ALL),
        "currencies" => listed(CURRENCIES),
        "languages" => listed(Language::ALL),
        _ => return Err(Error::NotFound),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails() {
        for good in [
            "a@b.example",
            "Mia.O'Neil+x@sub.example.org",
            "ü@bücher.example",
        ] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "", "a", "a@b", "a b@c.de", "@c.de", "a@@c.de", "a@c..de", "<a@c.de>",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn prices() {
        for (price, count, total) in [
            ("12.5", 10, "125.00"),
            ("0.0333", 3, "0.0999"),
            (".5", 1, "0.50"),
            ("999999999999.9999", 10_000_000, "9999999999999999000.00"),
            ("7", 1_000, "7000.00"),
        ] {
            assert_eq!(Price::parse(price).unwrap().times(count), total);
        }
        for bad in ["-1", "1,5", "1.23456", ".", "1e3", "1234567890123"] {
            assert!(Price::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn codes_and_countries() {
        assert_eq!(Country::parse(" xk ").map(|it| it.0), Ok("XK".into()));
        assert!(Country::parse("UK").is_err());
        assert!(Code::parse("North-1").is_err());
        assert!(ExternalId::parse("a.b:c_d-1").is_ok());
    }
}
