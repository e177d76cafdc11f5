//! Single sign-on of a provider's own staff (ACC-14, IDP-01, IDP-04), against an identity provider
//! on this machine.

use std::collections::HashMap;

use kit::State;
use kit::outbound::Outbound;
use kit::state::Settings;
use serde_json::{Value as Json, json};

use crate::harness::{self, Answer, App, Client, PASSWORD};
use crate::people::{browser, house, log_in, new_user, role, text, told, try_log_in};
use crate::sso_issuer::{CLIENT, Issuer, SECRET, Sign};

/// The same installation, whose operator lists the issuer.
fn reaching(app: &App, issuer: &Issuer) -> App {
    let listed = format!("127.0.0.1:{}", issuer.port).parse().unwrap();
    let settings = Settings {
        log_ins_per_account: 1000,
        log_ins_per_address: 100_000,
        requests_per_token: 100_000,
        keys: app.state.settings.keys.clone(),
        outbound: Outbound::new(vec![listed], None).unwrap(),
        ..Settings::default()
    };
    let state = State::new(app.state.db.clone(), app.state.clock.clone(), settings);
    let (api, _) = app::router::api(state.clone());
    let router = app::router::outside(state.clone(), api);
    let mut it = app.clone();
    (it.state, it.router) = (state, router);
    it
}

/// An installation, its admin, its house, and an issuer for it.
pub struct Stage {
    pub app: App,
    pub admin: Client,
    pub house: Json,
    pub issuer: Issuer,
}

impl Stage {
    pub async fn new(app: &App) -> Self {
        let admin = app.admin().await;
        let issuer = Issuer::start().await;
        let app = reaching(app, &issuer);
        let admin = Client {
            app: app.clone(),
            ..admin
        };
        let house = house(&admin).await;
        Self {
            app,
            admin,
            house,
            issuer,
        }
    }

    pub fn input(&self) -> Json {
        json!({ "provider_id": self.house, "name": "House ID", "issuer": self.issuer.url, "client_id": CLIENT, "client_secret": SECRET, "email_domains": ["staff.example"], "is_enabled": true })
    }

    pub async fn with_role(&self, name: &str) -> Json {
        let mut input = self.input();
        input["role_id"] = role(&self.admin, name).await;
        self.admin.create("/sso_providers", input).await
    }

    pub async fn change(&self, sso: &Json, change: Json) -> Json {
        let path = format!("/sso_providers/{}", text(&sso["id"]));
        self.admin
            .with("if-match", "*")
            .patch(&path, change)
            .await
            .ok()
    }

    pub fn now(&self) -> i64 {
        self.app.state.clock.now().micros() / 1_000_000
    }

    pub async fn begin(&self, sso: &Json) -> Journey {
        let page = self.app.stranger().with("sec-fetch-site", "same-origin");
        let body = json!({ "sso_provider_id": sso["id"], "email": "mia@staff.example" });
        let begun = page.post("/session/sso", body).await;
        let address: url::Url = text(&begun.ok()["address"]).parse().unwrap();
        let cookie = begun.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("tenantry_sso="), "{cookie}");
        assert!(cookie.contains("HttpOnly; SameSite=Lax; Max-Age=600"));
        Journey {
            cookie: cookie.split(';').next().unwrap().into(),
            parameters: address.query_pairs().into_owned().collect(),
        }
    }

    /// Brings the parameters back in a browser with this cookie.
    pub async fn bring(&self, cookie: &str, parameters: Json) -> Answer {
        let page = self.app.stranger().with("sec-fetch-site", "same-origin");
        let page = page.with("cookie", cookie);
        page.post("/session/sso/complete", parameters).await
    }

    /// The whole way.
    pub async fn travel(&self, sso: &Json) -> Answer {
        let journey = self.begin(sso).await;
        let code = self.issuer.code(&journey.parameters, self.now());
        let back = json!({ "state": journey.parameters["state"], "code": code });
        self.bring(&journey.cookie, back).await
    }

    pub async fn enter(&self, sso: &Json) -> Client {
        let answer = self.travel(sso).await;
        answer.ok();
        browser(&self.app, &answer)
    }

    pub async fn denied(&self) -> usize {
        let path = "/audit_events?object_type=sso_providers&action=refuse_log_in&limit=200";
        self.admin.items(path).await.len()
    }

    pub async fn users(&self) -> Vec<Json> {
        self.admin.items("/users?limit=200").await
    }

    pub async fn sessions(&self) -> i64 {
        let sql = kit::sql!("select count(*) from sessions");
        let (count,): (i64,) = self.app.state.db.read().query_one(sql).await.unwrap();
        count
    }
}

