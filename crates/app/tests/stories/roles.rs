//! Roles that people make: cloned, changed, held, taken over; and never more than one's own
//! (ACC-06, ACC-08, ACC-09).

use serde_json::{Value as Json, json};

use crate::harness::{self, App, Client, PASSWORD};
use crate::people::{house, log_in, role};

fn text(it: &Json) -> &str {
    it.as_str().unwrap()
}

fn names(it: &Json) -> Vec<&str> {
    it.as_array().unwrap().iter().map(text).collect()
}

async fn view(client: &Client, role: &Json) -> Json {
    client.get(&path(role)).await.ok()
}

fn path(role: &Json) -> String {
    format!("/roles/{}", text(&role["id"]))
}

story!(a_role_is_cloned_changed_and_taken_over, |app| async move {
    let admin = app.admin().await;
    let node = house(&admin).await;
    let chief = admin
        .colleague("chief@house.example", "Provider admin", node.as_str())
        .await;
    let support = text(&role(&chief, "Provider support").await).to_owned();

    // The clone holds what its template gives, and nothing differs.
    let clone = json!({ "name": "Night shift" });
    let made = chief
        .create(&format!("/roles/{support}/clone"), clone.clone())
        .await;
    assert_eq!(
        (&made["template_name"], &made["levels"], &made["node_name"]),
        (
            &json!("Provider support"),
            &json!(["provider"]),
            &json!("House")
        )
    );
    let seen = view(&chief, &made).await;
    for part in ["added", "missing", "gained", "lost"] {
        assert_eq!(seen["difference"][part], json!([]), "{part}");
    }
    assert_eq!(
        seen["permissions"],
        view(&chief, &json!({ "id": support })).await["permissions"]
    );
    let again = chief.post(&format!("/roles/{support}/clone"), clone).await;
    assert_eq!(again.pointers(), ["/name"]);

    // Changed, with the version that was read; the difference is told.
    let wanted = json!(["customers:read", "sites:read", "sites:delete"]);
    let change = json!({ "permissions": wanted });
    chief.patch(&path(&made), change.clone()).await.problem(428);
    let changed = chief
        .with("if-match", "\"1\"")
        .patch(&path(&made), change.clone())
        .await;
    assert_eq!(changed.ok()["permissions"], wanted);
    let stale = chief
        .with("if-match", "\"1\"")
        .patch(&path(&made), json!({ "name": "X" }))
        .await;
    assert_eq!(stale.problem(412), "stale");
    let difference = view(&chief, &made).await["difference"].clone();
    assert_eq!(difference["added"], json!(["sites:delete"]));
    assert!(names(&difference["missing"]).contains(&"customers:create"));
    assert_eq!(difference["gained"], json!([]));

    // A clone of the clone: what changes above is taken over, what was changed here stays.
    let own = chief
        .create(
            &format!("{}/clone", path(&made)),
            json!({ "name": "Trainee" }),
        )
        .await;
    let star = chief.with("if-match", "*");
    star.patch(
        &path(&own),
        json!({ "permissions": ["customers:read", "sites:read", "sites:delete", "users:read"] }),
    )
    .await
    .ok();
    star.patch(
        &path(&made),
        json!({ "permissions": ["customers:read", "sites:read", "jobs:read"] }),
    )
    .await
    .ok();
    let difference = view(&chief, &own).await["difference"].clone();
    assert_eq!(
        (&difference["gained"], &difference["lost"]),
        (&json!(["jobs:read"]), &json!(["sites:delete"]))
    );
    let taken = chief
        .post(&format!("{}/take_over", path(&own)), json!({}))
        .await;
    assert_eq!(
        taken.ok()["permissions"],
        json!(["customers:read", "sites:read", "users:read", "jobs:read"])
    );
    let difference = view(&chief, &own).await["difference"].clone();
    assert_eq!(
        (
            &difference["added"],
            &difference["gained"],
            &difference["lost"]
        ),
        (&json!(["users:read"]), &json!([]), &json!([]))
    );
    let version = taken.body["version"].clone();
    let nothing = chief
        .post(&format!("{}/take_over", path(&own)), json!({}))
        .await;
    assert_eq!(nothing.ok()["version"], version);

    // Who holds it may exactly that, on the next request after each change.
    let user = chief
            .create("/users", json!({ "email": "t@house.example", "display_name": "T", "password": PASSWORD, "password_repeat": PASSWORD, "role_id": own["id"], "node_id": node }))
            .await;
    assert_eq!(user["role_name"], "Trainee");
    let trainee = app.choose_password("t@house.example").await;
    trainee.get("/customers").await.ok();
    trainee.get("/tenants").await.problem(403);
    assert_eq!(
        trainee.get("/session").await.ok()["role"]["name"],
        "Trainee"
    );
    star.patch(&path(&own), json!({ "permissions": ["tenants:read"] }))
        .await
        .ok();
    trainee.get("/customers").await.problem(403);
    trainee.get("/tenants").await.ok();

    // Held, it stays; then it goes, and what was cloned from it goes on.
    let held = star.delete(&path(&own)).await;
    assert_eq!(held.problem(409), "in_use");
    assert_eq!(held.body["blockers"][0]["count"], 1);
    let grants = format!("/grants?role_id={}", text(&own["id"]));
    let grant = chief.items(&grants).await[0].clone();
    assert_eq!(grant["role_name"], "Trainee");
    chief
        .delete(&format!("/grants/{}", text(&grant["id"])))
        .await
        .expect(204);
    star.delete(&path(&made)).await.expect(204);
    let orphan = view(&chief, &own).await;
    assert!(orphan["difference"].is_null() && orphan["template_name"].is_null());
    let gone = chief
        .post(&format!("{}/take_over", path(&own)), json!({}))
        .await;
    assert_eq!(gone.problem(409), "no_template");
    star.delete(&path(&own)).await.expect(204);
    chief.get(&path(&own)).await.problem(404);
    let told: Vec<_> = chief.items("/audit_events?object_type=roles&sort=at").await;
    let actions: Vec<_> = told
        .iter()
        .map(|it| text(&it["action"]).to_owned())
        .collect();
    assert_eq!(
        actions,
        [
            "clone",
            "update",
            "clone",
            "update",
            "update",
            "take_over",
            "update",
            "delete",
            "delete"
        ]
    );
});

