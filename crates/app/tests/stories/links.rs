//! Invitations and forgotten passwords: links that work once, for one purpose, and not for long
//! (ONB-09, security.md 17).

use serde_json::{Value as Json, json};

use crate::harness::{self, Answer, App, Client, PASSWORD};
use crate::mail::worker;
use crate::mail_server::{MailServer, Received, Way};
use crate::people::{OWN, house, log_in, new_user, patient, role, text, told, try_log_in};

/// A reader of mailboxes.
struct Mailbox {
    app: App,
    server: MailServer,
}

impl Mailbox {
    async fn open(app: &App) -> Self {
        let server = MailServer::start(Way::Plain).await;
        let app = app.clone();
        Self { app, server }
    }

    /// Everything that was ever written to an address.
    async fn all(&self, address: &str) -> Vec<Received> {
        worker(&self.app, self.server.port).run_due().await.unwrap();
        let mut all = self.server.received();
        all.retain(|it| it.to == [address]);
        all
    }

    async fn last(&self, address: &str) -> Received {
        self.all(address).await.pop().expect("no mail")
    }
}

async fn invite(client: &Client, email: &str, role_name: &str, node: &Json) -> Json {
    let role = role(client, role_name).await;
    let body = json!({ "email": email, "display_name": "Mia", "role_id": role, "node_id": node });
    client.create("/invitations", body).await
}

async fn accept(app: &App, token: &str) -> Answer {
    let body = json!({ "token": token, "display_name": "Mia Sol", "password": OWN });
    app.stranger().post("/invitations/accept", body).await
}

async fn look(app: &App, token: &str) -> Answer {
    let body = json!({ "token": token });
    app.stranger().post("/invitations/look", body).await
}

async fn ask(app: &App, email: &str) -> Answer {
    let body = json!({ "email": email });
    app.stranger().post("/password_resets", body).await
}

async fn choose(app: &App, token: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "password": password });
    app.stranger().post("/password_resets/complete", body).await
}

story!(people_are_invited_by_email, |app| async move {
    let admin = app.admin().await;
    let app = patient(&app);
    let admin = Client {
        app: app.clone(),
        ..admin
    };
    let node = house(&admin).await;
    let mailbox = Mailbox::open(&app).await;
    let made = invite(&admin, "mia@house.example", "Provider admin", &node).await;
    assert_eq!(
        (text(&made["state"]), text(&made["node_name"])),
        ("pending", "House")
    );
    assert_eq!(made["expires_at"], "2026-03-09T09:00:00Z");
    assert!(admin.items("/users?q=mia").await.is_empty());
    let twice =
        json!({ "email": "MIA@house.example", "role_id": made["role_id"], "node_id": node });
    assert_eq!(
        admin.post("/invitations", twice).await.pointers(),
        ["/email"]
    );

    let mail = mailbox.last("mia@house.example").await;
    assert_eq!(mail.header("subject"), "Invitation to House");
    let token = mail.token();
    let offered = look(&app, &token).await.ok();
    assert_eq!(
        (text(&offered["role_name"]), &offered["has_account"]),
        ("Provider admin", &json!(false))
    );
    let empty = json!({ "token": token });
    assert_eq!(
        app.stranger()
            .post("/invitations/accept", empty)
            .await
            .pointers(),
        ["/display_name"]
    );
    let weak = json!({ "token": token, "display_name": "Mia", "password": "password1234" });
    assert_eq!(
        app.stranger()
            .post("/invitations/accept", weak)
            .await
            .pointers(),
        ["/password"]
    );
    let page = app.stranger().with("sec-fetch-site", "cross-site");
    let body = json!({ "token": token, "display_name": "Mia", "password": OWN });
    assert_eq!(
        page.post("/invitations/accept", body).await.problem(403),
        "cross_origin"
    );

    // Eight at the same moment: one of them.
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let (app, token) = (app.clone(), token.clone());
            tokio::spawn(async move { accept(&app, &token).await.status.as_u16() })
        })
        .collect();
    let mut answers = vec![];
    for it in tries {
        answers.push(it.await.unwrap());
    }
    answers.sort_unstable();
    assert_eq!(answers, [204, 403, 403, 403, 403, 403, 403, 403]);
    assert_eq!(accept(&app, &token).await.problem(403), "link_void");
    assert_eq!(look(&app, &token).await.problem(403), "link_void");

    let mia = log_in(&app, "mia@house.example", OWN).await;
    let session = mia.get("/session").await.ok();
    assert_eq!(
        (
            text(&session["node"]["name"]),
            &session["user"]["must_change_password"]
        ),
        ("House", &json!(false))
    );
    let users = admin.items("/users?q=mia").await;
    assert_eq!((users.len(), text(&users[0]["status"])), (1, "active"));
    let path = format!("/invitations/{}", text(&made["id"]));
    assert_eq!(admin.get(&path).await.ok()["state"], "accepted");
    for action in ["resend", "revoke"] {
        assert_eq!(
            admin
                .post(&format!("{path}/{action}"), json!({}))
                .await
                .problem(409),
            "not_pending"
        );
    }
    let accepted = admin.items("/audit_events?action=accept").await;
    assert_eq!(text(&accepted[0]["actor_name"]), "Mia Sol");
    hides(&app, &admin, &token).await;
});