pub struct Journey {
    pub cookie: String,
    pub parameters: HashMap<String, String>,
}

story!(an_identity_provider_is_set_up, |app| async move {
    let stage = Stage::new(&app).await;
    let admin = &stage.admin;
    let made = admin.post("/sso_providers", stage.input()).await;
    let sso = made.expect(201);
    assert!(!made.text().contains("s3cret"), "{}", made.text());
    assert_eq!(sso["client_secret_set_at"], harness::START);
    assert_eq!(sso["scopes"], "openid email profile");
    assert_eq!(sso["password_log_in"], true);
    let path = format!("/sso_providers/{}", text(&sso["id"]));
    let viewed = admin.get(&path).await;
    assert_eq!((viewed.ok(), viewed.etag()), (sso.clone(), made.etag()));
    assert_eq!(
        admin
            .items("/sso_providers?q=house&email_domains.contains=staff")
            .await
            .len(),
        1
    );

    // It lies encrypted, and for its own place only.
    let sql = kit::sql!("select client_secret from sso_providers");
    let (sealed,): (String,) = stage.app.state.db.read().query_one(sql).await.unwrap();
    assert!(!sealed.contains("s3cret"));
    let keys = &stage.app.state.settings.keys;
    let place = format!("sso_providers/{}", text(&sso["id"]));
    assert_eq!(keys.open(&place, &sealed).unwrap().expose(), SECRET);
    assert!(keys.open("sso_providers/other", &sealed).is_err());
    let used = app::secrets::keys_in_use(&stage.app.state.db)
        .await
        .unwrap();
    assert_eq!(used[0].1, 1);

    // What is wrong is told with its field.
    let tried = async |change: Json| {
        let mut input = stage.input();
        for (name, value) in change.as_object().unwrap() {
            input[name] = value.clone();
        }
        admin.post("/sso_providers", input).await.pointers()
    };
    assert_eq!(
        tried(json!({ "issuer": "http://id.example.org" })).await,
        ["/issuer"]
    );
    assert_eq!(
        tried(json!({ "issuer": "https://id.example.org/?a=b" })).await,
        ["/issuer"]
    );
    assert_eq!(
        tried(json!({ "issuer": "https://u:p@id.example.org" })).await,
        ["/issuer"]
    );
    assert_eq!(tried(json!({ "scopes": "email" })).await, ["/scopes"]);
    assert_eq!(
        tried(json!({ "email_domains": [] })).await,
        ["/email_domains"]
    );
    assert_eq!(tried(json!({})).await, ["/name"]);
    assert_eq!(tried(json!({ "name": "Two" })).await, ["/email_domains"]);
    let customer_admin = role(admin, "Customer admin").await;
    let wrong_role =
        json!({ "name": "Two", "email_domains": ["two.example"], "role_id": customer_admin });
    assert_eq!(tried(wrong_role).await, ["/role_id"]);

    // Another issuer is not told the secret of this one.
    let other = json!({ "issuer": format!("{}/other", stage.issuer.url) });
    let moved = admin
        .with("if-match", "*")
        .patch(&path, other.clone())
        .await;
    assert_eq!(moved.pointers(), ["/client_secret"]);
    let mut other = other;
    other["client_secret"] = json!("new");
    stage.change(&sso, other).await;
    let back = json!({ "issuer": stage.issuer.url, "client_secret": SECRET });
    stage.change(&sso, back).await;
    admin
        .patch(&path, json!({ "name": "X" }))
        .await
        .problem(428);
    let stale = admin
        .with("if-match", "\"1\"")
        .patch(&path, json!({ "name": "X" }))
        .await;
    assert_eq!(stale.problem(412), "stale");

    // Told in the audit, but for the secret itself.
    let events = admin.get("/audit_events?object_type=sso_providers").await;
    assert!(events.text().contains("client_secret_set_at"));
    assert!(!events.text().contains("s3cret") && !events.text().contains("\"new\""));

    // Whoever says where people log in can be each of them: only for those who hold all of it.
    let house = stage.house.as_str();
    admin
        .colleague("s@house.example", "Provider support", house)
        .await
        .get("/sso_providers")
        .await
        .problem(403);
    let narrow = json!({ "name": "Settings", "node_id": stage.house, "permissions": ["settings:read", "settings:create", "settings:update", "settings:delete", "users:read"] });
    admin.create("/roles", narrow).await;
    let keeper = admin.colleague("k@house.example", "Settings", house).await;
    assert_eq!(keeper.items("/sso_providers").await.len(), 1);
    let mut second = stage.input();
    (second["name"], second["email_domains"]) = (json!("Mine"), json!(["mine.example"]));
    assert_eq!(
        keeper
            .post("/sso_providers", second.clone())
            .await
            .problem(403),
        "more_than_held"
    );
    let tried = keeper
        .with("if-match", "*")
        .patch(&path, json!({ "client_id": "mine", "client_secret": "x" }))
        .await;
    assert_eq!(tried.problem(403), "more_than_held");
    let own = admin
        .colleague("p@house.example", "Provider admin", house)
        .await;
    second.as_object_mut().unwrap().remove("provider_id");
    let second = own.create("/sso_providers", second).await;
    assert_eq!(second["provider_id"], stage.house);

    // Another provider sees nothing of it.
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    let foreign = admin
        .colleague("o@other.example", "Provider admin", other["id"].as_str())
        .await;
    assert!(foreign.items("/sso_providers").await.is_empty());
    foreign.get(&path).await.problem(404);
    foreign
        .post(&format!("{path}/test"), json!({}))
        .await
        .problem(404);
    assert_eq!(
        foreign
            .post("/sso_providers", stage.input())
            .await
            .pointers(),
        ["/provider_id"]
    );

    // A role that new people get stays.
    let clone = json!({ "name": "Desk", "node_id": stage.house });
    let template = role(admin, "Provider support").await;
    let desk = admin
        .create(&format!("/roles/{}/clone", text(&template)), clone)
        .await;
    stage.change(&sso, json!({ "role_id": desk["id"] })).await;
    let desk_path = format!("/roles/{}", text(&desk["id"]));
    assert_eq!(
        admin
            .with("if-match", "*")
            .delete(&desk_path)
            .await
            .problem(409),
        "in_use"
    );
    admin.with("if-match", "*").delete(&path).await.expect(204);
    admin
        .with("if-match", "*")
        .delete(&desk_path)
        .await
        .expect(204);
    admin.get(&path).await.problem(404);
});