story!(
    roles_belong_to_a_node_and_are_held_there_and_below,
    |app| async move {
        let admin = app.admin().await;
        let node = house(&admin).await;
        let other = admin
            .create("/providers", json!({ "name": "Other", "code": "other" }))
            .await;
        let reseller = admin.create("/resellers", json!({ "name": "R" })).await;
        let resold = admin
            .create(
                "/customers",
                json!({ "name": "Resold", "reseller_id": reseller["id"] }),
            )
            .await;
        let direct = admin
            .create("/customers", json!({ "name": "Direct" }))
            .await;
        let seller = admin
            .colleague("r@house.example", "Reseller admin", reseller["id"].as_str())
            .await;
        let inside = admin
            .colleague("c@house.example", "Customer admin", resold["id"].as_str())
            .await;
        let stranger = admin
            .colleague("o@other.example", "Provider admin", other["id"].as_str())
            .await;
        let make = async |name: &str, owner: &Json, level: &str| {
            admin
                .create("/roles", json!({ "name": name, "node_id": owner, "level": level, "permissions": ["sites:read"] }))
                .await
        };
        let staff = make("Staff", &node, "provider").await;
        let partners = make("Partners", &node, "reseller").await;
        let clients = make("Clients", &node, "customer").await;
        let sellers = make("Seller's clients", &reseller["id"], "customer").await;
        let single = make("Of one", &resold["id"], "customer").await;
        let elsewhere = make("Of another", &direct["id"], "customer").await;

        let made_by_people = async |client: &Client| {
            let mut names: Vec<_> = client
                .items("/roles?built_in=false")
                .await
                .iter()
                .map(|it| text(&it["name"]).to_owned())
                .collect();
            names.sort();
            names
        };
        assert_eq!(made_by_people(&admin).await.len(), 6);
        assert_eq!(made_by_people(&stranger).await.len(), 0);
        assert_eq!(
            made_by_people(&seller).await,
            ["Clients", "Of one", "Partners", "Seller's clients"]
        );
        assert_eq!(
            made_by_people(&inside).await,
            ["Clients", "Of one", "Seller's clients"]
        );
        // Not visible is like not there; the names of nodes above are not told inside.
        seller.get(&path(&staff)).await.problem(404);
        stranger.get(&path(&clients)).await.problem(404);
        assert!(view(&inside, &clients).await.get("node_name").is_none());
        let under = format!(
            "/roles?built_in=false&under={}&levels=customer",
            text(&direct["id"])
        );
        let offered: Vec<_> = admin.items(&under).await;
        assert_eq!(offered.len(), 2, "{offered:?}");

        // Held at or below its node, at its level.
        let user = inside
            .create("/users", json!({ "email": "u@resold.example", "display_name": "U", "password": PASSWORD, "password_repeat": PASSWORD, "role_id": clients["id"] }))
            .await;
        let give = async |client: &Client, role: &Json, node: &Json| {
            let grant = json!({ "user_id": user["id"], "role_id": role["id"], "node_id": node });
            client.post("/grants", grant).await
        };
        give(&inside, &sellers, &resold["id"]).await.expect(201);
        give(&seller, &single, &resold["id"]).await.expect(201);
        for (client, role, node) in [
            (&admin, &elsewhere, &resold["id"]),
            (&admin, &sellers, &direct["id"]),
            (&admin, &staff, &resold["id"]),
            (&admin, &partners, &node),
            (&inside, &elsewhere, &resold["id"]),
            (&seller, &staff, &reseller["id"]),
        ] {
            assert_eq!(give(client, role, node).await.pointers(), ["/role_id"]);
        }

        // Below its node a role is seen, and left as it is; a built-in one by everybody.
        let star = seller.with("if-match", "*");
        assert_eq!(
            star.patch(&path(&partners), json!({ "name": "X" }))
                .await
                .problem(403),
            "forbidden"
        );
        star.delete(&path(&clients)).await.problem(403);
        let fixed = format!("/roles/{}", text(&role(&admin, "Customer manager").await));
        let all = admin.with("if-match", "*");
        assert_eq!(
            all.patch(&fixed, json!({ "name": "X" })).await.problem(409),
            "built_in"
        );
        assert_eq!(all.delete(&fixed).await.problem(409), "built_in");

        // A role fits its level, and its level its node.
        for (body, pointer) in [
            (
                json!({ "name": "A", "node_id": node, "level": "platform", "permissions": [] }),
                "/level",
            ),
            (
                json!({ "name": "A", "node_id": resold["id"], "level": "reseller", "permissions": [] }),
                "/level",
            ),
            (
                json!({ "name": "A", "node_id": resold["id"], "permissions": ["products:read"] }),
                "/permissions",
            ),
            (
                json!({ "name": "A", "permissions": ["boats:read"] }),
                "/permissions",
            ),
            (
                json!({ "name": "Staff", "node_id": node, "permissions": [] }),
                "/name",
            ),
            (
                json!({ "name": "A", "node_id": "01890000-0000-7000-8000-000000000001", "permissions": [] }),
                "/node_id",
            ),
            (json!({ "permissions": [] }), "/name"),
        ] {
            assert_eq!(admin.post("/roles", body).await.pointers(), [pointer]);
        }
        let foreign = json!({ "name": "A", "node_id": direct["id"], "permissions": [] });
        assert_eq!(
            seller.post("/roles", foreign).await.pointers(),
            ["/node_id"]
        );

        // A batch does what the single operations do.
        let items = json!({ "items": [
            { "op": "create", "name": "One", "node_id": node, "permissions": ["sites:read"] },
            { "op": "update", "id": staff["id"], "version": 1, "description": "Those of the house" },
            { "op": "delete", "id": partners["id"], "version": "*" },
        ] });
        assert_eq!(admin.post("/roles/batch", items).await.ok()["done"], 3);

        // Everything of a customer goes with it.
        let gone = format!("/customers/{}", text(&resold["id"]));
        all.delete(&gone).await.expect(204);
        admin.get(&path(&single)).await.problem(404);
        admin
            .post(&format!("{gone}/purge"), json!({}))
            .await
            .expect(204);
        assert_eq!(made_by_people(&admin).await.len(), 5);
    }
);