/// A secret stands nowhere where somebody reads: not in the audit, nor the mail log, nor the database.
async fn hides(app: &App, admin: &Client, secret: &str) {
    for list in ["audit_events", "mail_messages", "invitations", "jobs"] {
        let all = admin.get(&format!("/{list}?limit=200")).await;
        assert!(!all.text().contains(secret), "{list}");
    }
    let rows: Vec<(String, String)> = app
        .state
        .db
        .read()
        .query(kit::sql!("select token_hash, sealed from one_shots union all select body_text, body_html from mail_messages union all select answer, fingerprint from (select cast(answer as text) as answer, fingerprint from idempotency_keys) kept"))
        .await
        .unwrap();
    assert!(
        rows.iter()
            .all(|it| !it.0.contains(secret) && !it.1.contains(secret))
    );
}

story!(
    invitations_are_sent_again_revoked_and_run_out,
    |app| async move {
        let admin = app.admin().await;
        let node = house(&admin).await;
        let mailbox = Mailbox::open(&app).await;
        let made = invite(&admin, "mia@house.example", "Read-only", &node).await;
        let path = format!("/invitations/{}", text(&made["id"]));
        let first = mailbox.last("mia@house.example").await.token();

        app.forward(6 * 24 * 3600);
        let again = admin.post(&format!("{path}/resend"), json!({})).await.ok();
        assert_eq!(again["expires_at"], "2026-03-15T09:00:00Z");
        let second = mailbox.last("mia@house.example").await.token();
        assert_ne!(first, second);
        assert_eq!(look(&app, &first).await.problem(403), "link_void");
        assert_eq!(accept(&app, &first).await.problem(403), "link_void");
        look(&app, &second).await.ok();

        // The message can be sent again as long as its link works.
        let messages = admin
            .items("/mail_messages?kind=invitation&sort=created_at")
            .await;
        let send = |n: usize| format!("/mail_messages/{}/send", text(&messages[n]["id"]));
        assert!(text(&messages[1]["body_text"]).contains("#••••••••"));
        assert_eq!(
            admin.post(&send(0), json!({})).await.problem(409),
            "link_void"
        );
        admin.post(&send(1), json!({})).await.ok();
        assert_eq!(mailbox.last("mia@house.example").await.token(), second);

        app.forward(7 * 24 * 3600);
        assert_eq!(look(&app, &second).await.problem(403), "link_void");
        assert_eq!(accept(&app, &second).await.problem(403), "link_void");
        admin.post(&format!("{path}/resend"), json!({})).await.ok();
        let third = mailbox.last("mia@house.example").await.token();
        look(&app, &third).await.ok();

        // What is revoked before it was sent is not sent any more.
        admin.post(&format!("{path}/resend"), json!({})).await.ok();
        let revoked = admin.post(&format!("{path}/revoke"), json!({})).await.ok();
        assert_eq!(revoked["state"], "revoked");
        let count = mailbox.all("mia@house.example").await.len();
        assert_eq!(count, 4);
        let unsent = admin
            .items("/mail_messages?kind=invitation&state=failed")
            .await;
        assert!(
            text(&unsent[0]["errors"][0]["error"]).contains("link"),
            "{unsent:?}"
        );
        assert_eq!(accept(&app, &third).await.problem(403), "link_void");
        // One may be invited anew.
        invite(&admin, "mia@house.example", "Read-only", &node).await;
        accept(&app, &mailbox.last("mia@house.example").await.token())
            .await
            .expect(204);
    }
);

