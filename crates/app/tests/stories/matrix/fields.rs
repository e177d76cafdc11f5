//! Every id-shaped field of every operation, and every read-only field of every record.

use std::collections::{HashMap, HashSet};

use axum::http::Method;
use serde_json::{Map, Value as Json, json};

use super::oracle::Node;
use super::rows::{self, About};
use super::world::{ABSENT, World};
use super::{PLATFORM, RESELLER, told};
use crate::harness::{self, App, Client};

/// The API document as JSON, with a way to follow its references.
struct Document(Json);

impl Document {
    fn of(app: &App) -> Self {
        let (_, document) = app::router::api(app.state.clone());
        Self(serde_json::to_value(document).unwrap())
    }

    fn whole<'a>(&'a self, schema: &'a Json) -> &'a Json {
        match schema["$ref"].as_str() {
            Some(name) => {
                let name = name.rsplit('/').next().unwrap();
                self.whole(&self.0["components"]["schemas"][name])
            }
            None => schema,
        }
    }

    /// The fields of an operation's body.
    fn fields(&self, path: &str, method: &Method) -> Map<String, Json> {
        let operation = &self.0["paths"][path][method.as_str().to_lowercase()];
        let body = &operation["requestBody"]["content"];
        let Some(schema) = body.as_object().and_then(|it| it.values().next()) else {
            return Map::new();
        };
        let fields = &self.whole(&schema["schema"])["properties"];
        fields.as_object().cloned().unwrap_or_default()
    }
}

/// Whether the field takes an id: `customer_id` of a customer is a number that people choose.
fn takes_id(name: &str, schema: &Json) -> bool {
    name.ends_with("_id") && schema.to_string().contains("uuid")
}

/// An object of the kind that the field names, which a reseller's people must not see.
fn hidden<'a>(world: &'a World, field: &str) -> &'a str {
    let found = match field {
        "provider_id" => world.id("providers", Node::Other),
        "reseller_id" => world.id("resellers", Node::Rival),
        "customer_id" | "own_customer_id" | "except" => world.id("customers", Node::RivalCustomer),
        "tenant_id" => world.id("tenants", Node::RivalCustomer),
        "contact_id" | "billing_contact_id" => world.id("contacts", Node::RivalCustomer),
        "owner_id" | "user_id" | "actor_id" => world.id("users", Node::Rival),
        "role_id" | "template_id" => world.id("roles", Node::Rival),
        "job_id" => world.id("jobs", Node::Rival),
        "product_id" => world.id("products", Node::Other),
        "site_id" => world.id("sites", Node::RivalCustomer),
        "group_id" => world.id("device_groups", Node::RivalCustomer),
        "pool_id" => world.id("licence_pools", Node::RivalCustomer),
        // A node or an object of any kind.
        _ => world.id("customers", Node::Direct),
    };
    found.unwrap()
}

story!(
    foreign_ids_answer_like_absent_ones_in_every_field,
    |app| async move {
        let world = World::make(&app).await;
        let document = Document::of(&app);
        let operations = crate::sweeps::operations(&app.state);
        let rows: HashMap<_, _> = rows::rows().into_iter().map(|it| (it.id, it)).collect();
        // The admin of a reseller, and somebody who may everything there.
        let people = [&RESELLER[1], &PLATFORM[3]];
        let mut asked = 0;
        let mut wrong = vec![];
        for person in people {
            let client = world.enter(&app, person).await.with("if-match", "*");
            for (id, method, path) in &operations {
                let row = &rows[id.as_str()];
                let kind = match row.about {
                    About::One(kind) | About::Batch(kind) => kind,
                    _ => "customers",
                };
                let node = Node::Customer;
                let object = world
                    .id(kind, node)
                    .or(world.id(kind, Node::Reseller))
                    .unwrap_or(ABSENT);
                let plain = path.replace("{id}", object);
                if *method != Method::GET && *method != Method::DELETE {
                    for (field, schema) in document.fields(path, method) {
                        if !takes_id(&field, &schema) || id.starts_with("session_") {
                            continue;
                        }
                        let mut answers = vec![];
                        for value in [hidden(&world, &field), ABSENT] {
                            let mut body = rows::body(row, &world, node, world.node_id(node));
                            body[&field] = value.into();
                            let path = format!("{plain}?dry_run=true");
                            let bytes = body.to_string().into_bytes();
                            let answer =
                                client.send(method.clone(), &path, Some("application/json"), bytes);
                            answers.push(told(&answer.await));
                        }
                        asked += 1;
                        let taken = (200..300).contains(&answers[0].0);
                        if answers[0] != answers[1] || taken {
                            wrong.push(format!("{} {id} {field}: {answers:?}", person.name));
                        }
                    }
                }
                if let About::All(list) = row.about
                    && id.ends_with("_list")
                    && world
                        .id(list, Node::Rival)
                        .or(world.id(list, Node::RivalCustomer))
                        .is_some()
                {
                    asked += filters(&client, path, &world, &mut wrong).await;
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(asked > 150, "{asked}");
    }
);

/// By every column that holds an id, and below every node.
async fn filters(client: &Client, path: &str, world: &World, wrong: &mut Vec<String>) -> usize {
    let columns = client.get(&format!("{path}/columns")).await;
    if columns.status != 200 {
        return 0;
    }
    let mut names = vec!["under".to_owned()];
    for column in columns.ok().as_array().unwrap() {
        if ["reference", "id"].contains(&column["type"].as_str().unwrap_or_default()) {
            names.push(column["name"].as_str().unwrap().to_owned());
        }
    }
    for name in &names {
        let mut answers = vec![];
        for value in [hidden(world, name), ABSENT] {
            let answer = client
                .get(&format!("{path}?{name}={value}&count=exact"))
                .await;
            answers.push(told(&answer));
        }
        if answers[0] != answers[1] {
            wrong.push(format!("{path} {name}: {answers:?}"));
        }
    }
    names.len()
}

story!(
    read_only_fields_are_refused_when_they_change,
    |app| async move {
        let world = World::make(&app).await;
        let document = Document::of(&app);
        let client = world.admin.with("if-match", "*");
        let mut asked = 0;
        let mut wrong = vec![];
        for (id, method, path) in crate::sweeps::operations(&app.state) {
            let Some(one) = id.strip_suffix("_update") else {
                continue;
            };
            let writable: HashSet<_> = document
                .fields(&path, &method)
                .into_iter()
                .map(|it| it.0)
                .collect();
            let kind = rows::rows().into_iter().find_map(|it| match it.about {
                About::One(kind) if it.id == id => Some(kind),
                _ => None,
            });
            let object = kind.and_then(|it| {
                world
                    .id(it, Node::Customer)
                    .or(world.id(it, Node::Reseller))
                    .or(world.id(it, Node::Provider))
            });
            let path = path.replace("{id}", object.unwrap_or_default());
            let whole = client.get(&path).await.ok();
            for (field, value) in whole.as_object().unwrap() {
                if writable.contains(field) {
                    continue;
                }
                let other = match value {
                    Json::String(text) => json!(format!("{text}x")),
                    Json::Number(_) => json!(9_999),
                    Json::Bool(it) => json!(!it),
                    _ => json!("x"),
                };
                let answer = client.patch(&path, json!({ field: other })).await;
                asked += 1;
                if answer.status != 422 || answer.pointers() != [format!("/{field}")] {
                    wrong.push(format!(
                        "{one} {field}: {} {}",
                        answer.status,
                        answer.text()
                    ));
                }
            }
            assert_eq!(client.get(&path).await.ok(), whole, "{one}");
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(asked > 80, "{asked}");
    }
);