/// Every attempt of somebody to get at a permission that they do not hold.
struct Attempts<'a> {
    app: &'a App,
    client: &'a Client,
    console: &'a Client,
    node: Json,
    own: Option<Json>,
    refused: usize,
}

impl Attempts<'_> {
    async fn refuse(&mut self, client: &Client, how: harness::Answer, what: &str) {
        let code = how.status.as_u16();
        assert!(
            matches!(code, 403 | 404 | 422),
            "{} by {}: {}",
            what,
            client.user_id,
            how.text()
        );
        self.refused += 1;
    }

    async fn permission(&mut self, name: &str) {
        let (client, console, node) = (self.client, self.console, self.node.clone());
        let role = json!({ "name": "More", "node_id": node, "permissions": [name] });
        let how = client.post("/roles", role.clone()).await;
        self.refuse(client, how, name).await;
        let mut item = role;
        item["op"] = json!("create");
        let how = client
            .post("/roles/batch", json!({ "items": [item] }))
            .await;
        self.refuse(client, how, name).await;
        let token = json!({ "name": "More", "permissions": [name], "node_id": node });
        let how = console.post("/tokens", token).await;
        self.refuse(console, how, name).await;
        if let Some(own) = self.own.clone() {
            let mut permissions = own["permissions"].as_array().unwrap().clone();
            permissions.push(json!(name));
            let body = json!({ "permissions": permissions });
            let star = client.with("if-match", "*");
            let how = star.patch(&path(&own), body).await;
            self.refuse(client, how, name).await;
        }
    }

    /// A role that gives more than they hold, at their own node.
    async fn role(&mut self, id: &str, level: &str) {
        let (client, node) = (self.client, self.node.clone());
        let clone = json!({ "name": "More", "node_id": node, "level": level });
        let how = client.post(&format!("/roles/{id}/clone"), clone).await;
        self.refuse(client, how, id).await;
        let grant = json!({ "user_id": client.user_id, "role_id": id, "node_id": node });
        let how = client.post("/grants", grant).await;
        self.refuse(client, how, id).await;
        let user = json!({ "email": "more@house.example", "display_name": "More", "password": PASSWORD, "password_repeat": PASSWORD, "role_id": id, "node_id": node });
        let how = client.post("/users", user).await;
        self.refuse(client, how, id).await;
    }

    async fn rows(&self) -> i64 {
        let sql = kit::sql!(
            "select (select count(*) from roles) + (select count(*) from grants) + (select count(*) from users) + (select count(*) from tokens)"
        );
        let (rows,): (i64,) = self.app.state.db.read().query_one(sql).await.unwrap();
        rows
    }
}

