//! The part of the world that the matrix is tried in: at each node one object of each kind that can
//! lie there, with its node's name in every text, so that a leak can be seen in any answer.

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use super::oracle::{Level, NODES, Node, Person};
use crate::harness::{App, Client, PASSWORD};
use crate::people::log_in;

pub const ABSENT: &str = "01890000-0000-7000-8000-000000000001";

/// In the name of a node.
pub fn name_of(node: Node) -> String {
    format!("nm{node:?}q").to_lowercase()
}

/// In the texts of what lies at a node.
pub fn mark_of(node: Node) -> String {
    format!("zq{node:?}q").to_lowercase()
}

pub struct World {
    pub admin: Client,
    ids: HashMap<(&'static str, Node), String>,
}

fn id(it: &Json) -> String {
    it["id"].as_str().unwrap().to_owned()
}

impl World {
    /// The object of this kind at this node.
    pub fn id(&self, kind: &'static str, node: Node) -> Option<&str> {
        self.ids.get(&(kind, node)).map(String::as_str)
    }

    /// A node's own id; nil for the platform.
    pub fn node_id(&self, node: Node) -> &str {
        let kind = match node.level() {
            Level::Platform => return "00000000-0000-0000-0000-000000000000",
            Level::Provider => "providers",
            Level::Reseller => "resellers",
            Level::Customer => "customers",
        };
        self.id(kind, node).unwrap()
    }

    pub async fn make(app: &App) -> Self {
        let admin = app.admin().await;
        let mut world = Self {
            admin: admin.clone(),
            ids: HashMap::new(),
        };
        for node in NODES {
            world.make_node(node).await;
        }
        for node in NODES {
            match node.level() {
                Level::Customer => world.fill_customer(node).await,
                Level::Platform => {}
                _ => world.fill_above(app, node).await,
            }
            world.fill_people(app, node).await;
        }
        // What was done has its place in the feed.
        let keys = app::audit::Keys::random();
        while app::audit::seal(&app.state, &keys, true).await.unwrap() {}
        world
    }

    fn keep(&mut self, kind: &'static str, node: Node, made: &Json) {
        self.ids.insert((kind, node), id(made));
    }

    async fn make_node(&mut self, node: Node) {
        let name = name_of(node);
        let admin = self.admin.clone();
        match node.level() {
            Level::Platform => {}
            Level::Provider if node == Node::Provider => {
                let house = admin.items("/providers").await.remove(0);
                let path = format!("/providers/{}", id(&house));
                let renamed = admin.with("if-match", "*");
                renamed.patch(&path, json!({ "name": name })).await.ok();
                self.keep("providers", node, &house);
                self.make_product(node).await;
            }
            Level::Provider => {
                let made = json!({ "name": name, "code": name });
                let made = admin.create("/providers", made).await;
                self.keep("providers", node, &made);
                self.make_product(node).await;
            }
            Level::Reseller => {
                let provider = self.node_id(node.parent().unwrap()).to_owned();
                let made = json!({ "name": name, "provider_id": provider });
                let made = admin.create("/resellers", made).await;
                self.keep("resellers", node, &made);
            }
            Level::Customer => {
                let made = admin.create("/customers", self.customer(node, &name)).await;
                self.keep("customers", node, &made);
                let tenants = format!("/tenants?customer_id={}", id(&made));
                let tenant = format!("/tenants/{}", id(&admin.items(&tenants).await[0]));
                let own_name = json!({ "name": format!("{} default", mark_of(node)) });
                let renamed = admin.with("if-match", "*");
                renamed.patch(&tenant, own_name).await.ok();
            }
        }
    }

    /// A product, which is seen at all nodes below: its texts are nobody's mark.
    async fn make_product(&mut self, node: Node) {
        let name = format!("Product {}", node as u8);
        let product = json!({ "name": name, "code": name, "provider_id": self.node_id(node) });
        let made = self.admin.create("/products", product).await;
        self.keep("products", node, &made);
    }

