//! Who people are and what they may do: log-in, users, grants, tokens (spec 1.4).

use axum::http::Method;
use kit::State;
use kit::state::Settings;
use serde_json::{Value as Json, json};

use crate::harness::{self, Answer, App, Client, PASSWORD};

pub const OWN: &str = "a quiet boat on lake 7";

/// The same installation, with patience for many log-ins in a moment.
pub fn patient(app: &App) -> App {
    let settings = Settings {
        log_ins_per_account: 1000,
        requests_per_token: 100_000,
        keys: app.state.settings.keys.clone(),
        ..Settings::default()
    };
    let state = State::new(app.state.db.clone(), app.state.clock.clone(), settings);
    let (api, _) = app::router::api(state.clone());
    let router = app::router::outside(state.clone(), api);
    let mut patient = app.clone();
    (patient.state, patient.router) = (state, router);
    patient
}

pub async fn try_log_in(app: &App, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    app.stranger().post("/session", body).await
}

/// A browser that shows the answer's cookie from now on.
pub fn browser(app: &App, answer: &Answer) -> Client {
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap();
    app.stranger()
        .with("cookie", cookie)
        .with("sec-fetch-site", "same-origin")
}

pub async fn log_in(app: &App, email: &str, password: &str) -> Client {
    let answer = try_log_in(app, email, password).await;
    answer.ok();
    browser(app, &answer)
}

/// Without what differs by chance.
pub fn told(answer: &Answer) -> (u16, Json) {
    let mut body = answer.body.clone();
    body["request_id"] = json!("");
    (answer.status.as_u16(), body)
}

pub fn text(it: &Json) -> &str {
    it.as_str().unwrap()
}

pub async fn role(client: &Client, name: &str) -> Json {
    let roles = client.items("/roles").await;
    roles.iter().find(|it| it["name"] == name).unwrap()["id"].clone()
}

pub async fn new_user(client: &Client, email: &str, role_name: &str, node: &Json) -> Json {
    let role = role(client, role_name).await;
    let user = json!({ "email": email, "display_name": email, "password": PASSWORD, "password_repeat": PASSWORD, "role_id": role, "node_id": node });
    client.create("/users", user).await
}

pub async fn house(admin: &Client) -> Json {
    admin.items("/providers").await[0]["id"].clone()
}