story!(
    nobody_gets_at_more_than_they_hold_on_any_path,
    |app| async move {
        let admin = app.admin().await;
        let provider = house(&admin).await;
        let reseller = admin.create("/resellers", json!({ "name": "R" })).await["id"].clone();
        let customer = admin
            .create(
                "/customers",
                json!({ "name": "C", "reseller_id": reseller }),
            )
            .await["id"]
            .clone();
        let nodes = [
            ("platform", json!("00000000-0000-0000-0000-000000000000")),
            ("provider", provider),
            ("reseller", reseller),
            ("customer", customer),
        ];
        let roles = admin.items("/roles").await;
        let mut refused = 0;
        for (n, own) in roles.iter().enumerate() {
            for level in names(&own["levels"]) {
                let (_, node) = nodes.iter().find(|it| it.0 == level).unwrap();
                let email = format!("{level}{n}@house.example");
                let client = admin
                    .colleague(&email, text(&own["name"]), node.as_str())
                    .await;
                let console = log_in(&app, &email, PASSWORD).await;
                let session = client.get("/session").await.ok();
                let held = names(&session["permissions"]);
                let own_role = match held.contains(&"roles:create") {
                    false => None,
                    true => {
                        let name = format!("Own {email}");
                        let role =
                            json!({ "name": name, "node_id": node, "permissions": ["sites:read"] });
                        Some(client.create("/roles", role).await)
                    }
                };
                let mut attempts = Attempts {
                    app: &app,
                    client: &client,
                    console: &console,
                    node: node.clone(),
                    own: own_role,
                    refused: 0,
                };
                let before = attempts.rows().await;
                for it in kit::access::permissions() {
                    let name = it.to_string();
                    if !held.contains(&name.as_str()) {
                        attempts.permission(&name).await;
                    }
                }
                for role in &roles {
                    let fits = names(&role["levels"]).contains(&level);
                    // Roles of higher levels cannot be held here at all; cut down to this one they
                    // are what its admin may.
                    let gives =
                        app::people::built_in::ceiling(kit::access::Level::parse(level).unwrap());
                    let gives = names(&role["permissions"])
                        .into_iter()
                        .filter(|it| gives.names().iter().any(|name| name == it));
                    if fits && gives.into_iter().any(|it| !held.contains(&it)) {
                        attempts.role(text(&role["id"]), level).await;
                    }
                }
                assert_eq!(
                    attempts.rows().await,
                    before,
                    "{email} left something behind"
                );
                refused += attempts.refused;
            }
        }
        assert!(refused > 1_500, "{refused}");

        // A role that may more than its would-be editor is left alone, even to take something away.
        let seller = admin
            .colleague("s@house.example", "Reseller admin", nodes[2].1.as_str())
            .await;
        let wide = json!({ "name": "Wide", "node_id": nodes[2].1, "permissions": ["sites:read", "roles:update"] });
        let wide = admin.create("/roles", wide).await;
        let narrow = json!({ "name": "Narrow", "node_id": nodes[2].1, "permissions": ["roles:read", "roles:create", "roles:update", "roles:delete", "users:read"] });
        let narrow = seller.create("/roles", narrow).await;
        admin
            .create("/users", json!({ "email": "n@house.example", "display_name": "N", "password": PASSWORD, "password_repeat": PASSWORD, "role_id": narrow["id"], "node_id": nodes[2].1 }))
            .await;
        let clerk = app
            .choose_password("n@house.example")
            .await
            .with("if-match", "*");
        for change in [json!({ "permissions": [] }), json!({ "name": "X" })] {
            assert_eq!(
                clerk.patch(&path(&wide), change).await.problem(403),
                "more_than_held"
            );
        }
        assert_eq!(
            clerk.delete(&path(&wide)).await.problem(403),
            "more_than_held"
        );
        // Nor does a template give what the caller does not hold.
        let copy = seller
            .create(
                &format!("{}/clone", path(&narrow)),
                json!({ "name": "Copy" }),
            )
            .await;
        seller
            .with("if-match", "*")
            .patch(&path(&narrow), json!({ "permissions": ["roles:read", "roles:create", "roles:update", "users:read", "sites:read"] }))
            .await
            .ok();
        let taken = clerk
            .post(&format!("{}/take_over", path(&copy)), json!({}))
            .await;
        assert_eq!(taken.problem(403), "more_than_held");
    }
);

