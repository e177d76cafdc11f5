//! The authorisation matrix: every operation of the API x the node at which its object lies x who
//! asks, compared with an oracle that knows the specification only. What is hidden answers exactly
//! like what does not exist, and no answer carries a text from a node that its reader must not see.

mod fields;
mod oracle;
mod rows;
mod world;

use std::collections::HashMap;

use axum::http::Method;
use serde_json::{Value as Json, json};

use self::oracle::{Level, NODES, Node, Person, Verdict};
use self::rows::{About, Row, body, parent_field};
use self::world::{ABSENT, World, mark_of, name_of};
use crate::harness::{self, Answer, App, Client};

const fn person(name: &'static str, held: &'static [(&'static str, Node)], home: Node) -> Person {
    Person {
        name,
        held,
        home,
        only: &[],
        known: true,
    }
}

const PLATFORM: &[Person] = &[
    person(
        "platform admin",
        &[("Platform admin", Node::Platform)],
        Node::Platform,
    ),
    person(
        "platform support",
        &[("Platform support", Node::Platform)],
        Node::Platform,
    ),
    person(
        "platform reader",
        &[("Read-only", Node::Platform)],
        Node::Platform,
    ),
    person(
        "admin gone down",
        &[("Platform admin", Node::Platform)],
        Node::Reseller,
    ),
];

const PROVIDER: &[Person] = &[
    person(
        "provider admin",
        &[("Provider admin", Node::Provider)],
        Node::Provider,
    ),
    person(
        "provider support",
        &[("Provider support", Node::Provider)],
        Node::Provider,
    ),
    person(
        "accounting",
        &[("Accounting", Node::Provider)],
        Node::Provider,
    ),
    person(
        "customer manager",
        &[("Customer manager", Node::Provider)],
        Node::Provider,
    ),
    person(
        "provider reader",
        &[("Read-only", Node::Provider)],
        Node::Provider,
    ),
];

const RESELLER: &[Person] = &[
    person(
        "other provider",
        &[("Provider admin", Node::Other)],
        Node::Other,
    ),
    person(
        "reseller admin",
        &[("Reseller admin", Node::Reseller)],
        Node::Reseller,
    ),
    person(
        "reseller manager",
        &[("Customer manager", Node::Reseller)],
        Node::Reseller,
    ),
    person(
        "reseller reader",
        &[("Read-only", Node::Reseller)],
        Node::Reseller,
    ),
    person(
        "of two nodes",
        &[
            ("Read-only", Node::Reseller),
            ("Provider admin", Node::Other),
        ],
        Node::Reseller,
    ),
];

const CUSTOMER: &[Person] = &[
    person(
        "customer admin",
        &[("Customer admin", Node::Customer)],
        Node::Customer,
    ),
    person(
        "customer reader",
        &[("Read-only", Node::Customer)],
        Node::Customer,
    ),
    Person {
        name: "a token",
        held: &[("Provider admin", Node::Provider)],
        home: Node::Reseller,
        only: &[
            "customers:read",
            "customers:update",
            "sites:read",
            "audit:read",
        ],
        known: true,
    },
    Person {
        name: "stranger",
        held: &[],
        home: Node::Platform,
        only: &[],
        known: false,
    },
    Person {
        name: "disabled admin",
        held: &[("Platform admin", Node::Platform)],
        home: Node::Platform,
        only: &[],
        known: false,
    },
];

story!(people_of_the_platform, |app| run(&app, PLATFORM));
story!(people_of_a_provider, |app| run(&app, PROVIDER));
story!(people_of_a_reseller, |app| run(&app, RESELLER));
story!(people_of_a_customer_and_strangers, |app| run(
    &app, CUSTOMER
));

async fn run(app: &App, people: &[Person]) {
    let world = World::make(app).await;
    let mut operations: HashMap<String, (Method, String)> = crate::sweeps::operations(&app.state)
        .into_iter()
        .map(|(id, method, path)| (id, (method, path)))
        .collect();
    let mut rows = rows::rows();
    // Who logs out is gone.
    rows.sort_by_key(|it| it.id == "session_delete");
    let mut trial = Trial {
        world: &world,
        rows: vec![],
        cells: 0,
        wrong: vec![],
    };
    for row in rows {
        let found = operations.remove(row.id);
        let (method, path) = found.unwrap_or_else(|| panic!("no operation {}", row.id));
        trial.rows.push((row, method, path));
    }
    let mut left: Vec<_> = operations.keys().collect();
    left.sort();
    assert!(left.is_empty(), "operations without a row: {left:?}");
    for person in people {
        let client = world.enter(app, person).await;
        let before = events(app).await;
        trial.ask(person, &client).await;
        assert_eq!(
            before,
            events(app).await,
            "{} changed something",
            person.name
        );
    }
    let told = trial.wrong.join("\n");
    assert!(
        told.is_empty(),
        "{} of {} cells:\n{told}",
        trial.wrong.len(),
        trial.cells
    );
    println!("{} cells", trial.cells);
    assert!(trial.cells > 900 * people.len(), "{} cells", trial.cells);
}

async fn events(app: &App) -> i64 {
    let (count,): (i64,) = app
        .state
        .db
        .read()
        .query_one(kit::sql!(
            "select count(*) from audit_events where object_type <> 'imports'"
        ))
        .await
        .unwrap();
    count
}

struct Trial<'a> {
    world: &'a World,
    rows: Vec<(Row, Method, String)>,
    cells: usize,
    wrong: Vec<String>,
}

/// Without what differs by chance.
fn told(answer: &Answer) -> (u16, Json) {
    let mut body = answer.body.clone();
    if body["request_id"].is_string() {
        body["request_id"] = json!("");
    }
    (answer.status.as_u16(), body)
}

impl Trial<'_> {
    async fn ask(&mut self, person: &Person, client: &Client) {
        let client = client.with("if-match", "*");
        for (row, method, path) in std::mem::take(&mut self.rows) {
            let asked = Asked {
                person,
                client: &client,
                row: &row,
                method: &method,
                path: &path,
            };
            match row.about {
                About::Anybody => self.plain(&asked, Some(Verdict::Allowed)).await,
                About::Self_ => self.plain(&asked, None).await,
                About::All(kind) => self.all(&asked, kind, "").await,
                About::File(kind) => self.all(&asked, kind, "&format=ndjson").await,
                About::One(kind) => self.one(&asked, kind, false).await,
                About::Batch(kind) => self.one(&asked, kind, true).await,
                About::New(field) | About::Ask(field) => self.below(&asked, field).await,
            }
            self.rows.push((row, method, path));
        }
    }

    fn say(&mut self, asked: &Asked<'_>, node: &str, what: String) {
        let line = format!("{} / {} / {node}: {what}", asked.person.name, asked.row.id);
        self.wrong.push(line);
    }

    /// One cell: the verdict of the oracle against the answer.
    fn cell(&mut self, asked: &Asked<'_>, node: Node, verdict: Verdict, answer: &Answer) {
        self.cells += 1;
        let status = answer.status.as_u16();
        let code = answer.body["code"].as_str().unwrap_or_default();
        let fits = match verdict {
            Verdict::Unknown => status == 401,
            Verdict::Forbidden => status == 403 && code == "forbidden",
            // Where the id stands in the body, its field is told.
            Verdict::Hidden => match asked.row.about {
                About::New(_) | About::Ask(_) | About::Batch(_) => status == 422,
                _ => status == 404,
            },
            Verdict::Above => {
                code == "not_yours" || answer.body["errors"][0]["code"] == "not_yours"
            }
            Verdict::Allowed if code == "no_session" => !asked.person.only.is_empty(),
            // Out of one's own reseller nothing is moved.
            Verdict::Allowed
                if asked.row.id.starts_with("customer_move")
                    && asked.person.home.level() >= Level::Reseller =>
            {
                status == 422
            }
            Verdict::Allowed => asked.row.fine.contains(&status),
        };
        if !fits {
            let text: String = answer.text().chars().take(300).collect();
            self.say(
                asked,
                &format!("{node:?}"),
                format!("{verdict:?}, but {status} {text}"),
            );
        }
        self.marks(asked, answer);
    }

    /// No text of a node that the reader must not see.
    fn marks(&mut self, asked: &Asked<'_>, answer: &Answer) {
        let text = answer.text().to_lowercase();
        let person = asked.person;
        let inside = person.home.level() == Level::Customer;
        for node in NODES {
            let below = person.known && person.home.holds(node);
            // Or one of their own nodes, among which they choose where they work.
            let mut own = person.held.iter().map(|(_, at)| *at);
            let above = person.known && (node.holds(person.home) || own.any(|it| node.holds(it)));
            if !below && text.contains(&mark_of(node)) {
                self.say(
                    asked,
                    &format!("{node:?}"),
                    format!("tells of it: {}", around(&text, &mark_of(node))),
                );
            }
            // Who manages them, their people do see (ACC-12, ACC-13).
            let manager = person.home.parent() == Some(node)
                && ["manager", "audit_event", "event_list"]
                    .iter()
                    .any(|it| asked.row.id.starts_with(it));
            if (inside && !manager || !below && !above) && text.contains(&name_of(node)) {
                self.say(
                    asked,
                    &format!("{node:?}"),
                    format!("tells its name: {}", around(&text, &name_of(node))),
                );
            }
        }
    }

    async fn plain(&mut self, asked: &Asked<'_>, verdict: Option<Verdict>) {
        let answer = asked.send(self.world, asked.person.home, ABSENT).await;
        let verdict = verdict.unwrap_or(asked.person.may_ask(asked.row.needs));
        self.cell(asked, asked.person.home, verdict, &answer);
    }

    /// Each object of a kind is in the answer if its reader sees it, and else is not.
    async fn all(&mut self, asked: &Asked<'_>, kind: &'static str, more: &str) {
        let needs = asked.row.needs;
        for node in NODES {
            let query = match kind {
                "search" => format!("?q={}", mark_of(node)),
                "similar" => format!("?name={}", name_of(node)),
                "nodes" => "?limit=50".to_owned(),
                "notifications" => "?limit=100".to_owned(),
                _ if asked.row.id == "event_list" => "?limit=1000".to_owned(),
                _ => format!("?limit=200{}{more}", archived(kind)),
            };
            let object = match kind {
                "search" => self.world.id("sites", node),
                "similar" => self.world.id("customers", node),
                "nodes" => Some(self.world.node_id(node)).filter(|_| node != Node::Platform),
                _ => self.world.id(kind, node),
            };
            let Some(object) = object.map(str::to_owned) else {
                continue;
            };
            let query = query
                .replace("?limit=200&format", "?format")
                .replace("&limit=200", "");
            let answer = asked.get(&query).await;
            let needs = match kind {
                "search" => &[("sites", "read")][..],
                "notifications" => &[("licences", "read")][..],
                // A customer is where it is.
                "nodes" if asked.person.home.level() == Level::Customer => &[("nodes", "read")][..],
                "nodes" => match node.level() {
                    Level::Provider => &[("providers", "read")][..],
                    Level::Reseller => &[("resellers", "read")][..],
                    _ => &[("customers", "read")][..],
                },
                _ => needs,
            };
            let person = asked.person;
            let whole = person.may_ask(asked.row.needs);
            self.cell(asked, node, whole, &answer);
            let seen = match kind {
                "products" => person.product(node, needs) == Verdict::Allowed,
                _ => needs.iter().any(|(r, a)| person.may_at(node, r, a)),
            };
            if whole == Verdict::Allowed
                && seen != answer.text().contains(&format!("\"id\":\"{object}\""))
            {
                let text: String = answer.text().chars().take(200).collect();
                self.say(
                    asked,
                    &format!("{node:?}"),
                    format!("seen should be {seen}: {text}"),
                );
            }
        }
    }

    async fn one(&mut self, asked: &Asked<'_>, kind: &'static str, batch: bool) {
        for node in NODES {
            let Some(object) = self.world.id(kind, node).map(str::to_owned) else {
                continue;
            };
            let answer = asked.about(self.world, node, kind, &object, batch).await;
            let verdict = match kind {
                "sessions" if asked.person.known => Verdict::Hidden,
                "products" => asked.person.product(node, asked.row.needs),
                _ => asked.person.verdict(node, asked.row.needs),
            };
            self.cell(asked, node, verdict, &answer);
            if verdict == Verdict::Hidden {
                let absent = asked.about(self.world, node, kind, ABSENT, batch).await;
                self.same(asked, node, &answer, &absent);
            }
        }
    }

    /// Something new below each node that can hold it.
    async fn below(&mut self, asked: &Asked<'_>, field: &str) {
        for node in NODES {
            let fits = matches!(
                (field, node.level()),
                ("provider_id", Level::Provider)
                    | ("place", Level::Provider | Level::Reseller)
                    | ("customer_id", Level::Customer)
                    | ("node_id", _)
            );
            if !fits {
                continue;
            }
            let person = asked.person;
            let switches = asked.row.id == "session_node";
            let verdict = match person.switch(node) {
                it if switches => it,
                _ => person.verdict(node, asked.row.needs),
            };
            // Where it is allowed it is done, also in a dry run.
            if switches && verdict == Verdict::Allowed && node != person.home {
                continue;
            }
            if switches && !person.only.is_empty() {
                continue;
            }
            let id = self.world.node_id(node).to_owned();
            let answer = asked.send(self.world, node, &id).await;
            self.cell(asked, node, verdict, &answer);
            if verdict == Verdict::Hidden {
                let absent = asked.send(self.world, node, ABSENT).await;
                self.same(asked, node, &answer, &absent);
            }
        }
    }

    fn same(&mut self, asked: &Asked<'_>, node: Node, hidden: &Answer, absent: &Answer) {
        let (hidden, absent) = (told(hidden), told(absent));
        if hidden != absent {
            self.say(
                asked,
                &format!("{node:?}"),
                format!("hidden {hidden:?}, absent {absent:?}"),
            );
        }
    }
}

