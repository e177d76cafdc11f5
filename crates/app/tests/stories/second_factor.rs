//! The second factor (ACC-03): set up, asked for, lost, required.

use serde_json::{Value as Json, json};
use totp_rs::{Builder, Secret};

use crate::harness::{self, Answer, App, Client, PASSWORD};
use crate::mail::worker;
use crate::mail_server::{MailServer, Way};
use crate::people::{OWN, browser, house, log_in, new_user, patient, text, told, try_log_in};

/// An installation with patience, and its first admin at the same node of it.
async fn start(app: &App) -> (App, Client) {
    let admin = app.admin().await;
    let app = patient(app);
    let admin = Client {
        app: app.clone(),
        ..admin
    };
    (app, admin)
}

/// An authenticator app.
struct Phone(String);

impl Phone {
    fn shows(&self, app: &App, steps: i64) -> String {
        let secret = Secret::try_from_base32(&self.0).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        let seconds = app.state.clock.now().micros() / 1_000_000 + steps * 30;
        totp.generate(u64::try_from(seconds).unwrap()).to_string()
    }
}

/// Cookies of an answer, as the browser sends them.
fn cookies(answer: &Answer) -> String {
    let all = answer.headers.get_all("set-cookie").into_iter();
    let pairs = all.map(|it| it.to_str().unwrap().split(';').next().unwrap());
    pairs.collect::<Vec<_>>().join("; ")
}

async fn begin(client: &Client) -> Phone {
    let offer = client
        .post("/profile/second_factor", json!({ "password": PASSWORD }))
        .await
        .ok();
    let secret = text(&offer["secret"]).to_owned();
    assert!(
        text(&offer["address"]).starts_with("otpauth://totp/Tenantry:"),
        "{offer}"
    );
    assert!(text(&offer["address"]).contains(&secret));
    assert!(text(&offer["qr_path"]).starts_with("M0 0h1v1h-1z"));
    Phone(secret)
}

/// Turns it on; gives the browser as it is afterwards, and the recovery codes.
async fn enrol(app: &App, client: &Client) -> (Client, Phone, Vec<String>) {
    let phone = begin(client).await;
    let confirmed = client
        .post(
            "/profile/second_factor/confirm",
            json!({ "code": phone.shows(app, 0) }),
        )
        .await;
    let codes = confirmed.ok()["recovery_codes"].clone();
    let codes = codes
        .as_array()
        .unwrap()
        .iter()
        .map(|it| text(it).to_owned())
        .collect();
    (browser(app, &confirmed), phone, codes)
}

/// The first step; the answer waits for a code.
async fn halfway(app: &App, email: &str) -> Client {
    let answer = try_log_in(app, email, PASSWORD).await;
    assert_eq!(answer.problem(401), "second_factor_required");
    let cookie = cookies(&answer);
    assert!(cookie.starts_with("tenantry_pending="), "{cookie}");
    app.stranger().with("cookie", &cookie)
}

async fn code(client: &Client, code: &str) -> Answer {
    client
        .post("/session/second_factor", json!({ "code": code }))
        .await
}

