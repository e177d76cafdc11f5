//! The sentences of notifications, in each language that is shipped (TREE-02). People inside a
//! customer never read its name (ACC-10).

use super::{Details, NotificationKind};
use crate::values::Language;

/// The sentence of a notification.
pub fn sentence(
    kind: NotificationKind,
    details: &Details,
    language: Language,
    inside: bool,
) -> String {
    let value = |name: &str| {
        let found = details.iter().find(|it| it.0 == name);
        found.map_or("", |it| it.1.as_str())
    };
    let (product, tenant, file) = (value("product"), value("tenant"), value("file"));
    let said = match (kind, language) {
        (NotificationKind::Overuse, Language::En) => format!(
            "{} of {} licences of {product} ({tenant}) are used",
            value("used"),
            value("purchased")
        ),
        (NotificationKind::Overuse, Language::De) => format!(
            "{} von {} Lizenzen von {product} ({tenant}) sind in Gebrauch",
            value("used"),
            value("purchased")
        ),
        (NotificationKind::Expiry, Language::En) => format!(
            "{} × {product} ({tenant}): the last day is {}",
            value("licences"),
            value("date")
        ),
        (NotificationKind::Expiry, Language::De) => format!(
            "{} × {product} ({tenant}): der letzte Tag ist {}",
            value("licences"),
            value("date")
        ),
        (NotificationKind::Import, language) => {
            let end = match (value("state"), language) {
                ("done", Language::En) => "is done",
                ("done", Language::De) => "ist fertig",
                ("cancelled", Language::En) => "was cancelled",
                ("cancelled", Language::De) => "wurde abgebrochen",
                ("stopped", Language::En) => "stopped",
                ("stopped", Language::De) => "wurde angehalten",
                (_, Language::En) => "failed",
                (_, Language::De) => "ist fehlgeschlagen",
            };
            let message = Some(value("message")).filter(|it| !it.is_empty());
            let message = message.map(|it| format!(": {it}")).unwrap_or_default();
            match language {
                Language::En => format!("The import of {file} {end}{message}"),
                Language::De => format!("Der Import von {file} {end}{message}"),
            }
        }
    };
    match value("customer") {
        "" => said,
        _ if inside => said,
        customer => format!("{customer}: {said}"),
    }
}
