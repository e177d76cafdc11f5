//! A customer's admin of its own, made with it (CUS-03, ACC-09).

use serde_json::{Value as Json, json};

use crate::harness::{self, Client, PASSWORD};
use crate::people::{house, log_in, role};

fn text(it: &Json) -> &str {
    it.as_str().unwrap()
}

async fn section(client: &Client, role_name: &str) -> Json {
    json!({ "password": PASSWORD, "password_repeat": PASSWORD, "role_id": role(client, role_name).await })
}

story!(a_customer_is_made_with_its_local_admin, |app| async move {
    let admin = app.admin().await;
    let node = house(&admin).await;
    let chief = admin
        .colleague("chief@house.example", "Provider admin", node.as_str())
        .await;
    let reseller = admin
        .create(
            "/resellers",
            json!({ "name": "R", "domains": ["seller.example"] }),
        )
        .await;
    let count = async |path: &str| admin.items(path).await.len();
    let roles = count("/roles").await;

    // Off: nothing of it is kept.
    chief
        .create(
            "/customers",
            json!({ "name": "Plain", "local_admin": null }),
        )
        .await;
    assert_eq!((count("/roles").await, count("/users").await), (roles, 2));

    // Before it is saved the form shows what it will be; saved it is just that.
    let manager = role(&chief, "Customer manager").await;
    let asked = format!(
        "/customers/local_admin?name=S%C3%A3o%20Bento%20Foods&domains=bento.example,x&role_id={}",
        text(&manager)
    );
    let shown = chief.get(&asked).await.ok();
    assert_eq!(
        (&shown["user"], &shown["domain"], &shown["refused"]),
        (
            &json!("Sao_Bento_FoodsAdmin"),
            &json!("bento.example"),
            &Json::Null
        )
    );
    assert_eq!(shown["role_name"], "São Bento Foods Customer manager");
    let new = json!({ "name": "São Bento Foods", "domains": ["bento.example"], "local_admin": section(&chief, "Customer manager").await });
    let made = chief.create("/customers", new).await;
    assert_eq!(made["users_count"], 1);
    let customer = format!("/customers/{}", text(&made["id"]));
    assert_eq!(chief.get(&customer).await.ok()["users_count"], 1);
    let users = format!("/users?customer_id={}", text(&made["id"]));
    let user = chief.items(&users).await[0].clone();
    assert_eq!(
        (
            &user["email"],
            &user["role_name"],
            &user["must_change_password"]
        ),
        (
            &json!("Sao_Bento_FoodsAdmin@bento.example"),
            &json!("São Bento Foods Customer manager"),
            &json!(true)
        )
    );
    let cloned = chief.items("/roles?built_in=false").await[0].clone();
    assert_eq!(
        (
            &cloned["name"],
            &cloned["full_name"],
            &cloned["levels"],
            &cloned["template_name"]
        ),
        (
            &json!("Customer manager"),
            &json!("São Bento Foods Customer manager"),
            &json!(["customer"]),
            &json!("Customer manager")
        )
    );
    assert_eq!(cloned["permissions"], shown["permissions"]);
    let inside = app::people::built_in::ceiling(kit::access::Level::Customer);
    for it in cloned["permissions"].as_array().unwrap() {
        assert!(inside.names().contains(&text(it).to_owned()), "{it}");
    }
    for part in ["missing", "added", "gained", "lost"] {
        let role = format!("/roles/{}", text(&cloned["id"]));
        assert_eq!(chief.get(&role).await.ok()["difference"][part], json!([]));
    }
    let actions: Vec<_> = chief
        .items(&format!("/audit_events?customer_id={}", text(&made["id"])))
        .await
        .iter()
        .map(|it| {
            (
                text(&it["action"]).to_owned(),
                text(&it["object_type"]).to_owned(),
            )
        })
        .collect();
    for (action, kind) in [
        ("create", "customers"),
        ("clone", "roles"),
        ("create", "users"),
    ] {
        assert!(
            actions.contains(&(action.into(), kind.into())),
            "{actions:?}"
        );
    }

    // From inside, the role is called by the default tenant's name (ACC-10), everywhere.
    let email = "Sao_Bento_FoodsAdmin@bento.example";
    app.choose_password(email).await;
    let tenant = chief
        .items(&format!("/tenants?customer_id={}", text(&made["id"])))
        .await[0]
        .clone();
    chief
        .with("if-match", "*")
        .patch(
            &format!("/tenants/{}", text(&tenant["id"])),
            json!({ "name": "Main" }),
        )
        .await
        .ok();
    let local = log_in(&app, email, PASSWORD).await;
    let called = "Main Customer manager";
    assert_eq!(local.get("/session").await.ok()["role"]["name"], called);
    assert_eq!(local.items("/users").await[0]["role_name"], called);
    assert_eq!(local.items("/grants").await[0]["role_name"], called);
    let own = local.items("/roles?built_in=false").await[0].clone();
    assert_eq!(own["full_name"], called);
    for path in [
        "/roles",
        "/roles/export",
        "/users/export",
        "/grants/export?format=ndjson",
        "/session",
    ] {
        let told = local.get(path).await.text();
        assert!(!told.contains("Bento Foods"), "{path}: {told}");
    }
    assert!(local.get("/users/export").await.text().contains(called));
    local.get("/sites").await.ok();
    local
        .post("/customers", json!({ "name": "X" }))
        .await
        .problem(403);
    // Renamed, the role goes along: its prefix is a reference.
    chief
        .with("if-match", "*")
        .patch(&customer, json!({ "name": "Bento" }))
        .await
        .ok();
    assert_eq!(
        chief.items(&users).await[0]["role_name"],
        "Bento Customer manager"
    );

    // The log-in: with the customer's id when it is taken, the reseller's domain, as typed.
    let again = json!({ "name": "Sao Bento Foods", "customer_id": "K 17", "domains": ["bento.example"], "local_admin": section(&chief, "Customer manager").await });
    let asked =
        "/customers/local_admin?name=Sao+Bento+Foods&customer_id=K+17&domains=bento.example";
    let wanted = "Sao_Bento_FoodsAdmin-K_17";
    assert_eq!(chief.get(asked).await.ok()["user"], wanted);
    let second = chief.create("/customers", again).await;
    let users = format!("/users?customer_id={}", text(&second["id"]));
    assert_eq!(
        chief.items(&users).await[0]["email"],
        format!("{wanted}@bento.example")
    );
    let mut local_admin = section(&chief, "Provider admin").await;
    local_admin["user"] = json!("boss");
    let typed =
        json!({ "name": "Resold", "reseller_id": reseller["id"], "local_admin": local_admin });
    let third = chief.create("/customers", typed).await;
    let users = format!("/users?customer_id={}", text(&third["id"]));
    assert_eq!(chief.items(&users).await[0]["email"], "boss@seller.example");
    let mut taken =
        json!({ "name": "Resold 2", "reseller_id": reseller["id"], "local_admin": local_admin });
    assert_eq!(
        chief.post("/customers", taken.clone()).await.pointers(),
        ["/local_admin/user"]
    );

    // Tried only, or answered again: nothing twice, nothing kept.
    taken["local_admin"]["user"] = json!("boss2");
    let before = (count("/roles").await, count("/users").await);
    chief
        .post("/customers?dry_run=true", taken.clone())
        .await
        .expect(201);
    assert_eq!((count("/roles").await, count("/users").await), before);
    let key = chief.with("idempotency-key", "k");
    let first = key.post("/customers", taken.clone()).await.expect(201);
    let again = key.post("/customers", taken).await.expect(201);
    assert_eq!(first["id"], again["id"]);
});

