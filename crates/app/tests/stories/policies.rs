//! Policies: who sets them, who inherits them, and from where (TREE-02, TREE-06).

use serde_json::{Value as Json, json};

use crate::harness::{self, Client, PASSWORD};
use crate::people::{browser, house, log_in, new_user, patient, try_log_in};

fn text(it: &Json) -> &str {
    it.as_str().unwrap()
}

/// A policy at a node: its value, and the name of the node that set it.
async fn policy(client: &Client, path: &str, name: &str) -> (Json, Json) {
    let found = client.get(path).await.ok()["inherited"][name].clone();
    (found["value"].clone(), found["from"]["name"].clone())
}

story!(
    policies_are_inherited_overridden_and_reset,
    |app| async move {
        let admin = app.admin().await;
        let change = admin.with("if-match", "*");
        let provider = format!("/providers/{}", text(&house(&admin).await));
        let vertex = admin
            .create("/resellers", json!({ "name": "Vertex" }))
            .await;
        let acme = json!({ "name": "Acme", "reseller_id": vertex["id"] });
        let acme = admin.create("/customers", acme).await;
        let reseller = format!("/resellers/{}", text(&vertex["id"]));
        let customer = format!("/customers/{}", text(&acme["id"]));

        // The platform's defaults come from nobody.
        let defaults = admin.get(&customer).await.ok()["inherited"].clone();
        for (name, value) in [
            ("customer_names", json!("unique")),
            ("customer_id_pattern", json!("C-{000001}")),
            ("show_customer_name", json!(false)),
            (
                "provider_fields",
                json!(["extended_name", "external_customer_id"]),
            ),
            ("require_second_factor", json!(false)),
            ("password_min_length", json!(12)),
            ("lock_out_tries", json!(10)),
            ("session_idle_minutes", json!(60)),
            ("session_max_hours", json!(12)),
            ("csv_download_rows", json!(5000)),
            ("self_sign_up", json!(false)),
            ("overuse", json!("allow")),
            ("block_term", json!(12)),
            ("expiry_warning_days", json!([90, 30, 7, 0, -7])),
        ] {
            assert_eq!(
                defaults[name],
                json!({ "value": value, "from": null }),
                "{name}"
            );
        }

        // Each level overrides the one above; reset, that one holds again.
        let of = |value: Json, from: &str| (value, json!(from));
        change.patch(&provider, json!({ "overuse": "percent 10", "block_term": 24, "expiry_warning_days": [14, 0] })).await.ok();
        assert_eq!(
            policy(&admin, &customer, "overuse").await,
            of(json!("percent 10"), "House")
        );
        change
            .patch(
                &reseller,
                json!({ "overuse": "licences  5", "expiry_warning_days": [] }),
            )
            .await
            .ok();
        assert_eq!(
            policy(&admin, &customer, "overuse").await,
            of(json!("licences 5"), "Vertex")
        );
        assert_eq!(
            policy(&admin, &customer, "expiry_warning_days").await,
            of(json!([]), "Vertex")
        );
        change
            .patch(&customer, json!({ "overuse": "forbid" }))
            .await
            .ok();
        assert_eq!(
            policy(&admin, &customer, "overuse").await,
            of(json!("forbid"), "Acme")
        );
        assert_eq!(
            policy(&admin, &reseller, "overuse").await,
            of(json!("licences 5"), "Vertex")
        );
        assert_eq!(
            policy(&admin, &provider, "overuse").await,
            of(json!("percent 10"), "House")
        );
        assert_eq!(
            policy(&admin, &customer, "block_term").await,
            of(json!(24), "House")
        );
        change
            .patch(&customer, json!({ "overuse": null }))
            .await
            .ok();
        assert_eq!(
            policy(&admin, &customer, "overuse").await,
            of(json!("licences 5"), "Vertex")
        );
        change
            .patch(
                &reseller,
                json!({ "overuse": null, "expiry_warning_days": null }),
            )
            .await
            .ok();
        assert_eq!(
            policy(&admin, &customer, "overuse").await,
            of(json!("percent 10"), "House")
        );
        change
            .patch(&provider, json!({ "overuse": null }))
            .await
            .ok();
        assert_eq!(
            policy(&admin, &customer, "overuse").await,
            (json!("allow"), Json::Null)
        );

        // A move brings the other's.
        change
            .patch(&reseller, json!({ "block_term": 36 }))
            .await
            .ok();
        let preview = admin.get(&format!("{customer}/move")).await.ok();
        assert_eq!(preview["settings_before"]["block_term"]["value"], 36);
        assert_eq!(preview["settings_after"]["block_term"]["value"], 24);

        // The audit tells it like any other field.
        let events = admin
            .items(&format!("/audit_events?object_id={}", text(&vertex["id"])))
            .await;
        assert_eq!(events[0]["changes"][0]["field"], "block_term");

        // What cannot be: told with what can.
        for (field, wrong) in [
            ("overuse", json!("percent 1001")),
            ("overuse", json!("some")),
            ("block_term", json!(0)),
            ("block_term", json!(121)),
            ("block_term", json!("soon")),
            ("expiry_warning_days", json!([400])),
            ("customer_names", json!("sometimes")),
            // Stricter than the platform's they may be, not laxer.
            ("password_min_length", json!(11)),
            ("lock_out_tries", json!(11)),
            ("session_idle_minutes", json!(61)),
            ("session_max_hours", json!(13)),
            ("csv_download_rows", json!(0)),
            ("provider_fields", json!(["name"])),
        ] {
            let answer = change.patch(&provider, json!({ field: wrong })).await;
            assert_eq!(answer.pointers(), [format!("/{field}")], "{wrong}");
        }
        // Where only the provider has a say, others have no such field.
        let answer = change
            .patch(&reseller, json!({ "show_customer_name": true }))
            .await;
        assert_eq!(answer.pointers(), ["/show_customer_name"]);

        // Fields that a provider does not use take no new values; what stands there stays.
        change
            .patch(&customer, json!({ "extended_name": "Acme Ltd" }))
            .await
            .ok();
        change
            .patch(
                &provider,
                json!({ "provider_fields": ["external_customer_id"] }),
            )
            .await
            .ok();
        change
            .patch(
                &customer,
                json!({ "extended_name": "Acme Ltd", "city": "Rome", "external_customer_id": "7" }),
            )
            .await
            .ok();
        let refused = change
            .patch(&customer, json!({ "extended_name": "Acme & Co" }))
            .await;
        assert_eq!(refused.pointers(), ["/extended_name"]);
        let new = json!({ "name": "New", "extended_name": "New Ltd" });
        assert_eq!(
            admin.post("/customers", new).await.pointers(),
            ["/extended_name"]
        );
        change
            .patch(&customer, json!({ "extended_name": "" }))
            .await
            .ok();
    }
);