    /// What is sold to a customer: a block, a device too many, and so a case of over-use.
    async fn sell(&mut self, node: Node) {
        let (admin, mark) = (self.admin.clone(), mark_of(node));
        let provider = match node {
            Node::OtherCustomer => Node::Other,
            _ => Node::Provider,
        };
        let (customer, product) = (self.node_id(node), self.id("products", provider));
        let block = json!({ "customer_id": customer, "product_id": product, "licences": 1, "note": mark, "expiration_date": "2026-05-01" });
        let group = json!({ "customer_id": customer, "name": mark });
        let mine = format!("?customer_id={customer}");
        let block = admin.create("/licence_blocks", block).await;
        let group = admin.create("/device_groups", group).await;
        let new = |identifier: String| json!({ "customer_id": customer, "product_id": product, "identifier": identifier, "group_id": group["id"] });
        let device = admin.create("/devices", new(mark.clone())).await;
        admin.create("/devices", new(format!("{mark} 2"))).await;
        let pool = admin
            .items(&format!("/licence_pools{mine}"))
            .await
            .remove(0);
        app::licences::clock::tick(admin.app.state.clone())
            .await
            .unwrap();
        let alert = admin
            .items(&format!("/expiry_alerts{mine}"))
            .await
            .remove(0);
        let case = admin
            .items(&format!("/overuse_cases{mine}"))
            .await
            .remove(0);
        let told = admin.items("/notifications?limit=100").await;
        let about = |it: &&Json| it["object_id"] == case["id"];
        let notification = told.iter().find(about).unwrap().clone();
        for (kind, made) in [
            ("licence_blocks", block),
            ("device_groups", group),
            ("devices", device),
            ("licence_pools", pool),
            ("overuse_cases", case),
            ("expiry_alerts", alert),
            ("notifications", notification),
        ] {
            self.keep(kind, node, &made);
        }
    }

    /// What makes a customer below the node's parent.
    fn customer(&self, node: Node, name: &str) -> Json {
        let parent = node.parent().unwrap();
        let key = match parent.level() {
            Level::Reseller => "reseller_id",
            _ => "provider_id",
        };
        json!({ "name": name, key: self.node_id(parent) })
    }

    async fn fill_customer(&mut self, node: Node) {
        let (admin, mark) = (self.admin.clone(), mark_of(node));
        let customer = self.node_id(node).to_owned();
        for (kind, body) in [
            ("tenants", json!({ "name": mark })),
            ("sites", json!({ "name": mark })),
            (
                "contacts",
                json!({ "last_name": mark, "roles": ["billing"] }),
            ),
        ] {
            let mut body = body;
            body["customer_id"] = customer.as_str().into();
            let made = admin.create(&format!("/{kind}"), body).await;
            self.keep(kind, node, &made);
        }
        let links = admin
            .items(&format!("/contact_links?customer_id={customer}"))
            .await;
        self.keep("contact_links", node, &links[0]);
        self.sell(node).await;
    }

    /// A customer in the bin, a contact without a customer, and an import whose job waits.
    async fn fill_above(&mut self, app: &App, node: Node) {
        let (admin, mark) = (self.admin.clone(), mark_of(node));
        let level = node.level();
        let key = if level == Level::Reseller {
            "reseller_id"
        } else {
            "provider_id"
        };
        let place = self.node_id(node).to_owned();
        let gone = admin
            .create("/customers", json!({ "name": mark, key: place }))
            .await;
        let bin = format!("/customers/{}", id(&gone));
        admin.with("if-match", "*").delete(&bin).await.expect(204);
        self.keep("bin", node, &gone);

        if level == Level::Provider {
            let issuer = format!("https://127.0.0.1:1/{mark}");
            let sso = json!({ "provider_id": place, "name": mark, "issuer": issuer, "client_id": mark, "client_secret": mark, "email_domains": [format!("{mark}.example")], "is_enabled": true });
            let sso = admin.create("/sso_providers", sso).await;
            self.keep("sso_providers", node, &sso);
            let domains = format!(
                "/sso_domains?sso_provider_id={}",
                sso["id"].as_str().unwrap()
            );
            self.keep("sso_domains", node, &admin.items(&domains).await[0]);
        }

        let role = if level == Level::Reseller {
            "Reseller admin"
        } else {
            "Provider admin"
        };
        let email = format!("boss-{mark}@house.example");
        admin.colleague(&email, role, Some(&place)).await;
        let boss = log_in(app, &email, PASSWORD).await;
        let contact = boss.create("/contacts", json!({ "last_name": mark })).await;
        self.keep("contacts", node, &contact);
        let file = format!("name\n{mark} import\n").into_bytes();
        let path = format!("/imports?object=customers&file_name={mark}.csv");
        let import = boss
            .send(axum::http::Method::POST, &path, Some("text/csv"), file)
            .await
            .expect(201);
        let plan = format!("/imports/{}/plan", id(&import));
        let planned = boss.post(&plan, json!({})).await.expect(202);
        self.keep("imports", node, &import);
        let job = json!({ "id": planned["job_id"] });
        self.keep("jobs", node, &job);
    }