story!(
    staff_log_in_with_their_identity_provider,
    |app| async move {
        let stage = Stage::new(&app).await;
        let (admin, issuer) = (&stage.admin, &stage.issuer);
        let sso = stage.with_role("Provider support").await;

        // The way there says what the standard wants, and nothing secret.
        let journey = stage.begin(&sso).await;
        let parameters = &journey.parameters;
        assert_eq!(parameters["response_type"], "code");
        assert_eq!(parameters["client_id"], CLIENT);
        assert_eq!(
            parameters["redirect_uri"],
            "http://127.0.0.1:8080/login/sso"
        );
        assert_eq!(parameters["code_challenge_method"], "S256");
        assert_eq!(parameters["login_hint"], "mia@staff.example");
        assert_eq!(parameters["code_challenge"].len(), 43);
        let sql = kit::sql!("select token_hash from one_shots where purpose = 'sso'");
        let (kept,): (String,) = stage.app.state.db.read().query_one(sql).await.unwrap();
        assert!(!journey.cookie.contains(&kept) && kept != parameters["state"]);

        // New: an account with the default role, just in time.
        let mia = stage.enter(&sso).await;
        let session = mia.get("/session").await.ok();
        assert_eq!(session["user"]["email"], "mia@staff.example");
        assert_eq!(session["user"]["display_name"], "Mia Schäfer");
        assert_eq!(session["role"]["name"], "Provider support");
        assert_eq!(session["node"]["id"], stage.house);
        assert_eq!(session["user"]["must_change_password"], false);
        let users = stage.users().await.len();
        for sign in [Sign::Rs256, Sign::Ps256, Sign::EdDsa] {
            issuer.set(|it| it.sign = sign);
            let again = stage.enter(&sso).await;
            assert_eq!(
                again.get("/session").await.ok()["user"]["id"],
                session["user"]["id"]
            );
        }
        issuer.reset();
        assert_eq!(stage.users().await.len(), users);
        let log_ins = admin.items("/audit_events?action=log_in").await;
        assert!(log_ins[0]["changes"].to_string().contains("House ID"));
        assert_eq!(stage.denied().await, 0);

        // By issuer and subject: another address does not make them somebody else.
        issuer.set(|it| it.claims = json!({ "email": "mia.weiss@staff.example" }));
        let renamed = stage.enter(&sso).await;
        assert_eq!(
            renamed.get("/session").await.ok()["user"]["id"],
            session["user"]["id"]
        );

        // The address may come from the userinfo endpoint, if that speaks of the same person.
        let asked =
            json!({ "sub": "subject-1", "email": "mia@staff.example", "email_verified": "true" });
        issuer.set(|it| {
            it.claims = json!({ "email": null, "email_verified": null });
            it.userinfo = Some(asked);
        });
        stage.enter(&sso).await;
        issuer.reset();

        // Who is there already is linked, and keeps what they hold at this provider; nothing else counts.
        let ben = new_user(admin, "Ben@staff.example", "Provider admin", &stage.house).await;
        let other = admin
            .create("/providers", json!({ "name": "Other", "code": "other" }))
            .await;
        let more = json!({ "user_id": ben["id"], "role_id": role(admin, "Provider admin").await, "node_id": other["id"] });
        admin.create("/grants", more).await;
        issuer.set(|it| it.claims = json!({ "sub": "subject-2", "email": "ben@STAFF.example" }));
        let linked = stage.enter(&sso).await;
        let as_ben = linked.get("/session").await.ok();
        assert_eq!(as_ben["user"]["id"], ben["id"]);
        assert_eq!(as_ben["nodes"].as_array().unwrap().len(), 1, "{as_ben}");
        assert_eq!(linked.items("/providers").await.len(), 1);
        let there = json!({ "node_id": other["id"] });
        assert_eq!(
            linked.post("/session/node", there).await.pointers(),
            ["/node_id"]
        );
        assert_eq!(admin.items("/audit_events?action=link_sso").await.len(), 1);

        // A new password does not make it more than it is.
        let new = json!({ "current_password": PASSWORD, "new_password": crate::people::OWN });
        let changed = linked.post("/session/password", new).await;
        changed.expect(204);
        let after = browser(&stage.app, &changed);
        assert_eq!(
            after.get("/session").await.ok()["nodes"]
                .as_array()
                .unwrap()
                .len(),
            1
        );

        // The same address under another subject is somebody else; an admin may unlink.
        issuer.set(|it| it.claims = json!({ "sub": "subject-3", "email": "ben@staff.example" }));
        assert_eq!(stage.travel(&sso).await.problem(403), "sso_identity");
        let unlink = format!("/users/{}/unlink_sso", text(&ben["id"]));
        admin.post(&unlink, json!({})).await.ok();
        after.get("/session").await.problem(401);
        stage.enter(&sso).await;
        admin
            .post(&format!("/users/{}/disable", text(&ben["id"])), json!({}))
            .await
            .ok();
        assert_eq!(stage.travel(&sso).await.problem(403), "account_disabled");
        admin
            .post(&format!("/users/{}/enable", text(&ben["id"])), json!({}))
            .await
            .ok();
        admin
            .post(&format!("/users/{}/lock", text(&ben["id"])), json!({}))
            .await
            .ok();
        assert_eq!(stage.travel(&sso).await.problem(403), "account_locked");
        admin
            .post(&format!("/users/{}/unlock", text(&ben["id"])), json!({}))
            .await
            .ok();
        let ben_in = stage.enter(&sso).await;

        // A second factor is the identity provider's matter.
        let policy = format!("/providers/{}", text(&stage.house));
        admin
            .with("if-match", "*")
            .patch(&policy, json!({ "require_second_factor": true }))
            .await
            .ok();
        let session = ben_in.get("/session").await.ok();
        assert_eq!(session["user"]["must_set_second_factor"], false);
        ben_in.get("/customers").await.ok();
        stage.enter(&sso).await;

        // Turned off, nobody is in or comes in.
        stage.change(&sso, json!({ "is_enabled": false })).await;
        ben_in.get("/session").await.problem(401);
        let body = json!({ "sso_provider_id": sso["id"] });
        stage
            .app
            .stranger()
            .post("/session/sso", body)
            .await
            .problem(404);
    }
);

