//! Products from files.

use std::collections::HashMap;
use std::sync::LazyLock;

use kit::access::{Place, Scope};
use kit::call::Call;
use kit::conn::{Bind, Sql, Value};
use kit::error::FieldError;
use kit::event::{Change, Event, changes};
use kit::list::KindName;
use kit::resource::Resource;
use kit::{Error, Id, Result, sql};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::below;
use crate::exchange::import::columns::{Words, columns};
use crate::exchange::import::object::{Fields, ImportColumn, Importable, Key, text_of};
use crate::exchange::import::refer::texts;
use crate::licences::Product;
use crate::licences::product::{ProductCreate, ProductInput};
use crate::tree::{Provider, node, place};
use crate::written::Written;

static COLUMNS: LazyLock<Vec<ImportColumn>> = LazyLock::new(|| {
    let all = columns::<Product>(&WORDS).into_iter();
    let read = |it: ImportColumn| match it.name {
        // Read here: values may have any of the characters that separate.
        "features" => ImportColumn {
            kind: KindName::Text,
            ..it
        },
        _ => it,
    };
    all.map(read).collect()
});

const WORDS: Words = Words {
    also: &["id"],
    required: &[],
    finds: &["code", "id"],
    described: &[
        below::ID,
        (
            "features",
            "Written like Lines=4|Fax=true|Codec=G.722, or as exports have them.",
        ),
    ],
    aliases: &[
        ("name", &["product", "product name", "service"]),
        (
            "code",
            &["product code", "sku", "article number", "item number"],
        ),
        ("kind", &["type", "product type"]),
        ("description", &["notes", "remarks"]),
        ("status", &["state"]),
    ],
};

/// Where new products go, and which can be found.
pub struct Target {
    provider: Id<Provider>,
    scope: Scope,
}

/// The nodes of products that rows name by their ids: a provider, or nil for the catalogue.
type Known = HashMap<Uuid, Uuid>;

impl Importable for Product {
    type Target = Target;
    type Known = Known;
    type Links = ();
    type New = ProductCreate;
    type Edit = ProductInput;

    const SAMPLE: &'static str = "code,name,kind,description,features,status\r\n\
         PBX,Cloud PBX,service,Telephony for every desk,Lines=4|Fax=true|Codec=G.722,complete\r\n\
         PBX-MOBILE,Cloud PBX mobile,software,,,complete\r\n\
         DESK-9,Desk phone 9,hardware,,Screen=true,draft\r\n";