story!(people_log_in_and_out, |app| async move {
    let admin = app.admin().await;
    let wrong = try_log_in(&app, "admin@house.example", "not the password").await;
    let unknown = try_log_in(&app, "nobody@house.example", PASSWORD).await;
    assert_eq!(wrong.problem(401), "wrong_credentials");
    assert_eq!(told(&wrong), told(&unknown));

    let answer = try_log_in(&app, "ADMIN@house.example", PASSWORD).await;
    let session = answer.ok();
    assert_eq!(session["node"]["type"], "platform");
    assert_eq!(session["role"]["name"], "Platform admin");
    assert_eq!(session["installation"]["empty"], true);
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("tenantry="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );

    let console = browser(&app, &answer);
    assert_eq!(console.get("/session").await.ok()["id"], session["id"]);
    assert_eq!(
        console.items("/audit_events?action=log_in").await[0]["object_name"],
        "Ada Admin"
    );

    // Only the console's own pages write.
    let cookie = cookie.split(';').next().unwrap();
    for headers in [
        vec![],
        vec![("sec-fetch-site", "cross-site")],
        vec![("origin", "https://evil.example")],
    ] {
        let mut page = app.stranger().with("cookie", cookie);
        for (name, value) in headers {
            page = page.with(name, value);
        }
        let refused = page.post("/customers", json!({ "name": "X" })).await;
        assert_eq!(refused.problem(403), "cross_origin");
        page.get("/customers").await.ok();
    }
    let page = app.stranger().with("sec-fetch-site", "cross-site");
    let body = json!({ "email": "admin@house.example", "password": PASSWORD });
    assert_eq!(
        page.post("/session", body).await.problem(403),
        "cross_origin"
    );

    // Down to the provider, and what is made there is the provider's.
    let house = house(&admin).await;
    let session = console
        .post("/session/node", json!({ "node_id": house }))
        .await
        .ok();
    assert_eq!(session["node"]["name"], "House");
    assert_eq!(session["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(session["defaults"]["time_zone"], "Europe/Berlin");
    assert_eq!(console.get("/session").await.ok()["node"]["id"], house);
    let nowhere = json!({ "node_id": "01890000-0000-7000-8000-000000000001" });
    assert_eq!(
        console.post("/session/node", nowhere).await.pointers(),
        ["/node_id"]
    );

    // Two sessions; one ends the other, then itself.
    let second = log_in(&app, "admin@house.example", PASSWORD).await;
    let sessions = console.items("/sessions").await;
    assert_eq!(sessions.len(), 2);
    let other = sessions.iter().find(|it| it["current"] == false).unwrap();
    let path = format!("/sessions/{}", text(&other["id"]));
    console.delete(&path).await.expect(204);
    assert_eq!(second.get("/session").await.problem(401), "unauthenticated");
    let gone = console.delete("/session").await;
    gone.expect(204);
    assert!(
        gone.headers["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    console.get("/session").await.problem(401);
});

story!(sessions_end_by_themselves, |app| async move {
    app.admin().await;
    let console = log_in(&app, "admin@house.example", PASSWORD).await;
    for _ in 0..15 {
        app.forward(50 * 60);
        if console.get("/session").await.status == 401 {
            break;
        }
        // The last use is written aside.
        let now = app.state.clock.now();
        for _ in 0..500 {
            let seen = kit::sql!("select count(*) from sessions where last_seen_at = $1", now);
            let (seen,): (i64,) = app.state.db.read().query_one(seen).await.unwrap();
            if seen > 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
    let passed = app.state.clock.now().seconds_since(app_start());
    assert_eq!(
        passed,
        15 * 50 * 60,
        "12 hours end between the 14th and the 15th"
    );
    let console = log_in(&app, "admin@house.example", PASSWORD).await;
    console.get("/session").await.ok();
    app.forward(61 * 60);
    console.get("/session").await.problem(401);
    app::people::purge_expired(&app.state).await.unwrap();
    let left: (i64,) = app
        .state
        .db
        .read()
        .query_one(kit::sql!("select count(*) from sessions"))
        .await
        .unwrap();
    assert_eq!(left.0, 0);
});

fn app_start() -> kit::time::Instant {
    kit::time::Instant::parse(harness::START).unwrap()
}

story!(ten_wrong_passwords_lock_an_account, |app| async move {
    let admin = app.admin().await;
    let app = patient(&app);
    let node = house(&admin).await;
    let user = new_user(&admin, "anna@house.example", "Provider admin", &node).await;
    let path = format!("/users/{}", text(&user["id"]));
    let mut last = None;
    for _ in 0..10 {
        last = Some(try_log_in(&app, "anna@house.example", "a wrong password").await);
    }
    let wrong = last.unwrap();
    assert_eq!(admin.get(&path).await.ok()["status"], "locked");
    let locked = try_log_in(&app, "anna@house.example", PASSWORD).await;
    assert_eq!(told(&locked), told(&wrong));
    assert_eq!(admin.items("/audit_events?action=lock").await.len(), 1);

    app.forward(15 * 60);
    log_in(&app, "anna@house.example", PASSWORD).await;
    assert_eq!(admin.get(&path).await.ok()["status"], "active");

    for _ in 0..10 {
        try_log_in(&app, "anna@house.example", "a wrong password").await;
    }
    let unlocked = admin.post(&format!("{path}/unlock"), json!({})).await.ok();
    assert_eq!(unlocked["status"], "active");
    log_in(&app, "anna@house.example", PASSWORD).await;
});

story!(log_ins_are_limited_for_each_account, |app| async move {
    app.admin().await;
    // At once: one after the other, a slow machine gives some back before the last.
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let app = app.clone();
        tries.spawn(async move { try_log_in(&app, "x@house.example", "a wrong password").await });
    }
    let answers = tries.join_all().await;
    let refused: Vec<_> = answers.iter().filter(|it| it.status == 429).collect();
    assert!((1..=2).contains(&refused.len()), "{}", refused.len());
    for answer in refused {
        assert_eq!(answer.problem(429), "too_many_requests");
        assert!(answer.headers.contains_key("retry-after"));
    }
    log_in(&app, "admin@house.example", PASSWORD).await;
});

story!(
    passwords_set_by_others_are_changed_first,
    |app| async move {
        let admin = app.admin().await;
        let node = house(&admin).await;
        let weak = json!({ "email": "w@house.example", "display_name": "W", "password": "password1234", "password_repeat": "x", "role_id": role(&admin, "Read-only").await, "node_id": node });
        assert_eq!(admin.post("/users", weak).await.pointers(), ["/password"]);
        let user = new_user(&admin, "anna@house.example", "Provider admin", &node).await;
        let twice = json!({ "email": "ANNA@house.example", "display_name": "A", "password": PASSWORD, "password_repeat": PASSWORD, "role_id": role(&admin, "Provider admin").await, "node_id": node });
        assert_eq!(admin.post("/users", twice).await.pointers(), ["/email"]);

        let anna = log_in(&app, "anna@house.example", PASSWORD).await;
        assert_eq!(
            anna.get("/session").await.ok()["user"]["must_change_password"],
            true
        );
        anna.get("/customers").await.problem(403);
        let second = log_in(&app, "anna@house.example", PASSWORD).await;
        let change =
            |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
        assert_eq!(
            anna.post("/session/password", change("wrong", OWN))
                .await
                .pointers(),
            ["/current_password"]
        );
        assert_eq!(
            anna.post("/session/password", change(PASSWORD, "short"))
                .await
                .pointers(),
            ["/new_password"]
        );
        let changed = anna.post("/session/password", change(PASSWORD, OWN)).await;
        changed.expect(204);
        anna.get("/session").await.problem(401);
        second.get("/session").await.problem(401);
        let anna = browser(&app, &changed);
        anna.get("/customers").await.ok();
        try_log_in(&app, "anna@house.example", PASSWORD)
            .await
            .problem(401);

        // Set anew by an admin: all sessions end, and it is to be changed again.
        let path = format!("/users/{}/set_password", text(&user["id"]));
        let differing = json!({ "password": PASSWORD, "password_repeat": OWN });
        assert_eq!(
            admin.post(&path, differing).await.pointers(),
            ["/password_repeat"]
        );
        let new = json!({ "password": PASSWORD, "password_repeat": PASSWORD });
        admin.post(&path, new).await.ok();
        anna.get("/session").await.problem(401);
        let events = admin.items("/audit_events?action=set_password").await;
        assert!(!format!("{events:?}").contains("argon2"));
    }
);

story!(nobody_gives_more_than_they_hold, |app| async move {
    let admin = app.admin().await;
    let node = house(&admin).await;
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    let chief = admin
        .colleague("chief@house.example", "Provider admin", node.as_str())
        .await;
    let support = admin
        .colleague("support@house.example", "Provider support", node.as_str())
        .await;
    let wanted = |role: &Json, node: &Json| json!({ "email": "new@house.example", "display_name": "New", "password": PASSWORD, "password_repeat": PASSWORD, "role_id": role, "node_id": node });
    let provider_admin = role(&admin, "Provider admin").await;
    let platform_admin = role(&admin, "Platform admin").await;
    let nil = json!("00000000-0000-0000-0000-000000000000");

    let refused = support.post("/users", wanted(&provider_admin, &node)).await;
    assert_eq!(refused.problem(403), "more_than_held");
    for (role, node, pointer) in [
        (&platform_admin, &node, "/role_id"),
        (&platform_admin, &nil, "/node_id"),
        (&provider_admin, &other["id"], "/node_id"),
        (
            &json!("01890000-0000-7000-8000-000000000001"),
            &node,
            "/role_id",
        ),
    ] {
        assert_eq!(
            chief.post("/users", wanted(role, node)).await.pointers(),
            [pointer]
        );
    }
    let helper = new_user(&support, "helper@house.example", "Provider support", &node).await;
    let more = json!({ "user_id": helper["id"], "role_id": provider_admin, "node_id": node });
    assert_eq!(
        support.post("/grants", more.clone()).await.problem(403),
        "more_than_held"
    );

    // Whose password one can set, whose rights one has.
    for action in ["set_password", "disable"] {
        let path = format!("/users/{}/{action}", chief.user_id);
        let body = json!({ "password": OWN, "password_repeat": OWN });
        assert_eq!(
            support.post(&path, body).await.problem(403),
            "more_than_held"
        );
    }
    let path = format!("/users/{}", chief.user_id);
    let taken = json!({ "email": "mine@house.example" });
    let answer = support.with("if-match", "*").patch(&path, taken).await;
    assert_eq!(answer.problem(403), "more_than_held");

    // Given and taken by who may.
    let grant = chief.create("/grants", more).await;
    assert_eq!(grant["role_name"], "Provider admin");
    let path = format!("/grants?user_id={}", text(&helper["id"]));
    assert_eq!(chief.items(&path).await.len(), 2);
    let path = format!("/grants/{}", text(&grant["id"]));
    assert_eq!(support.delete(&path).await.problem(403), "more_than_held");
    chief.delete(&path).await.expect(204);

    // One's own last admin role, and the platform's last admin.
    let own = &chief
        .items(&format!("/grants?user_id={}", chief.user_id))
        .await[0];
    let path = format!("/grants/{}", text(&own["id"]));
    assert_eq!(chief.delete(&path).await.problem(409), "last_admin_role");
    let root = &admin
        .items(&format!("/grants?user_id={}", admin.user_id))
        .await[0];
    let path = format!("/grants/{}", text(&root["id"]));
    assert_eq!(admin.delete(&path).await.problem(409), "last_admin_role");
    let second = admin
        .colleague("second@house.example", "Platform admin", None)
        .await;
    second.delete(&path).await.expect(204);
    admin.get("/users").await.problem(401);
    let path = format!("/users/{}/disable", second.user_id);
    assert_eq!(
        second.post(&path, json!({})).await.problem(409),
        "own_account"
    );
});

story!(what_is_taken_holds_on_the_next_request, |app| async move {
    let admin = app.admin().await;
    let app = patient(&app);
    let admin = Client {
        app: app.clone(),
        ..admin
    };
    let customer = admin.create("/customers", json!({ "name": "Acme" })).await;
    let inside = admin
        .colleague("in@acme.example", "Customer admin", customer["id"].as_str())
        .await;
    let console = log_in(&app, "in@acme.example", PASSWORD).await;
    let reason = async || {
        try_log_in(&app, "in@acme.example", PASSWORD)
            .await
            .problem(403)
    };

    // From inside, a customer is called by its default tenant's name (ACC-10).
    let session = console.get("/session").await.ok();
    assert_eq!(
        (
            text(&session["node"]["type"]),
            text(&session["node"]["path"])
        ),
        ("customer", "Acme")
    );
    assert_eq!(
        admin
            .get(&format!("/customers/{}", text(&customer["id"])))
            .await
            .ok()["users_count"],
        1
    );

    // ACC-11, ACC-15.
    let path = format!("/customers/{}", text(&customer["id"]));
    admin.post(&format!("{path}/disable"), json!({})).await.ok();
    inside.get("/sites").await.problem(401);
    console.get("/session").await.problem(401);
    assert_eq!(reason().await, "access_disabled");
    assert_eq!(
        try_log_in(&app, "in@acme.example", "not the password")
            .await
            .problem(401),
        "wrong_credentials"
    );
    admin.post(&format!("{path}/enable"), json!({})).await.ok();
    inside.get("/sites").await.ok();
    console.get("/session").await.ok();
    admin
        .with("if-match", "*")
        .patch(&path, json!({ "access_mode": "no_access" }))
        .await
        .ok();
    assert_eq!(reason().await, "no_access");
    admin
        .with("if-match", "*")
        .patch(&path, json!({ "access_mode": "full_access" }))
        .await
        .ok();
    admin.post(&format!("{path}/archive"), json!({})).await.ok();
    assert_eq!(reason().await, "customer_archived");
    admin
        .post(&format!("{path}/unarchive"), json!({}))
        .await
        .ok();

    // A suspended provider.
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    let anna = admin
        .colleague("anna@other.example", "Provider admin", other["id"].as_str())
        .await;
    let provider = format!("/providers/{}", text(&other["id"]));
    admin
        .with("if-match", "*")
        .patch(&provider, json!({ "status": "suspended" }))
        .await
        .ok();
    anna.get("/customers").await.problem(401);
    let refused = try_log_in(&app, "anna@other.example", PASSWORD).await;
    assert_eq!(refused.problem(403), "provider_suspended");
    admin
        .with("if-match", "*")
        .patch(&provider, json!({ "status": "active" }))
        .await
        .ok();
    anna.get("/customers").await.ok();

    // A disabled user.
    let disabled = admin
        .post(&format!("/users/{}/disable", inside.user_id), json!({}))
        .await
        .ok();
    assert_eq!(disabled["status"], "disabled");
    inside.get("/sites").await.problem(401);
    assert_eq!(reason().await, "account_disabled");
    admin
        .post(&format!("/users/{}/enable", inside.user_id), json!({}))
        .await
        .ok();
    inside.get("/sites").await.ok();
    // Its sessions were ended, not only stopped.
    console.get("/session").await.problem(401);
});

story!(
    tokens_have_a_part_of_their_owners_rights,
    |app| async move {
        let admin = app.admin().await;
        let node = house(&admin).await;
        let customer = admin.create("/customers", json!({ "name": "Acme" })).await;
        admin.create("/customers", json!({ "name": "Other" })).await;
        admin
            .colleague("anna@house.example", "Provider admin", node.as_str())
            .await;
        let anna = log_in(&app, "anna@house.example", PASSWORD).await;

        let wanted = json!({ "name": "Reader", "permissions": ["customers:read", "tokens:read"], "node_id": customer["id"], "expires_at": "2026-03-03T09:00:00Z" });
        let answer = anna
            .with("idempotency-key", "k1")
            .post("/tokens", wanted.clone())
            .await;
        let made = answer.expect(201);
        let secret = text(&made["token"]);
        assert!(secret.starts_with("tny_") && secret.starts_with(text(&made["prefix"])));
        let again = anna
            .with("idempotency-key", "k1")
            .post("/tokens", wanted)
            .await
            .expect(201);
        assert_eq!((&again["id"], &again["token"]), (&made["id"], &Json::Null));
        assert!(
            anna.items("/tokens")
                .await
                .iter()
                .all(|it| it["token"].is_null())
        );

        let program = Client {
            token: Some(secret.to_owned()),
            ..app.stranger()
        };
        let found = program.get("/customers").await;
        assert_eq!(found.ok()["items"].as_array().unwrap().len(), 1);
        assert!(
            found.headers.contains_key("ratelimit")
                && found.headers.contains_key("ratelimit-policy")
        );
        program.get("/users").await.problem(403);
        program
            .post("/customers", json!({ "name": "X" }))
            .await
            .problem(403);
        program
            .post("/session/node", json!({ "node_id": node }))
            .await
            .problem(403);

        // No more than the owner has; not with a token; not in the past.
        for (permissions, pointer) in [
            (json!(["providers:create"]), "/permissions"),
            (json!(["boats:read"]), "/permissions"),
        ] {
            let more = json!({ "name": "X", "permissions": permissions });
            assert_eq!(anna.post("/tokens", more).await.pointers(), [pointer]);
        }
        let past = json!({ "name": "X", "expires_at": "2026-03-01T00:00:00Z" });
        assert_eq!(anna.post("/tokens", past).await.pointers(), ["/expires_at"]);
        let whole = anna.create("/tokens", json!({ "name": "All" })).await;
        let whole = Client {
            token: Some(text(&whole["token"]).to_owned()),
            ..app.stranger()
        };
        assert_eq!(
            whole
                .post("/tokens", json!({ "name": "X" }))
                .await
                .problem(403),
            "no_session"
        );

        // Expired, revoked, garbled.
        let path = format!("/tokens/{}", text(&made["id"]));
        app.forward(24 * 60 * 60);
        program.get("/customers").await.problem(401);
        let anna = log_in(&app, "anna@house.example", PASSWORD).await;
        anna.delete(&path).await.expect(204);
        whole.get("/customers").await.ok();
        for bad in ["tny_", "tny_wrong", "abc"] {
            let program = Client {
                token: Some(bad.into()),
                ..app.stranger()
            };
            program.get("/customers").await.problem(401);
        }
        let basic = app.stranger().with("authorization", "Basic YTpi");
        basic.get("/customers").await.problem(401);
    }
);

story!(
    people_change_their_own_profile_and_preferences,
    |app| async move {
        let admin = app.admin().await;
        let profile = admin.get("/profile").await;
        assert_eq!(profile.ok()["email"], "admin@house.example");
        let changed =
            json!({ "display_name": "Ada L.", "time_zone": "Asia/Seoul", "language": "de" });
        admin.patch("/profile", changed.clone()).await.problem(428);
        let mine = admin.with("if-match", &profile.etag());
        assert_eq!(
            mine.patch("/profile", changed.clone()).await.ok()["time_zone"],
            "Asia/Seoul"
        );
        assert_eq!(mine.patch("/profile", changed).await.problem(412), "stale");
        let star = admin.with("if-match", "*");
        assert_eq!(
            star.patch("/profile", json!({ "email": "x@y.example" }))
                .await
                .pointers(),
            ["/email"]
        );
        assert!(
            star.patch("/profile", json!({ "time_zone": null }))
                .await
                .ok()["time_zone"]
                .is_null()
        );
        let events = admin
            .items("/audit_events?object_type=users&field=time_zone")
            .await;
        assert_eq!(events.len(), 2);

        admin.get("/preferences/grid.customers").await.ok();
        for value in [json!({ "columns": ["name"] }), json!("dark"), json!(null)] {
            admin
                .put("/preferences/grid.customers", json!({ "value": value }))
                .await
                .ok();
            assert_eq!(
                admin.get("/preferences/grid.customers").await.ok()["value"],
                value
            );
        }
        admin
            .put("/preferences/No", json!({ "value": 1 }))
            .await
            .problem(400);
        admin
            .put("/preferences/big", json!({ "value": "x".repeat(70_000) }))
            .await
            .problem(413);
        let other = admin.colleague("b@house.example", "Read-only", None).await;
        other.get("/preferences/grid.customers").await.ok();
    }
);

story!(
    roles_are_listed_as_far_as_they_can_be_held,
    |app| async move {
        let admin = app.admin().await;
        assert_eq!(admin.items("/roles").await.len(), 9);
        assert_eq!(admin.items("/roles?levels=reseller").await.len(), 3);
        assert_eq!(
            admin
                .items("/roles?permissions=customers:delete")
                .await
                .len(),
            4
        );
        assert_eq!(admin.items("/roles?q=custom").await.len(), 2);
        admin.get("/roles?levle=reseller").await.problem(400);
        let columns = admin.get("/roles/columns").await.ok();
        assert_eq!(columns[0]["name"], "full_name");
        let customer = admin.create("/customers", json!({ "name": "Acme" })).await;
        let inside = admin
            .colleague("in@acme.example", "Customer admin", customer["id"].as_str())
            .await;
        let names: Vec<_> = inside
            .items("/roles")
            .await
            .iter()
            .map(|it| text(&it["name"]).to_owned())
            .collect();
        assert_eq!(names, ["Customer admin", "Read-only"]);
        let hidden = format!("/roles/{}", text(&role(&admin, "Provider admin").await));
        inside.get(&hidden).await.problem(404);
        let odd = admin
            .send(
                Method::PUT,
                "/roles",
                Some("application/json"),
                b"{}".to_vec(),
            )
            .await;
        assert_eq!(odd.problem(405), "method_not_allowed");
    }
);

story!(answers_to_changes_hide_what_lists_hide, |app| async move {
    let admin = app.admin().await;
    let reseller = admin.create("/resellers", json!({ "name": "R" })).await;
    let new =
        json!({ "name": "Acme", "reseller_id": reseller["id"], "extended_name": "Acme of old" });
    let customer = admin.create("/customers", new).await;
    admin
        .colleague("in@acme.example", "Customer admin", customer["id"].as_str())
        .await;
    let seller = admin
        .colleague("r@house.example", "Reseller admin", reseller["id"].as_str())
        .await;
    let inside = log_in(&app, "in@acme.example", PASSWORD).await;
    let hides = |it: &Json, names: &[&str]| {
        for name in names {
            assert!(it.get(*name).is_none(), "{name} in {it}");
        }
    };
    let above = ["customer_name", "reseller_id", "node_name", "provider_id"];

    // ACC-10: a whitelist, in every answer.
    let site = json!({ "customer_id": customer["id"], "name": "HQ" });
    let made = inside
        .with("idempotency-key", "k")
        .post("/sites", site.clone())
        .await;
    hides(&made.expect(201), &above);
    let again = inside
        .with("idempotency-key", "k")
        .post("/sites", site)
        .await;
    assert_eq!(again.expect(201), made.body);
    let path = format!("/sites/{}", text(&made.body["id"]));
    let changed = inside
        .with("if-match", "\"1\"")
        .patch(&path, json!({ "name": "Headquarters" }))
        .await;
    assert_eq!(changed.ok()["name"], "Headquarters");
    hides(&changed.body, &above);
    let stale = inside
        .with("if-match", "\"1\"")
        .patch(&path, json!({ "name": "X" }))
        .await;
    assert_eq!(stale.problem(412), "stale");
    hides(&stale.body["current"], &above);
    let user = new_user(&inside, "two@acme.example", "Read-only", &customer["id"]).await;
    hides(&user, &above);
    assert_eq!(user["email"], "two@acme.example");
    let token = inside.create("/tokens", json!({ "name": "T" })).await;
    hides(&token, &above);
    let program = Client {
        token: Some(text(&token["token"]).to_owned()),
        ..app.stranger()
    };
    assert_eq!(program.items("/sites").await.len(), 1);
    let profile = inside
        .with("if-match", "*")
        .patch("/profile", json!({ "language": "de" }))
        .await;
    assert_eq!(
        (&profile.ok()["language"], &profile.body["email"]),
        (&json!("de"), &json!("in@acme.example"))
    );

    // What only the provider sees, its resellers do not.
    let path = format!("/customers/{}", text(&customer["id"]));
    let changed = seller
        .with("if-match", "*")
        .patch(&path, json!({ "city": "Kiel" }))
        .await;
    assert_eq!(changed.ok()["city"], "Kiel");
    hides(&changed.body, &["extended_name"]);
    hides(&seller.items("/customers").await[0], &["extended_name"]);
    assert_eq!(admin.get(&path).await.ok()["extended_name"], "Acme of old");
});