story!(
    passwords_may_be_refused_but_not_to_the_platform,
    |app| async move {
        let stage = Stage::new(&app).await;
        let (admin, platform) = (&stage.admin, json!("00000000-0000-0000-0000-000000000000"));
        let sso = stage.with_role("Provider support").await;
        new_user(admin, "ben@staff.example", "Provider support", &stage.house).await;
        new_user(admin, "root@staff.example", "Platform admin", &platform).await;
        new_user(
            admin,
            "guest@elsewhere.example",
            "Provider support",
            &stage.house,
        )
        .await;
        log_in(&stage.app, "ben@staff.example", PASSWORD).await;
        stage
            .change(&sso, json!({ "password_log_in": false }))
            .await;
        let refused = try_log_in(&stage.app, "ben@staff.example", PASSWORD).await;
        assert_eq!(refused.problem(403), "sso_required");
        // Told after the right password only.
        let wrong = try_log_in(&stage.app, "ben@staff.example", "not the password").await;
        assert_eq!(wrong.problem(401), "wrong_credentials");
        log_in(&stage.app, "root@staff.example", PASSWORD).await;
        log_in(&stage.app, "guest@elsewhere.example", PASSWORD).await;
        stage.issuer.stop().await;
        log_in(&stage.app, "root@staff.example", PASSWORD).await;

        // By the domain alone: who has an account there, and who has none, is answered alike.
        let ask = async |email: &str| {
            let answer = stage
                .app
                .stranger()
                .post("/session/methods", json!({ "email": email }))
                .await;
            answer.ok();
            told(&answer)
        };
        let there = ask("ben@staff.example").await;
        assert_eq!(there.1["sso"]["name"], "House ID");
        assert_eq!(there.1["password"], false);
        assert_eq!(ask("nobody@Staff.Example").await, there);
        assert_eq!(ask("root@staff.example").await, there);
        let elsewhere = ask("admin@house.example").await;
        assert_eq!(
            (&elsewhere.1["sso"], &elsewhere.1["password"]),
            (&Json::Null, &json!(true))
        );
        assert_eq!(ask("nobody@house.example").await, elsewhere);
        assert_eq!(ask("no address").await, elsewhere);
        let page = stage.app.stranger().with("sec-fetch-site", "cross-site");
        let body = json!({ "email": "a@staff.example" });
        assert_eq!(
            page.post("/session/methods", body).await.problem(403),
            "cross_origin"
        );
    }
);