    /// A role, who holds it, their token, an invitation with its email, and an audit event.
    async fn fill_people(&mut self, app: &App, node: Node) {
        let (admin, mark) = (self.admin.clone(), mark_of(node));
        let place = self.node_id(node).to_owned();
        let name = format!("{} watch", mark.replace("zq", "role "));
        let role = json!({ "node_id": place, "name": name, "permissions": ["sites:read"] });
        let role = admin.create("/roles", role).await;
        self.keep("roles", node, &role);
        // One that nobody holds yet.
        let name = format!("{name} too");
        let other = json!({ "node_id": place, "name": name, "permissions": ["sites:read"] });
        let other = admin.create("/roles", other).await;
        self.keep("others", node, &other);

        let email = format!("{mark}@house.example");
        let user = json!({ "email": email, "display_name": mark, "password": PASSWORD, "password_repeat": PASSWORD, "role_id": role["id"], "node_id": place });
        let user = admin.create("/users", user).await;
        self.keep("users", node, &user);
        app.choose_password(&email).await;
        log_in(app, &email, PASSWORD).await;
        for kind in ["grants", "tokens"] {
            let theirs = admin.items(&format!("/{kind}?user_id={}", id(&user))).await;
            self.keep(kind, node, &theirs[0]);
        }
        let sessions = format!("/users/{}/sessions", id(&user));
        let sessions = admin.get(&sessions).await.ok();
        let session = sessions["items"]
            .as_array()
            .or(sessions.as_array())
            .unwrap()[0]
            .clone();
        self.keep("sessions", node, &session);

        let email = format!("new-{mark}@house.example");
        let invitation = json!({ "email": email, "role_id": role["id"], "node_id": place });
        let invitation = admin.create("/invitations", invitation).await;
        self.keep("invitations", node, &invitation);
        let mail = admin.items(&format!("/mail_messages?q={email}")).await;
        self.keep("mail_messages", node, &mail[0]);
        let events = admin
            .items(&format!("/audit_events?object_id={}", id(&role)))
            .await;
        self.keep("audit_events", node, &events[0]);
    }

    /// Somebody with what they hold, in a browser; with a token where they have one.
    pub async fn enter(&self, app: &App, person: &Person) -> Client {
        if person.held.is_empty() {
            return app.stranger();
        }
        let email = format!("{}@house.example", person.name.replace(' ', "-"));
        let (role, at) = person.held[0];
        let place = (at != Node::Platform).then(|| self.node_id(at));
        self.admin.colleague(&email, role, place).await;
        let user = &self.admin.items(&format!("/users?email={email}")).await[0];
        for (role, at) in &person.held[1..] {
            let role = crate::people::role(&self.admin, role).await;
            let grant =
                json!({ "user_id": user["id"], "role_id": role, "node_id": self.node_id(*at) });
            self.admin.create("/grants", grant).await;
        }
        let client = log_in(app, &email, PASSWORD).await;
        if person.home != at {
            let home = json!({ "node_id": self.node_id(person.home) });
            client.post("/session/node", home).await.ok();
        }
        if !person.only.is_empty() {
            let limits = json!({ "name": "limited", "permissions": person.only, "node_id": self.node_id(person.home) });
            let made = client.create("/tokens", limits).await;
            return Client {
                token: made["token"].as_str().map(str::to_owned),
                ..app.stranger()
            };
        }
        if !person.known {
            let path = format!("/users/{}/disable", user["id"].as_str().unwrap());
            self.admin
                .with("if-match", "*")
                .post(&path, json!({}))
                .await
                .ok();
        }
        client
    }
}