story!(nobody_loses_their_own_last_admin_role, |app| async move {
    let admin = app.admin().await;
    let node = house(&admin).await;
    let chief = admin
        .colleague("chief@house.example", "Provider admin", node.as_str())
        .await;
    // Held by way of a role of one's own making, it counts the same.
    let id = text(&role(&chief, "Provider admin").await).to_owned();
    let own = chief
        .create(&format!("/roles/{id}/clone"), json!({ "name": "Boss" }))
        .await;
    let grant = json!({ "user_id": chief.user_id, "role_id": own["id"], "node_id": node });
    let second = chief.create("/grants", grant).await;
    let grants = chief
        .items(&format!("/grants?user_id={}", chief.user_id))
        .await;
    let first = grants.iter().find(|it| it["id"] != second["id"]).unwrap();
    chief
        .delete(&format!("/grants/{}", text(&first["id"])))
        .await
        .expect(204);
    let last = chief
        .delete(&format!("/grants/{}", text(&second["id"])))
        .await;
    assert_eq!(last.problem(409), "last_admin_role");
    let star = chief.with("if-match", "*");
    let less = json!({ "permissions": ["users:read", "roles:read", "roles:update"] });
    assert_eq!(
        star.patch(&path(&own), less).await.problem(409),
        "last_admin_role"
    );
    let batch = json!({ "items": [{ "op": "update", "id": own["id"], "version": "*", "permissions": [] }] });
    chief.post("/roles/batch", batch).await.problem(422);
    assert_eq!(star.delete(&path(&own)).await.problem(409), "in_use");
    chief.get("/users").await.ok();
    // What is no matter of administering people may go.
    let mut fewer: Vec<_> = names(&own["permissions"]);
    fewer.retain(|it| *it != "webhooks:delete");
    star.patch(&path(&own), json!({ "permissions": fewer }))
        .await
        .ok();
    // The template, then, differs.
    assert_eq!(
        view(&chief, &own).await["difference"]["missing"],
        json!(["webhooks:delete"])
    );
    let last = admin
        .items(&format!("/grants?user_id={}", admin.user_id))
        .await[0]
        .clone();
    let second = admin
        .colleague("two@house.example", "Platform admin", None)
        .await;
    admin
        .post(&format!("/users/{}/lock", second.user_id), json!({}))
        .await
        .ok();
    second.get("/users").await.problem(401);
    assert_eq!(
        admin
            .delete(&format!("/grants/{}", text(&last["id"])))
            .await
            .problem(409),
        "last_admin_role"
    );
});