story!(
    invitations_give_no_more_than_their_giver_holds,
    |app| async move {
        let admin = app.admin().await;
        let node = house(&admin).await;
        let mailbox = Mailbox::open(&app).await;
        let support = admin
            .colleague("support@house.example", "Provider support", node.as_str())
            .await;
        let chief = admin
            .colleague("chief@house.example", "Provider admin", node.as_str())
            .await;
        let more = json!({ "email": "x@house.example", "role_id": role(&admin, "Provider admin").await, "node_id": node });
        assert_eq!(
            support.post("/invitations", more).await.problem(403),
            "more_than_held"
        );
        let above = json!({ "email": "x@house.example", "role_id": role(&admin, "Platform admin").await, "node_id": "00000000-0000-0000-0000-000000000000" });
        assert_eq!(
            chief.post("/invitations", above).await.pointers(),
            ["/node_id"]
        );
        let reader = admin
            .colleague("reader@house.example", "Read-only", node.as_str())
            .await;
        let any = json!({ "email": "x@house.example", "role_id": role(&admin, "Read-only").await });
        reader.post("/invitations", any).await.problem(403);

        // Who has gone lets nobody in.
        let made = invite(&chief, "mole@house.example", "Provider admin", &node).await;
        let path = format!("/invitations/{}", text(&made["id"]));
        assert_eq!(
            support
                .post(&format!("{path}/resend"), json!({}))
                .await
                .problem(403),
            "more_than_held"
        );
        let token = mailbox.last("mole@house.example").await.token();
        look(&app, &token).await.ok();
        admin
            .post(&format!("/users/{}/disable", chief.user_id), json!({}))
            .await
            .ok();
        assert_eq!(look(&app, &token).await.problem(403), "link_void");
        assert_eq!(accept(&app, &token).await.problem(403), "link_void");
        // Unless somebody else answers for it.
        admin.post(&format!("{path}/resend"), json!({})).await.ok();
        accept(&app, &mailbox.last("mole@house.example").await.token())
            .await
            .expect(204);
    }
);