    const FOLLOWS: &'static [(&'static str, &'static [&'static str])] = &[("provider_id", &["id"])];

    fn columns() -> &'static [ImportColumn] {
        &COLUMNS
    }

    async fn target(call: &mut Call, scope: &Scope, node: Option<Uuid>) -> Result<Target> {
        let provider = match node {
            None => None,
            Some(id) => match node::place(call, id).await? {
                Some(Place::Provider(provider)) => Some(provider.into()),
                _ => {
                    let message = "is no provider that you see";
                    return Err(Error::field("/node_id", "unknown_reference", message));
                }
            },
        };
        let parent = place::parent(call, scope, provider, None).await?;
        Ok(Target {
            provider: parent.provider.id,
            scope: scope.clone(),
        })
    }

    fn unique(_: &Target) -> Vec<Key> {
        vec![&["provider_id", "code"]]
    }

    fn usual_match(_: &Target, mapped: &dyn Fn(&str) -> bool) -> (Vec<&'static str>, String) {
        match mapped("id") {
            true => (vec!["id"], "Rows are matched by id.".into()),
            false => (vec!["code"], "Rows are matched by code.".into()),
        }
    }

    fn narrow(target: &Target, sql: &mut Sql) {
        target.scope.filter(sql, &Self::list().scope);
    }

    fn is_meant(&self, target: &Target, lead: &str, _: &Fields) -> bool {
        lead == "id" || self.provider_id == Some(target.provider)
    }

    async fn closed(_: &mut Call, found: &[Self]) -> Result<Vec<bool>> {
        Ok(vec![false; found.len()])
    }

    async fn holders(
        call: &mut Call,
        _: &Target,
        _: Key,
        values: Vec<Vec<String>>,
    ) -> Result<Vec<(Vec<String>, Uuid)>> {
        let (nodes, codes) = below::parted(values);
        let mut sql = sql!("select node_id, code_key, id from products where true");
        sql.and_in("node_id", nodes).and_in("code_key", codes);
        Ok(below::held(call.query(sql).await?))
    }

    async fn resolve(
        call: &mut Call,
        _: &Scope,
        target: &Target,
        rows: &[&Fields],
    ) -> Result<Known> {
        let ids = texts(rows, "id");
        let ids = ids.iter().filter_map(|it| Uuid::try_parse(it.trim()).ok());
        let ids: Vec<Value> = ids.map(Bind::to_value).collect();
        if ids.is_empty() {
            return Ok(Known::default());
        }
        let mut sql = sql!("select pr.id, pr.node_id from products pr where true");
        sql.and_in("pr.id", ids);
        Self::narrow(target, &mut sql);
        let found: Vec<(Uuid, Uuid)> = call.query(sql).await?;
        Ok(found.into_iter().collect())
    }

    fn link(known: &Known, target: &Target, fields: &mut Fields) -> Result<(), Vec<FieldError>> {
        let id = fields.get("id").and_then(Json::as_str);
        let id = id.and_then(|it| Uuid::try_parse(it.trim()).ok());
        let node = id.and_then(|it| known.get(&it).copied());
        let node = node.unwrap_or(target.provider.uuid());
        fields.insert("provider_id".into(), node.to_string().into());
        if let Some(Json::String(text)) = fields.get("features") {
            let read = features(text).map_err(|it| FieldError::new("/features", "invalid", it))?;
            fields.insert("features".into(), read.into());
        }
        Ok(())
    }

    fn make(
        target: &Target,
        (): (),
        input: ProductInput,
    ) -> Result<ProductCreate, Vec<FieldError>> {
        Ok(ProductCreate {
            provider_id: Some(target.provider),
            input,
        })
    }

    fn place(target: &Target, _: &ProductCreate) -> Place {
        Place::Provider(target.provider.uuid())
    }

    fn edit(
        before: &Self,
        (): (),
        input: ProductInput,
    ) -> Result<(ProductInput, Vec<Change>), Vec<FieldError>> {
        let mut after = before.clone();
        after.input = input;
        let changes = changes(Some(before), Some(&after));
        Ok((after.input, changes))
    }

    async fn create_all(
        call: &mut Call,
        _: &Target,
        new: Vec<ProductCreate>,
    ) -> Result<Vec<Event>> {
        let scope = call.allow::<Self>("create")?;
        let made = <Self as Written>::create_all(call, &scope, new).await?;
        Ok(made.into_iter().flat_map(|it| it.1).collect())
    }

    async fn change_all(
        call: &mut Call,
        scope: &Scope,
        edits: Vec<(Self, ProductInput)>,
    ) -> Result<Vec<Event>> {
        let mut events = Vec::with_capacity(edits.len());
        for (before, input) in edits {
            let after = Written::update(call, scope, &before, input).await?;
            events.push(Event::changed("update", &before, &after));
        }
        Ok(events)
    }

    fn row_title(fields: &Fields) -> String {
        match text_of(fields, "name") {
            name if name.is_empty() => text_of(fields, "code"),
            name => name,
        }
    }
}

/// Features in one cell: `Lines=4|Fax=true`, or the objects of an export with `|` between them.
fn features(text: &str) -> Result<Vec<Json>, String> {
    let wrong = |part: &str| {
        let part = kit::text::clip(part, 40);
        format!("is written like Lines=4|Fax=true|Codec=G.722; “{part}” is not")
    };
    let mut all = vec![];
    let mut rest = text.trim();
    if rest.starts_with('[') {
        return serde_json::from_str(rest).map_err(|_| wrong(rest));
    }
    while !rest.is_empty() {
        if rest.starts_with('{') {
            let mut objects = serde_json::Deserializer::from_str(rest).into_iter::<Json>();
            let Some(Ok(one)) = objects.next() else {
                return Err(wrong(rest));
            };
            all.push(one);
            rest = rest.get(objects.byte_offset()..).unwrap_or_default();
        } else {
            let (one, after) = rest.split_once('|').unwrap_or((rest, ""));
            let (name, value) = one.split_once('=').ok_or_else(|| wrong(one))?;
            all.push(json!({ "name": name.trim(), "value": read(value.trim()) }));
            rest = after;
        }
        rest = rest.trim_start_matches([' ', '|']);
    }
    Ok(all)
}

/// Yes or no, a number, or else text.
fn read(value: &str) -> Json {
    match (value.parse::<bool>(), value.parse::<i64>()) {
        (Ok(it), _) => it.into(),
        // Leading zeros and signs are text's.
        (_, Ok(it)) if it.to_string() == value => it.into(),
        _ => value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_read() {
        let all = json!([{ "name": "Lines", "value": 4 }, { "name": "Fax", "value": true }, { "name": "No", "value": "007" }]);
        let exported =
            r#"{"name":"Lines","value":4}|{"name":"Fax","value":true}|{"name":"No","value":"007"}"#;
        for text in ["Lines=4|Fax = true| No=007", exported, &all.to_string()] {
            assert_eq!(Json::from(features(text).expect(text)), all, "{text}");
        }
        let odd = json!({ "name": "a|b=c,d", "value": "x|y" });
        assert_eq!(features(&odd.to_string()), Ok(vec![odd]));
        for text in ["Lines", "{", "[1", "a=1|b"] {
            assert!(features(text).is_err(), "{text}");
        }
    }
}