story!(
    a_local_admin_that_cannot_be_is_refused_whole,
    |app| async move {
        let admin = app.admin().await;
        let node = house(&admin).await;
        let chief = admin
            .colleague("chief@house.example", "Provider admin", node.as_str())
            .await;
        let good = section(&chief, "Provider admin").await;
        let with = |field: &str, value: Json| {
            let mut section = good.clone();
            section[field] = value;
            json!({ "name": "Acme", "domains": ["acme.example"], "local_admin": section })
        };
        let platform = role(&admin, "Platform admin").await;
        let inside = role(&admin, "Customer admin").await;
        for (body, pointers) in [
            (
                json!({ "name": "Acme", "local_admin": good }),
                vec!["/local_admin/user"],
            ),
            (
                with("password", json!("password1234")),
                vec!["/local_admin/password"],
            ),
            (
                with("password_repeat", json!("another one")),
                vec!["/local_admin/password_repeat"],
            ),
            (with("role_id", Json::Null), vec!["/local_admin/role_id"]),
            (with("role_id", platform), vec!["/local_admin/role_id"]),
            (with("role_id", inside), vec!["/local_admin/role_id"]),
            (
                with("role_id", json!("01890000-0000-7000-8000-000000000001")),
                vec!["/local_admin/role_id"],
            ),
            (with("user", json!("a b")), vec!["/local_admin/user"]),
            (with("colour", json!("red")), vec!["/local_admin"]),
            (
                json!({ "name": "Acme", "local_admin": {} }),
                vec!["/local_admin/password", "/local_admin/role_id"],
            ),
        ] {
            assert_eq!(
                chief.post("/customers", body.clone()).await.pointers(),
                pointers,
                "{body}"
            );
        }
        let mut closed = with("user", json!("boss"));
        closed["access_mode"] = json!("no_access");
        assert_eq!(
            chief.post("/customers", closed).await.pointers(),
            ["/local_admin/user"]
        );
        let shown = chief.get("/customers/local_admin?name=Acme").await.ok();
        assert!(text(&shown["refused"]).contains("needs a domain"));
        // Not in a batch: hashing passwords would keep everybody waiting.
        let mut item = with("user", json!("boss"));
        item["op"] = json!("create");
        let batch = chief
            .post("/customers/batch", json!({ "items": [item] }))
            .await;
        assert_eq!(batch.pointers(), ["/items/0/local_admin"]);

        // Who may not give it may not give it this way either (ACC-08).
        for (name, code) in [
            ("Provider support", "forbidden"),
            ("Customer manager", "forbidden"),
        ] {
            let email = format!("{}@house.example", &name[..4]);
            let other = admin
                .colleague(&email.to_lowercase(), name, node.as_str())
                .await;
            assert_eq!(
                other
                    .post("/customers", with("user", json!("boss")))
                    .await
                    .problem(403),
                code
            );
        }
        let clerk = json!({ "name": "Clerk", "node_id": node, "permissions": ["customers:read", "customers:create", "users:read", "users:create", "roles:create"] });
        let clerk = chief.create("/roles", clerk).await;
        let user = json!({ "email": "clerk@house.example", "display_name": "Clerk", "password": PASSWORD, "password_repeat": PASSWORD, "role_id": clerk["id"], "node_id": node });
        chief.create("/users", user).await;
        let clerk = app.choose_password("clerk@house.example").await;
        let more = clerk.post("/customers", with("user", json!("boss"))).await;
        assert_eq!(more.problem(403), "more_than_held");

        // Nothing of all that was kept.
        assert_eq!(admin.items("/customers").await.len(), 0);
        assert_eq!(admin.items("/roles?built_in=false").await.len(), 1);
        assert_eq!(admin.items("/users").await.len(), 5);
    }
);