story!(policies_are_settings, |app| async move {
    let admin = app.admin().await;
    let provider = text(&house(&admin).await).to_owned();
    let vertex = admin
        .create("/resellers", json!({ "name": "Vertex" }))
        .await;
    let acme = json!({ "name": "Acme", "reseller_id": vertex["id"] });
    let acme = admin.create("/customers", acme).await;
    let boss = admin
        .colleague("boss@house.example", "Provider admin", Some(&provider))
        .await;
    let support = admin
        .colleague("help@house.example", "Provider support", Some(&provider))
        .await;
    let seller = admin
        .colleague(
            "it@vertex.example",
            "Reseller admin",
            Some(text(&vertex["id"])),
        )
        .await;
    let paths = [
        format!("/providers/{provider}"),
        format!("/resellers/{}", text(&vertex["id"])),
        format!("/customers/{}", text(&acme["id"])),
    ];
    let strict = json!({ "overuse": "forbid", "country": "DE" });
    for (client, paths) in [(&support, &paths[..]), (&seller, &paths[1..])] {
        let client = client.with("if-match", "*");
        for path in paths {
            let answer = client.patch(path, json!({ "overuse": "forbid" })).await;
            assert_eq!(answer.pointers(), ["/overuse"], "{path}");
            assert_eq!(answer.body["errors"][0]["code"], "policy");
            // What they may change otherwise they do, with all they read sent back.
            let mut whole = client.get(path).await.ok();
            whole["domains"] = json!(["a.example"]);
            client.put(path, whole).await.ok();
        }
        let new = json!({ "name": "New", "block_term": 6 });
        assert_eq!(
            client.post("/customers", new).await.pointers(),
            ["/block_term"]
        );
        let batch = json!({ "items": [{ "op": "update", "id": acme["id"], "version": "*", "overuse": "forbid" }] });
        let refused = client.post("/customers/batch", batch).await;
        assert_eq!(refused.pointers(), ["/items/0/overuse"]);
    }
    let boss = boss.with("if-match", "*");
    boss.patch(&paths[0], json!({ "overuse": "forbid" }))
        .await
        .ok();
    boss.patch(&paths[1], json!({ "overuse": "allow" }))
        .await
        .ok();
    boss.patch(&paths[2], strict).await.ok();
    // A reseller's people read what holds for them, and from whom they have it.
    assert_eq!(policy(&seller, &paths[1], "session_max_hours").await.0, 12);
    let from = seller.get(&paths[2]).await.ok()["inherited"]["overuse"]["from"]["type"].clone();
    assert_eq!(from, "customer");
    // From inside a customer none of it is seen (ACC-10).
    let own = admin
        .colleague("in@acme.example", "Customer admin", Some(text(&acme["id"])))
        .await;
    let seen = own.get(&paths[2]).await.ok();
    assert_eq!(seen["overuse"], Json::Null);
    assert!(seen.get("overuse").is_none(), "{seen}");
    assert!(seen["inherited"].get("overuse").is_none(), "{seen}");
});

