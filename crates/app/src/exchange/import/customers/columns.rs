//! The columns that files of customers can have.

use std::sync::LazyLock;

use kit::body::shape;
use kit::list::{Column, KindName};
use kit::resource::{Columns as _, Resource};

use crate::customers::{Customer, CustomerInput};
use crate::exchange::import::object::ImportColumn;
use crate::values::{COUNTRIES, CURRENCIES, Language};

const ALIASES: &[(&str, &[&str])] = &[
    (
        "name",
        &[
            "customer",
            "customer name",
            "company",
            "company name",
            "organisation",
            "organization",
            "account",
            "account name",
            "client",
            "client name",
            "institution",
            "university",
        ],
    ),
    (
        "customer_id",
        &[
            "customer number",
            "customer no",
            "client id",
            "account number",
        ],
    ),
    ("external_id", &["external key", "source id"]),
    ("crm_id", &["crm"]),
    ("owner_id", &["owner", "owner email", "account manager"]),
    ("reseller_id", &["reseller", "reseller code", "partner"]),
    ("provider_id", &["provider"]),
    (
        "billing_contact_id",
        &["billing contact", "billing contact email"],
    ),
    ("domains", &["domain", "email domain", "email domains"]),
    (
        "website",
        &["web", "web page", "homepage", "url", "web site"],
    ),
    ("address_line1", &["address", "street", "address 1"]),
    ("address_line2", &["address 2"]),
    (
        "state",
        &["state", "region", "province", "state or province"],
    ),
    ("postal_code", &["zip", "zip code", "postcode", "post code"]),
    ("city", &["town"]),
    ("country", &["country code", "country iso"]),
    ("time_zone", &["timezone", "tz"]),
    ("industries", &["industry", "sector"]),
    ("company_size", &["employees", "size"]),
    ("deal_ids", &["deals", "deal id"]),
    ("description", &["notes", "remarks"]),
];

/// The columns by which customers are found quickly: each has an index.
const FINDS: &[&str] = &[
    "name",
    "customer_id",
    "external_id",
    "external_customer_id",
    "ref_id",
    "crm_id",
    "account_id",
];

pub static COLUMNS: LazyLock<Vec<ImportColumn>> = LazyLock::new(|| {
    let links = ["billing_contact_id", "reseller_id", "provider_id"];
    let schema = schemars::schema_for!(CustomerInput);
    let described = |name: &str| {
        schema
            .get("properties")
            .and_then(|it| it.get(name)?.get("description")?.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    let listed = CustomerInput::COLUMNS
        .iter()
        .chain(&links)
        .filter_map(|name| Customer::list().column(name));
    listed
        .map(|column| import_column(column, described(column.name)))
        .collect()
});

fn import_column(column: &'static Column, described: String) -> ImportColumn {
    let info = column.info();
    let choices: &[(&str, &str)] = match (column.name, column.kind) {
        ("country" | "billing_country", _) => COUNTRIES,
        ("currency", _) => CURRENCIES,
        ("language", _) => Language::ALL,
        (_, kit::list::Kind::Choice(values)) => values,
        _ => &[],
    };
    let description = match column.name {
        "reseller_id" => "The reseller, by id, code, name or Provider/Reseller. A file cannot move a customer to another one.".into(),
        "provider_id" => "Must be the provider that the import goes to.".into(),
        "owner_id" => format!("{described} By email or id."),
        "billing_contact_id" => format!("{described} By email or id."),
        "domains" | "deal_ids" | "industries" => format!("{described} Several are separated by | , or ;").trim().to_owned(),
        _ => described,
    };
    ImportColumn {
        name: column.name,
        label: column.label,
        kind: if choices.is_empty() || info.kind != KindName::Text {
            info.kind
        } else {
            KindName::Choice
        },
        required: shape::<CustomerInput>()
            .required
            .iter()
            .any(|it| it == column.name),
        description,
        values: info.values,
        finds: FINDS.contains(&column.name),
        aliases: ALIASES
            .iter()
            .find(|it| it.0 == column.name)
            .map_or(&[], |it| it.1),
        choices,
    }
}