fn around(text: &str, mark: &str) -> String {
    let at = text.find(mark).unwrap();
    let from = text[..at]
        .char_indices()
        .rev()
        .take(80)
        .last()
        .map_or(0, |it| it.0);
    text[from..].chars().take(140).collect()
}

fn archived(kind: &str) -> &'static str {
    match kind {
        "customers" | "tenants" | "sites" | "resellers" => "&archived=any",
        _ => "",
    }
}

/// Who asks for which operation.
struct Asked<'a> {
    person: &'a Person,
    client: &'a Client,
    row: &'a Row,
    method: &'a Method,
    path: &'a str,
}

impl Asked<'_> {
    async fn get(&self, query: &str) -> Answer {
        self.client.get(&format!("{}{query}", self.path)).await
    }

    /// With an id in the path or the body.
    async fn send(&self, world: &World, node: Node, id: &str) -> Answer {
        let mut path = self.path.replace("{id}", id);
        let named = match self.row.id {
            "enum_list" => "countries",
            "import_sample" => "customers.csv",
            "import_columns_of" => "customers",
            _ => "grid.customers",
        };
        for name in ["{name}", "{file}", "{object}"] {
            path = path.replace(name, named);
        }
        match self.row.id {
            "customer_local_admin" => path = format!("{path}?name=x&{}={id}", parent_field(node)),
            "import_create" => path = format!("{path}?object=customers&file_name=a.csv"),
            _ => {}
        }
        if *self.method == Method::GET {
            return self.client.get(&path).await;
        }
        let join = if path.contains('?') { '&' } else { '?' };
        if self.row.id != "import_create" {
            path = format!("{path}{join}dry_run=true");
        }
        let (kind, bytes) = match self.row.id {
            "import_create" => ("text/csv", b"name\nx\n".to_vec()),
            _ => (
                "application/json",
                body(self.row, world, node, id).to_string().into_bytes(),
            ),
        };
        self.client
            .send(self.method.clone(), &path, Some(kind), bytes)
            .await
    }

    /// About one object: in the path, or in the only item of a batch.
    async fn about(
        &self,
        world: &World,
        node: Node,
        kind: &'static str,
        id: &str,
        batch: bool,
    ) -> Answer {
        let path = match kind {
            "contact_links" => {
                let customer = world.node_id(node);
                let contact = world.id("contacts", node).unwrap();
                let (customer, contact) = if id == ABSENT {
                    (ABSENT, contact)
                } else {
                    (customer, contact)
                };
                self.path
                    .replace("{id}", customer)
                    .replace("{contact_id}", contact)
            }
            _ => self
                .path
                .replace("{session_id}", world.id("sessions", node).unwrap_or(ABSENT))
                .replace("{id}", id),
        };
        if *self.method == Method::GET {
            return self.client.get(&path).await;
        }
        let body = if batch {
            let record = format!("/{kind}/{}", world.id(kind, node).unwrap());
            let version = world.admin.get(&record).await.ok()["version"].clone();
            let item = json!({ "op": "update", "id": id, "version": version });
            json!({ "items": [item] })
        } else if *self.method == Method::PUT && kind != "contact_links" {
            let known = format!("/{kind}/{}", world.id(kind, node).unwrap());
            let own = self.client.get(&path).await;
            let mut whole = match own.status.as_u16() {
                200 => own.body,
                _ => world.admin.get(&known).await.ok(),
            };
            if id == ABSENT
                && let Some(it) = whole.get_mut("id")
            {
                *it = id.into();
            }
            whole
        } else {
            body(self.row, world, node, id)
        };
        let path = format!("{path}?dry_run=true");
        self.client
            .send(
                self.method.clone(),
                &path,
                Some("application/json"),
                body.to_string().into_bytes(),
            )
            .await
    }
}