story!(stricter_sessions_hold_at_once, |app| async move {
    let admin = app.admin().await;
    let change = admin.with("if-match", "*");
    let house = house(&admin).await;
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    let provider = format!("/providers/{}", text(&house));
    new_user(&admin, "anna@house.example", "Provider admin", &house).await;
    new_user(&admin, "olga@other.example", "Provider admin", &other["id"]).await;
    let anna = log_in(&app, "anna@house.example", PASSWORD).await;
    let olga = log_in(&app, "olga@other.example", PASSWORD).await;

    // Of this provider's people, from the next request on.
    app.forward(20 * 60);
    anna.get("/session").await.ok();
    olga.get("/session").await.ok();
    change
        .patch(
            &provider,
            json!({ "session_max_hours": 1, "session_idle_minutes": 10 }),
        )
        .await
        .ok();
    app.forward(11 * 60);
    anna.get("/session").await.problem(401);
    olga.get("/session").await.ok();
    let anna = log_in(&app, "anna@house.example", PASSWORD).await;
    let sessions = anna.items("/sessions").await;
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    for _ in 0..6 {
        app.forward(9 * 60);
        // So that it is looked up anew, which writes its use.
        app.state.rights_changed();
        anna.get("/session").await.ok();
        touched(&app).await;
    }
    app.forward(7 * 60);
    anna.get("/session").await.problem(401);
    // A role at the strict provider makes it hold for others too.
    let olga = log_in(&app, "olga@other.example", PASSWORD).await;
    let role = crate::people::role(&admin, "Read-only").await;
    let user = olga.get("/session").await.ok()["user"]["id"].clone();
    let grant = json!({ "user_id": user, "role_id": role, "node_id": house });
    admin.create("/grants", grant).await;
    app.forward(11 * 60);
    olga.get("/session").await.problem(401);
});

/// Until the last use of the credentials is written, which no request waits for.
async fn touched(app: &harness::App) {
    let now = app.state.clock.now();
    for _ in 0..200 {
        let sql = kit::sql!("select count(*) from sessions where last_seen_at = $1", now);
        let (count,): (i64,) = app.state.db.read().query_one(sql).await.unwrap();
        if count > 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the last use was not written");
}

story!(stricter_passwords_and_locks, |app| async move {
    let admin = app.admin().await;
    let app = patient(&app);
    let change = admin.with("if-match", "*");
    let house = house(&admin).await;
    let provider = format!("/providers/{}", text(&house));
    let anna = new_user(&admin, "anna@house.example", "Provider admin", &house).await;
    change
        .patch(
            &provider,
            json!({ "lock_out_tries": 3, "password_min_length": 24 }),
        )
        .await
        .ok();

    // Three wrong ones, not ten.
    let path = format!("/users/{}", text(&anna["id"]));
    for tries in 1..=3 {
        assert_eq!(admin.get(&path).await.ok()["status"], "active", "{tries}");
        try_log_in(&app, "anna@house.example", "a wrong password")
            .await
            .problem(401);
    }
    assert_eq!(admin.get(&path).await.ok()["status"], "locked");
    admin.post(&format!("{path}/unlock"), json!({})).await.ok();

    // Every way to a new password asks for 24 characters; the old one goes on.
    let short = "a quiet boat on lake 7";
    let long = "a quiet boat on lake 7 at noon";
    let answer = try_log_in(&app, "anna@house.example", PASSWORD).await;
    let browser = browser(&app, &answer);
    let own = |new: &str| json!({ "current_password": PASSWORD, "new_password": new });
    let refused = browser.post("/session/password", own(short)).await;
    assert_eq!(refused.pointers(), ["/new_password"]);
    assert!(
        refused.text().contains("at least 24 characters"),
        "{}",
        refused.text()
    );
    let set = json!({ "password": short, "password_repeat": short });
    let answer = admin.post(&format!("{path}/set_password"), set).await;
    assert_eq!(answer.pointers(), ["/password"]);
    let role = crate::people::role(&admin, "Read-only").await;
    let user = json!({ "email": "new@house.example", "display_name": "New", "password": short, "password_repeat": short, "role_id": role, "node_id": house });
    assert_eq!(
        admin.post("/users", user.clone()).await.pointers(),
        ["/password"]
    );
    let mut elsewhere = user;
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    elsewhere["node_id"] = other["id"].clone();
    admin.create("/users", elsewhere).await;
    browser
        .post("/session/password", own(long))
        .await
        .expect(204);
});

story!(
    downloads_have_a_limit_and_programs_have_none,
    |app| async move {
        let admin = app.admin().await;
        let house = house(&admin).await;
        let provider = format!("/providers/{}", text(&house));
        for n in 0..3 {
            admin
                .create("/customers", json!({ "name": format!("Customer {n}") }))
                .await;
        }
        let browser = log_in(&app, "admin@house.example", PASSWORD).await;
        let two = json!({ "csv_download_rows": 2 });
        admin.with("if-match", "*").patch(&provider, two).await.ok();
        for format in ["csv", "xlsx", "json"] {
            let path = format!("/customers/export?format={format}");
            assert_eq!(browser.get(&path).await.problem(400), "too_many_rows");
            assert_eq!(admin.get(&path).await.status, 200);
            let narrow = format!("{path}&q=customer+1");
            assert_eq!(browser.get(&narrow).await.status, 200);
        }
    }
);