story!(an_invitation_tells_nobody_of_an_account, |app| async move {
    let admin = app.admin().await;
    let app = patient(&app);
    let admin = Client {
        app: app.clone(),
        ..admin
    };
    let node = house(&admin).await;
    let mailbox = Mailbox::open(&app).await;
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    let chief = admin
        .colleague(
            "chief@other.example",
            "Provider admin",
            other["id"].as_str(),
        )
        .await;
    new_user(&admin, "anna@house.example", "Accounting", &node).await;
    let known = invite(&chief, "anna@house.example", "Accounting", &other["id"]).await;
    let unknown = invite(&chief, "nina@house.example", "Accounting", &other["id"]).await;
    let plain = |it: &Json| {
        let mut it = it.clone();
        for name in ["id", "email"] {
            it[name] = json!("");
        }
        it
    };
    assert_eq!(plain(&known), plain(&unknown));
    let log = chief
        .items("/mail_messages?sort=recipient&kind=invitation")
        .await;
    let shape = |it: &Json| {
        (
            it["subject"].clone(),
            it["language"].clone(),
            it["body_text"].clone(),
        )
    };
    assert_eq!(shape(&log[0]), shape(&log[1]));
    assert!(chief.items("/users?q=anna").await.is_empty());

    let token = mailbox.last("anna@house.example").await.token();
    assert_eq!(look(&app, &token).await.ok()["has_account"], true);
    let body = json!({ "token": token });
    // Somebody else made the account, and knows its password: the link alone adds nothing to it.
    let refused = app
        .stranger()
        .post("/invitations/accept", body.clone())
        .await;
    assert_eq!(refused.problem(403), "log_in_first");
    let fresh = log_in(&app, "anna@house.example", PASSWORD).await;
    let refused = fresh.post("/invitations/accept", body.clone()).await;
    assert_eq!(refused.problem(403), "log_in_first");
    app.choose_password("anna@house.example").await;
    let anna = log_in(&app, "anna@house.example", PASSWORD).await;
    anna.post("/invitations/accept", body).await.expect(204);
    // The account is the same, with one more role.
    let nodes = anna.get("/session").await.ok()["nodes"].clone();
    let names: Vec<_> = nodes
        .as_array()
        .unwrap()
        .iter()
        .map(|it| text(&it["name"]).to_owned())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let grants = chief.items("/grants").await;
    assert!(
        grants
            .iter()
            .any(|it| it["user_name"] == "anna@house.example")
    );
    // Invited to what they hold already: nothing happens, and nothing breaks.
    invite(&chief, "anna@house.example", "Accounting", &other["id"]).await;
    let token = mailbox.last("anna@house.example").await.token();
    let body = json!({ "token": token });
    anna.post("/invitations/accept", body).await.expect(204);

    // ACC-10: whoever is invited into a customer reads the default tenant's name.
    let customer = admin
        .create("/customers", json!({ "name": "Inside Secret Ltd" }))
        .await;
    let tenant = &admin
        .items(&format!("/tenants?customer_id={}", text(&customer["id"])))
        .await[0];
    let path = format!("/tenants/{}", text(&tenant["id"]));
    admin
        .with("if-match", "*")
        .patch(&path, json!({ "name": "Clinic" }))
        .await
        .ok();
    invite(
        &admin,
        "in@clinic.example",
        "Customer admin",
        &customer["id"],
    )
    .await;
    let mail = mailbox.last("in@clinic.example").await;
    assert_eq!(mail.header("subject"), "Invitation to Clinic");
    assert!(!String::from_utf8_lossy(&mail.raw).contains("Secret"));
    let offered = look(&app, &mail.token()).await;
    assert!(offered.text().contains("Clinic") && !offered.text().contains("Secret"));
    accept(&app, &mail.token()).await.expect(204);
    // Their own colleagues they invite themselves, and see nothing from above.
    let inside = log_in(&app, "in@clinic.example", OWN).await;
    let made = invite(&inside, "two@clinic.example", "Read-only", &Json::Null).await;
    for hidden in ["node_name", "provider_id", "invited_by_name"] {
        assert!(made.get(hidden).is_none(), "{made}");
    }
    inside.get("/mail_messages").await.problem(403);
});