async fn anna(app: &App, admin: &Client) -> (Json, Client) {
    let node = house(admin).await;
    let user = new_user(admin, "anna@house.example", "Provider admin", &node).await;
    let mut tx = app.state.db.write();
    tx.execute(kit::sql!("update users set must_change_password = false"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (user, log_in(app, "anna@house.example", PASSWORD).await)
}

story!(a_code_is_asked_for_after_the_password, |app| async move {
    let (app, admin) = start(&app).await;
    let (user, anna) = anna(&app, &admin).await;
    let second = log_in(&app, "anna@house.example", PASSWORD).await;
    let wrong = json!({ "password": "not it" });
    assert_eq!(
        anna.post("/profile/second_factor", wrong).await.pointers(),
        ["/password"]
    );
    admin
        .post("/profile/second_factor", json!({ "password": PASSWORD }))
        .await
        .problem(403);
    let early = json!({ "code": "123456" });
    assert_eq!(
        anna.post("/profile/second_factor/confirm", early.clone())
            .await
            .problem(409),
        "not_begun"
    );

    // Nothing is on before the first code; a wrong one turns nothing on.
    let old = begin(&anna).await;
    let phone = begin(&anna).await;
    assert_eq!(
        anna.post("/profile/second_factor/confirm", early)
            .await
            .pointers(),
        ["/code"]
    );
    let stale = json!({ "code": old.shows(&app, 0) });
    assert_eq!(
        anna.post("/profile/second_factor/confirm", stale)
            .await
            .pointers(),
        ["/code"]
    );
    log_in(&app, "anna@house.example", PASSWORD).await;
    let confirmed = anna
        .with("idempotency-key", "k")
        .post(
            "/profile/second_factor/confirm",
            json!({ "code": phone.shows(&app, 0) }),
        )
        .await;
    let codes = confirmed.ok()["recovery_codes"].clone();
    assert_eq!(codes.as_array().unwrap().len(), 10);
    // The other sessions have ended, and this one has a new cookie.
    anna.get("/session").await.problem(401);
    second.get("/session").await.problem(401);
    let anna = browser(&app, &confirmed);
    let own = anna.get("/profile/second_factor").await.ok();
    assert_eq!(
        (&own["enabled_at"], &own["recovery_codes_left"]),
        (&json!(harness::START), &json!(10))
    );
    let path = format!("/users/{}", text(&user["id"]));
    assert_eq!(admin.get(&path).await.ok()["second_factor"], true);
    assert_eq!(admin.items("/users?second_factor=true").await.len(), 1);
    assert_eq!(
        anna.post("/profile/second_factor", json!({ "password": PASSWORD }))
            .await
            .problem(409),
        "second_factor_on"
    );

    // A wrong password tells nothing of the second factor.
    let refused = try_log_in(&app, "anna@house.example", "a wrong password").await;
    assert_eq!(refused.problem(401), "wrong_credentials");
    let waiting = halfway(&app, "anna@house.example").await;
    waiting.get("/session").await.problem(401);
    // The code that turned it on was used; that of the next half minute may come early.
    assert_eq!(
        code(&waiting, &phone.shows(&app, 0)).await.problem(401),
        "wrong_code"
    );
    assert_eq!(code(&waiting, "000000").await.problem(401), "wrong_code");
    assert_eq!(
        code(&app.stranger(), &phone.shows(&app, 1))
            .await
            .problem(401),
        "log_in_again"
    );
    let foreign = waiting.with("sec-fetch-site", "cross-site");
    assert_eq!(
        code(&foreign, &phone.shows(&app, 1)).await.problem(403),
        "cross_origin"
    );
    let entered = code(&waiting, &phone.shows(&app, 1)).await;
    assert_eq!(entered.ok()["user"]["email"], "anna@house.example");
    browser(&app, &entered).get("/customers").await.ok();
    // The first step was good for one log-in; a code is not good for two.
    app.forward(60);
    assert_eq!(
        code(&waiting, &phone.shows(&app, 0)).await.problem(401),
        "log_in_again"
    );
    let waiting = halfway(&app, "anna@house.example").await;
    let now = phone.shows(&app, 0);
    let tries: Vec<_> = (0..6)
        .map(|_| {
            let (waiting, now) = (waiting.clone(), now.clone());
            tokio::spawn(async move { code(&waiting, &now).await.status.as_u16() })
        })
        .collect();
    let mut entered = 0;
    for it in tries {
        entered += usize::from(it.await.unwrap() == 200);
    }
    assert_eq!(entered, 1);
    // Somebody watched: the same code in a log-in of their own.
    let thief = halfway(&app, "anna@house.example").await;
    assert_eq!(code(&thief, &now).await.problem(401), "wrong_code");
    // A code of long ago, and a log-in of long ago.
    assert_eq!(
        code(&thief, &phone.shows(&app, -3)).await.problem(401),
        "wrong_code"
    );
    app.forward(301);
    assert_eq!(
        code(&thief, &phone.shows(&app, 0)).await.problem(401),
        "log_in_again"
    );

    // Nothing secret is told anywhere.
    for list in ["audit_events", "mail_messages", "users"] {
        let all = admin.get(&format!("/{list}?limit=200")).await.text();
        assert!(!all.contains(&phone.0), "{list}");
        for it in codes.as_array().unwrap() {
            assert!(!all.contains(text(it)), "{list}");
        }
    }
    let (stored,): (String,) = app
        .state
        .db
        .read()
        .query_one(kit::sql!("select secret from second_factors"))
        .await
        .unwrap();
    assert!(!stored.contains(&phone.0));
    let kept: Vec<(String,)> = app
        .state
        .db
        .read()
        .query(kit::sql!("select key from idempotency_keys"))
        .await
        .unwrap();
    assert!(kept.iter().all(|it| it.0 != "k"));
});

story!(recovery_codes_work_once, |app| async move {
    let (app, admin) = start(&app).await;
    let (_, anna) = anna(&app, &admin).await;
    let (anna, phone, codes) = enrol(&app, &anna).await;
    let waiting = halfway(&app, "anna@house.example").await;
    // As it is typed from paper.
    let typed = codes[0].to_lowercase().replace('-', " ");
    let tries: Vec<_> = (0..4)
        .map(|_| {
            let (waiting, typed) = (waiting.clone(), typed.clone());
            tokio::spawn(async move { code(&waiting, &typed).await.status.as_u16() })
        })
        .collect();
    let mut entered = 0;
    for it in tries {
        entered += usize::from(it.await.unwrap() == 200);
    }
    assert_eq!(entered, 1);
    let waiting = halfway(&app, "anna@house.example").await;
    assert_eq!(code(&waiting, &codes[0]).await.problem(401), "wrong_code");
    code(&waiting, &codes[1]).await.ok();
    assert_eq!(
        anna.get("/profile/second_factor").await.ok()["recovery_codes_left"],
        8
    );

    // New ones in place of the old, against password and code.
    app.forward(60);
    let path = "/profile/second_factor/recovery_codes";
    let wrong = json!({ "password": PASSWORD, "code": "000000" });
    assert_eq!(anna.post(path, wrong).await.pointers(), ["/code"]);
    let wrong = json!({ "password": OWN, "code": phone.shows(&app, 0) });
    assert_eq!(anna.post(path, wrong).await.pointers(), ["/password"]);
    let proof = json!({ "password": PASSWORD, "code": phone.shows(&app, 0) });
    let fresh = anna.post(path, proof.clone()).await.ok()["recovery_codes"].clone();
    assert_eq!(anna.post(path, proof).await.pointers(), ["/code"]);
    let waiting = halfway(&app, "anna@house.example").await;
    assert_eq!(code(&waiting, &codes[2]).await.problem(401), "wrong_code");
    code(&waiting, text(&fresh[0])).await.ok();

    // Off with password and code; then the password alone is enough.
    let off = json!({ "password": PASSWORD, "code": fresh[1] });
    anna.post("/profile/second_factor/remove", off)
        .await
        .expect(204);
    log_in(&app, "anna@house.example", PASSWORD).await;
    let own = anna.get("/profile/second_factor").await.ok();
    assert_eq!(
        (&own["enabled_at"], &own["recovery_codes_left"]),
        (&Json::Null, &json!(0))
    );
    let actions: Vec<_> = admin
        .items("/audit_events?object_type=users&sort=at&limit=200")
        .await
        .iter()
        .map(|it| text(&it["action"]).to_owned())
        .collect();
    for action in [
        "enable_second_factor",
        "renew_recovery_codes",
        "disable_second_factor",
    ] {
        assert!(actions.iter().any(|it| it == action), "{actions:?}");
    }
    // And set up anew.
    app.forward(60);
    enrol(&app, &anna).await;
});

story!(wrong_codes_lock_like_wrong_passwords, |app| async move {
    let (app, admin) = start(&app).await;
    let (user, anna) = anna(&app, &admin).await;
    let (anna, phone, codes) = enrol(&app, &anna).await;
    // Whoever has the password does not begin to count anew with it.
    for n in 0..9 {
        let waiting = halfway(&app, "anna@house.example").await;
        assert_eq!(
            code(&waiting, "000000").await.problem(401),
            "wrong_code",
            "{n}"
        );
    }
    let waiting = halfway(&app, "anna@house.example").await;
    let wrong = code(&waiting, "000000").await;
    let path = format!("/users/{}", text(&user["id"]));
    assert_eq!(admin.get(&path).await.ok()["status"], "locked");
    // Locked is answered like wrong, even to the right code; and to the right password.
    app.forward(60);
    assert_eq!(
        told(&code(&waiting, &phone.shows(&app, 0)).await),
        told(&wrong)
    );
    assert_eq!(told(&code(&waiting, &codes[0]).await), told(&wrong));
    assert_eq!(
        try_log_in(&app, "anna@house.example", PASSWORD)
            .await
            .problem(401),
        "wrong_credentials"
    );
    // Who is in stays in.
    anna.get("/session").await.ok();
    let server = MailServer::start(Way::Plain).await;
    worker(&app, server.port).run_due().await.unwrap();
    let subjects: Vec<_> = server
        .received()
        .iter()
        .map(|it| it.header("subject"))
        .collect();
    assert_eq!(
        subjects,
        [
            "Your second factor is set up",
            "Your account is locked for 15 minutes"
        ]
    );
    app.forward(15 * 60);
    let waiting = halfway(&app, "anna@house.example").await;
    code(&waiting, &codes[0]).await.ok();
    assert_eq!(admin.get(&path).await.ok()["status"], "active");
});

story!(an_admin_takes_a_lost_second_factor_away, |app| async move {
    let (app, admin) = start(&app).await;
    let (user, anna) = anna(&app, &admin).await;
    let (anna, ..) = enrol(&app, &anna).await;
    let waiting = halfway(&app, "anna@house.example").await;
    let node = house(&admin).await;
    let support = admin
        .colleague("s@house.example", "Provider support", node.as_str())
        .await;
    let path = format!("/users/{}/reset_second_factor", text(&user["id"]));
    assert_eq!(
        support.post(&path, json!({})).await.problem(403),
        "more_than_held"
    );
    assert_eq!(
        anna.post(&path, json!({})).await.problem(409),
        "own_account"
    );
    let reset = admin.post(&path, json!({})).await.ok();
    assert_eq!(reset["second_factor"], false);
    anna.get("/session").await.problem(401);
    assert_eq!(code(&waiting, "000000").await.problem(401), "log_in_again");
    log_in(&app, "anna@house.example", PASSWORD).await;
    let event = &admin
        .items("/audit_events?action=reset_second_factor")
        .await[0];
    assert_eq!(event["changes"][0]["field"], "second_factor");
    // There is none any more: nothing happens.
    admin.post(&path, json!({})).await.ok();
    assert_eq!(
        admin
            .items("/audit_events?action=reset_second_factor")
            .await
            .len(),
        1
    );
});

story!(a_policy_asks_for_a_second_factor, |app| async move {
    let (app, admin) = start(&app).await;
    let (user, anna) = anna(&app, &admin).await;
    let token = anna.create("/tokens", json!({ "name": "T" })).await;
    let program = Client {
        token: Some(text(&token["token"]).to_owned()),
        ..app.stranger()
    };
    let root = log_in(&app, "admin@house.example", PASSWORD).await;
    let customer = admin.create("/customers", json!({ "name": "Acme" })).await;
    new_user(&admin, "in@acme.example", "Customer admin", &customer["id"]).await;
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    new_user(&admin, "o@other.example", "Provider admin", &other["id"]).await;
    let node = house(&admin).await;
    let provider = format!("/providers/{}", text(&node));
    let on = json!({ "require_second_factor": true });
    root.with("if-match", "*").patch(&provider, on).await.ok();

    // From the next request on, those who have none set it up and do nothing else.
    let session = anna.get("/session").await.ok();
    assert_eq!(session["user"]["must_set_second_factor"], true);
    anna.get("/customers").await.problem(403);
    anna.post("/tokens", json!({ "name": "U" }))
        .await
        .problem(403);
    root.get("/customers").await.problem(403);
    let inside = try_log_in(&app, "in@acme.example", PASSWORD).await;
    assert_eq!(inside.ok()["user"]["must_set_second_factor"], true);
    // Not those of other providers; and programs go on.
    let others = try_log_in(&app, "o@other.example", PASSWORD).await.ok();
    assert_eq!(others["user"]["must_set_second_factor"], false);
    program.get("/customers").await.ok();

    assert_eq!(
        anna.get("/profile/second_factor").await.ok()["required"],
        true
    );
    let (anna, phone, codes) = enrol(&app, &anna).await;
    assert_eq!(
        anna.get("/session").await.ok()["user"]["must_set_second_factor"],
        false
    );
    anna.get("/customers").await.ok();
    app.forward(60);
    let off = json!({ "password": PASSWORD, "code": phone.shows(&app, 0) });
    assert_eq!(
        anna.post("/profile/second_factor/remove", off)
            .await
            .problem(409),
        "second_factor_required"
    );
    // Taken away by an admin, it is asked for again.
    admin
        .post(
            &format!("/users/{}/reset_second_factor", text(&user["id"])),
            json!({}),
        )
        .await
        .ok();
    let again = try_log_in(&app, "anna@house.example", PASSWORD).await;
    assert_eq!(again.ok()["user"]["must_set_second_factor"], true);
    drop(codes);
});

story!(secrets_survive_a_change_of_keys, |app| async move {
    let (app, admin) = start(&app).await;
    let file = app.folder().join("tenantry.key");
    let served = with_keys(&app, kit::vault::Keys::load_or_make(&file).unwrap());
    let (_, anna) = anna(&served, &admin).await;
    let (_, phone, _) = enrol(&served, &anna).await;
    let rotated = with_keys(&app, kit::vault::Keys::add_to(&file).unwrap());
    let old = served.state.settings.keys.ids();
    let used = app::people::second_factor::keys_in_use(&app.state.db)
        .await
        .unwrap();
    assert_eq!(used, [(old[0].clone(), 1)]);
    assert_eq!(
        app::people::second_factor::reseal(&rotated.state)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        app::people::second_factor::reseal(&rotated.state)
            .await
            .unwrap(),
        0
    );
    let used = app::people::second_factor::keys_in_use(&app.state.db)
        .await
        .unwrap();
    assert_eq!(used, [(rotated.state.settings.keys.ids()[0].clone(), 1)]);
    // A server that read the file before, and one that reads it now.
    for it in [&served, &rotated] {
        it.forward(60);
        let waiting = halfway(it, "anna@house.example").await;
        code(&waiting, &phone.shows(it, 0)).await.ok();
    }
});

/// The same installation with these keys.
fn with_keys(app: &App, keys: kit::vault::Keys) -> App {
    let settings = kit::state::Settings {
        keys,
        ..(*app.state.settings).clone()
    };
    let state = kit::State::new(app.state.db.clone(), app.state.clock.clone(), settings);
    let (api, _) = app::router::api(state.clone());
    let router = app::router::outside(state.clone(), api);
    let mut it = app.clone();
    (it.state, it.router) = (state, router);
    it
}