story!(
    a_moved_customer_keeps_its_roles_and_its_old_reseller_does_not,
    |app| async move {
        let admin = app.admin().await;
        let old = admin.create("/resellers", json!({ "name": "Old" })).await;
        let new = admin.create("/resellers", json!({ "name": "New" })).await;
        let acme = json!({ "name": "Acme", "reseller_id": old["id"] });
        let acme = admin.create("/customers", acme).await;
        let seller = admin
            .colleague("old@house.example", "Reseller admin", old["id"].as_str())
            .await;
        let role = json!({ "name": "Clerk", "level": "customer", "permissions": ["sites:read"] });
        let role = seller.create("/roles", role).await;
        let own = json!({ "name": "Own", "node_id": acme["id"], "permissions": ["sites:read"] });
        let own = seller.create("/roles", own).await;
        let user = json!({ "email": "c@acme.example", "display_name": "C", "password": PASSWORD, "password_repeat": PASSWORD, "role_id": role["id"], "node_id": acme["id"] });
        seller.create("/users", user).await;
        let clerk = app.choose_password("c@acme.example").await;
        let to = json!({ "reseller_id": new["id"] });
        let moved = format!("/customers/{}/move", text(&acme["id"]));
        admin.post(&moved, to).await.ok();
        clerk.get("/sites").await.ok();
        let star = seller.with("if-match", "*");
        let more = json!({ "permissions": ["sites:read", "sites:delete"] });
        star.patch(&path(&role), more).await.ok();
        let held = clerk.get("/session").await.ok()["permissions"].clone();
        assert_eq!(held, json!(["sites:read"]));
        seller.get(&path(&own)).await.problem(404);
        let under = format!("/roles?built_in=false&under={}", text(&new["id"]));
        assert_eq!(admin.items(&under).await.len(), 2);
    }
);