story!(forgotten_passwords_are_chosen_anew, |app| async move {
    let admin = app.admin().await;
    let app = patient(&app);
    let admin = Client {
        app: app.clone(),
        ..admin
    };
    let node = house(&admin).await;
    let mailbox = Mailbox::open(&app).await;
    let user = new_user(&admin, "anna@house.example", "Provider admin", &node).await;
    let path = format!("/users/{}", text(&user["id"]));
    let before = log_in(&app, "anna@house.example", PASSWORD).await;

    let known = ask(&app, "ANNA@house.example").await;
    let unknown = ask(&app, "nobody@house.example").await;
    known.expect(204);
    assert_eq!(told(&known), told(&unknown));
    assert!(mailbox.all("nobody@house.example").await.is_empty());
    let token = mailbox.last("anna@house.example").await.token();
    // A second one does not fill the mailbox.
    ask(&app, "anna@house.example").await.expect(204);
    assert_eq!(mailbox.all("anna@house.example").await.len(), 1);
    let whose = app
        .stranger()
        .post("/password_resets/look", json!({ "token": token }))
        .await;
    assert_eq!(whose.ok()["email"], "anna@house.example");

    // A lock is taken back by who reads the mailbox.
    for _ in 0..10 {
        try_log_in(&app, "anna@house.example", "a wrong password").await;
    }
    assert_eq!(admin.get(&path).await.ok()["status"], "locked");
    let mail = mailbox.last("anna@house.example").await;
    assert_eq!(
        mail.header("subject"),
        "Your account is locked for 15 minutes"
    );
    assert!(
        mail.bodies()[0].contains("until 2026-03-02 10:15 CET"),
        "{}",
        mail.bodies()[0]
    );

    assert_eq!(
        choose(&app, &token, "password1234").await.pointers(),
        ["/password"]
    );
    let tries: Vec<_> = (0..4)
        .map(|_| {
            let (app, token) = (app.clone(), token.clone());
            tokio::spawn(async move { choose(&app, &token, OWN).await.status.as_u16() })
        })
        .collect();
    let mut answers = vec![];
    for it in tries {
        answers.push(it.await.unwrap());
    }
    answers.sort_unstable();
    assert_eq!(answers, [204, 403, 403, 403]);
    assert_eq!(choose(&app, &token, OWN).await.problem(403), "link_void");
    before.get("/session").await.problem(401);
    let anna = log_in(&app, "anna@house.example", OWN).await;
    assert_eq!(
        anna.get("/session").await.ok()["user"]["must_change_password"],
        false
    );
    let mail = mailbox.last("anna@house.example").await;
    assert_eq!(mail.header("subject"), "Your password was changed");
    assert_eq!(
        admin
            .items("/audit_events?action=reset_password")
            .await
            .len(),
        1
    );
    hides(&app, &admin, &token).await;

    // It runs out, is replaced, and dies with every other change of the password or the account.
    let fresh = async || {
        app.forward(3 * 60);
        ask(&app, "anna@house.example").await.expect(204);
        mailbox.last("anna@house.example").await.token()
    };
    let first = fresh().await;
    let second = fresh().await;
    assert_eq!(
        choose(&app, &first, PASSWORD).await.problem(403),
        "link_void"
    );
    app.forward(3600);
    assert_eq!(
        choose(&app, &second, PASSWORD).await.problem(403),
        "link_void"
    );
    let third = fresh().await;
    let new = json!({ "password": PASSWORD, "password_repeat": PASSWORD });
    admin.post(&format!("{path}/set_password"), new).await.ok();
    assert_eq!(choose(&app, &third, OWN).await.problem(403), "link_void");
    let fourth = fresh().await;
    let moved = json!({ "email": "anna2@house.example" });
    admin.with("if-match", "*").patch(&path, moved).await.ok();
    assert_eq!(choose(&app, &fourth, OWN).await.problem(403), "link_void");
    let back = json!({ "email": "anna@house.example" });
    admin.with("if-match", "*").patch(&path, back).await.ok();
    let fifth = fresh().await;
    admin.post(&format!("{path}/disable"), json!({})).await.ok();
    assert_eq!(choose(&app, &fifth, OWN).await.problem(403), "link_void");
    let count = mailbox.all("anna@house.example").await.len();
    app.forward(3 * 60);
    ask(&app, "anna@house.example").await.expect(204);
    assert_eq!(mailbox.all("anna@house.example").await.len(), count);
});

story!(links_serve_their_purpose_only, |app| async move {
    let admin = app.admin().await;
    let node = house(&admin).await;
    let mailbox = Mailbox::open(&app).await;
    invite(&admin, "mia@house.example", "Provider admin", &node).await;
    let invitation = mailbox.last("mia@house.example").await.token();
    ask(&app, "admin@house.example").await.expect(204);
    let reset = mailbox.last("admin@house.example").await.token();
    assert_eq!(
        choose(&app, &invitation, OWN).await.problem(403),
        "link_void"
    );
    assert_eq!(accept(&app, &reset).await.problem(403), "link_void");
    for token in [&invitation, &reset] {
        let pending = app
            .stranger()
            .with("cookie", &format!("tenantry_pending={token}"));
        let answer = pending
            .post("/session/second_factor", json!({ "code": "123456" }))
            .await;
        assert_eq!(answer.problem(401), "log_in_again");
        let session = app.stranger().with("cookie", &format!("tenantry={token}"));
        session.get("/session").await.problem(401);
    }
    let long = "x".repeat(5000);
    for token in ["", "x", long.as_str()] {
        assert_eq!(choose(&app, token, OWN).await.problem(403), "link_void");
        assert_eq!(accept(&app, token).await.problem(403), "link_void");
    }
    // Both still work where they belong.
    choose(&app, &reset, OWN).await.expect(204);
    accept(&app, &invitation).await.expect(204);
});

story!(asking_for_passwords_is_limited, |app| async move {
    app.admin().await;
    for _ in 0..10 {
        ask(&app, "x@house.example").await.expect(204);
    }
    assert_eq!(
        ask(&app, "x@house.example").await.problem(429),
        "too_many_requests"
    );
    // Who used up their tries to log in can still ask.
    for _ in 0..10 {
        try_log_in(&app, "admin@house.example", "a wrong password").await;
    }
    try_log_in(&app, "admin@house.example", PASSWORD)
        .await
        .problem(429);
    ask(&app, "admin@house.example").await.expect(204);
});
