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
struct Stage {
    app: App,
    admin: Client,
    house: Json,
    issuer: Issuer,
}

impl Stage {
    async fn new(app: &App) -> Self {
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

    fn input(&self) -> Json {
        json!({ "provider_id": self.house, "name": "House ID", "issuer": self.issuer.url, "client_id": CLIENT, "client_secret": SECRET, "email_domains": ["staff.example"], "is_enabled": true })
    }

    async fn with_role(&self, name: &str) -> Json {
        let mut input = self.input();
        input["role_id"] = role(&self.admin, name).await;
        self.admin.create("/sso_providers", input).await
    }

    async fn change(&self, sso: &Json, change: Json) -> Json {
        let path = format!("/sso_providers/{}", text(&sso["id"]));
        self.admin
            .with("if-match", "*")
            .patch(&path, change)
            .await
            .ok()
    }

    fn now(&self) -> i64 {
        self.app.state.clock.now().micros() / 1_000_000
    }

    async fn begin(&self, sso: &Json) -> Journey {
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
    async fn bring(&self, cookie: &str, parameters: Json) -> Answer {
        let page = self.app.stranger().with("sec-fetch-site", "same-origin");
        let page = page.with("cookie", cookie);
        page.post("/session/sso/complete", parameters).await
    }

    /// The whole way.
    async fn travel(&self, sso: &Json) -> Answer {
        let journey = self.begin(sso).await;
        let code = self.issuer.code(&journey.parameters, self.now());
        let back = json!({ "state": journey.parameters["state"], "code": code });
        self.bring(&journey.cookie, back).await
    }

    async fn enter(&self, sso: &Json) -> Client {
        let answer = self.travel(sso).await;
        answer.ok();
        browser(&self.app, &answer)
    }

    async fn denied(&self) -> usize {
        let path = "/audit_events?object_type=sso_providers&action=refuse_log_in&limit=200";
        self.admin.items(path).await.len()
    }

    async fn users(&self) -> Vec<Json> {
        self.admin.items("/users?limit=200").await
    }

    async fn sessions(&self) -> i64 {
        let sql = kit::sql!("select count(*) from sessions");
        let (count,): (i64,) = self.app.state.db.read().query_one(sql).await.unwrap();
        count
    }
}

struct Journey {
    cookie: String,
    parameters: HashMap<String, String>,
}

fn has_session(answer: &Answer) -> bool {
    let all = answer.headers.get_all("set-cookie").into_iter();
    all.into_iter()
        .any(|it| it.to_str().unwrap().starts_with("tenantry="))
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

story!(what_is_not_right_lets_nobody_in, |app| async move {
    let stage = Stage::new(&app).await;
    let (admin, issuer) = (&stage.admin, &stage.issuer);
    let sso = stage.with_role("Provider support").await;
    let now = stage.now();
    let (users, sessions) = (stage.users().await, stage.sessions().await);
    let mut denied = 0;
    let mut refused = async |what: &str, code: &str| {
        let answer = stage.travel(&sso).await;
        issuer.reset();
        assert_eq!(answer.problem(403), code, "{what}");
        assert!(!has_session(&answer), "{what}");
        assert!(text(&answer.body["detail"]).len() > 40, "{what}");
        denied += 1;
        assert_eq!(stage.denied().await, denied, "{what}");
    };

    for (what, sign) in [
        ("no signature", Sign::None),
        ("HS256 with the public key", Sign::Hs256),
        ("an unknown key", Sign::UnknownKey),
        ("another key", Sign::ForeignKey),
        ("a key of another type", Sign::OtherType),
        ("one of two keys", Sign::NoName),
        ("a broken signature", Sign::Broken),
        ("a critical extension", Sign::Critical),
        ("a token of another type", Sign::OtherTyp),
    ] {
        issuer.set(|it| it.sign = sign);
        refused(what, "sso_failed").await;
    }
    for (what, claims) in [
        ("another issuer", json!({ "iss": "https://evil.example" })),
        (
            "an issuer with a slash",
            json!({ "iss": format!("{}/", issuer.url) }),
        ),
        ("another audience", json!({ "aud": "somebody" })),
        ("no audience", json!({ "aud": [] })),
        ("several audiences", json!({ "aud": [CLIENT, "somebody"] })),
        (
            "another party",
            json!({ "aud": [CLIENT, "somebody"], "azp": "somebody" }),
        ),
        ("given to another", json!({ "azp": "somebody" })),
        ("another nonce", json!({ "nonce": "n" })),
        ("no nonce", json!({ "nonce": null })),
        ("expired", json!({ "exp": now - 61 })),
        ("no end", json!({ "exp": null })),
        ("made tomorrow", json!({ "iat": now + 61 })),
        ("made yesterday", json!({ "iat": now - 86_400 })),
        ("no beginning", json!({ "iat": null })),
        ("not valid yet", json!({ "nbf": now + 61 })),
        ("no subject", json!({ "sub": null })),
        ("an empty subject", json!({ "sub": "" })),
        ("a subject that is no text", json!({ "sub": 7 })),
    ] {
        issuer.set(|it| it.claims = claims);
        refused(what, "sso_failed").await;
    }
    for (what, code, claims) in [
        ("no email", "sso_email", json!({ "email": null })),
        (
            "an email that is none",
            "sso_email",
            json!({ "email": "mia" }),
        ),
        (
            "unverified",
            "sso_email",
            json!({ "email_verified": false }),
        ),
        (
            "verified by a word",
            "sso_email",
            json!({ "email_verified": "yes" }),
        ),
        (
            "verified by nobody",
            "sso_email",
            json!({ "email_verified": null }),
        ),
        (
            "a foreign domain",
            "sso_domain",
            json!({ "email": "mia@elsewhere.example" }),
        ),
        (
            "a domain below",
            "sso_domain",
            json!({ "email": "mia@x.staff.example" }),
        ),
        (
            "a domain that ends alike",
            "sso_domain",
            json!({ "email": "mia@evilstaff.example" }),
        ),
        (
            "an admin of the platform",
            "sso_domain",
            json!({ "email": "admin@house.example" }),
        ),
    ] {
        issuer.set(|it| {
            it.claims = claims;
            it.userinfo = Some(json!({ "sub": "subject-1" }));
        });
        refused(what, code).await;
    }
    issuer.set(|it| {
        it.claims = json!({ "email": null });
        it.userinfo = Some(json!({ "sub": "subject-9", "email": "mia@staff.example" }));
    });
    refused("the userinfo of somebody else", "sso_failed").await;

    let url = issuer.url.clone();
    for (what, discovery) in [
        ("another name", json!({ "issuer": "https://evil.example" })),
        (
            "a name with a slash",
            json!({ "issuer": format!("{url}/") }),
        ),
        ("no name", json!({ "issuer": null })),
        (
            "a token endpoint inside",
            json!({ "token_endpoint": "https://127.0.0.1:1/token" }),
        ),
        (
            "a token endpoint without TLS",
            json!({ "token_endpoint": "http://id.example/token" }),
        ),
        (
            "keys inside",
            json!({ "jwks_uri": "https://169.254.169.254/keys" }),
        ),
        (
            "no trusted algorithm",
            json!({ "id_token_signing_alg_values_supported": ["HS256", "none"] }),
        ),
        (
            "no PKCE",
            json!({ "code_challenge_methods_supported": ["plain"] }),
        ),
    ] {
        let journey = stage.begin(&sso).await;
        let code = issuer.code(&journey.parameters, now);
        issuer.set(|it| it.discovery = discovery.clone());
        let back = json!({ "state": journey.parameters["state"], "code": code });
        let answer = stage.bring(&journey.cookie, back).await;
        assert_eq!(answer.problem(403), "sso_unreachable", "{what}");
        assert!(!has_session(&answer), "{what}");
        issuer.reset();
    }
    issuer.set(|it| it.discovery = json!({ "id_token_signing_alg_values_supported": ["RS256"] }));
    let answer = stage.travel(&sso).await;
    assert_eq!(
        answer.problem(403),
        "sso_failed",
        "ES256 where RS256 is told"
    );
    issuer.reset();
    for (what, code, status, body) in [
        (
            "an error",
            "sso_failed",
            400,
            r#"{"error":"invalid_grant"}"#.to_owned(),
        ),
        ("a wrong secret", "sso_failed", 401, String::new()),
        ("a failure", "sso_unreachable", 500, String::new()),
        ("no token", "sso_unreachable", 200, "{}".into()),
        ("a page", "sso_unreachable", 200, "<html>".into()),
        ("a redirect", "sso_unreachable", 302, String::new()),
        (
            "too much",
            "sso_unreachable",
            200,
            format!("{{\"id_token\":\"{}\"}}", "x".repeat(300_000)),
        ),
        (
            "a token in two parts",
            "sso_failed",
            200,
            r#"{"id_token":"a.b"}"#.into(),
        ),
        (
            "a token of nothing",
            "sso_failed",
            200,
            r#"{"id_token":".."}"#.into(),
        ),
    ] {
        issuer.set(|it| it.token = Some((status, body)));
        let answer = stage.travel(&sso).await;
        assert_eq!(answer.problem(403), code, "{what}");
        issuer.reset();
    }
    for keys in [
        json!({ "keys": [] }),
        json!({}),
        json!({ "keys": "x".repeat(300_000) }),
    ] {
        issuer.set(|it| it.keys = Some(keys));
        stage.travel(&sso).await.problem(403);
        issuer.reset();
    }

    // The state: once, in its own browser, in time.
    let journey = stage.begin(&sso).await;
    let other = stage.begin(&sso).await;
    let code = issuer.code(&journey.parameters, now);
    let asked = issuer.asked().len();
    let state = &journey.parameters["state"];
    let back = json!({ "state": state, "code": code });
    for cookie in ["a=b", "tenantry_sso=", other.cookie.as_str()] {
        let answer = stage.bring(cookie, back.clone()).await;
        assert_eq!(answer.problem(401), "sso_state", "{cookie}");
    }
    let made_up = json!({ "state": "x".repeat(500), "code": code });
    assert_eq!(
        stage.bring(&journey.cookie, made_up).await.problem(401),
        "sso_state"
    );
    let foreign = stage
        .app
        .stranger()
        .with("cookie", &journey.cookie)
        .with("sec-fetch-site", "cross-site");
    assert_eq!(
        foreign
            .post("/session/sso/complete", back.clone())
            .await
            .problem(403),
        "cross_origin"
    );
    assert_eq!(issuer.asked().len(), asked, "nobody was asked");
    let mixed = json!({ "state": state, "code": code, "iss": "https://evil.example" });
    assert_eq!(
        stage.bring(&journey.cookie, mixed).await.problem(403),
        "sso_failed"
    );
    assert_eq!(
        stage.bring(&journey.cookie, back).await.problem(401),
        "sso_state",
        "used up"
    );
    let late = stage.begin(&sso).await;
    app.forward(601);
    let code = issuer.code(&late.parameters, stage.now());
    let back = json!({ "state": late.parameters["state"], "code": code });
    assert_eq!(
        stage.bring(&late.cookie, back).await.problem(401),
        "sso_state",
        "too late"
    );

    // What the identity provider refuses, and a code that was used or is another's.
    let journey = stage.begin(&sso).await;
    let no = json!({ "state": journey.parameters["state"], "error": "access_denied", "error_description": "no\nway" });
    assert_eq!(
        stage.bring(&journey.cookie, no).await.problem(403),
        "sso_cancelled"
    );
    let journey = stage.begin(&sso).await;
    let nothing = json!({ "state": journey.parameters["state"] });
    assert_eq!(
        stage.bring(&journey.cookie, nothing).await.problem(403),
        "sso_failed"
    );
    let (mine, theirs) = (stage.begin(&sso).await, stage.begin(&sso).await);
    let stolen = issuer.code(&theirs.parameters, stage.now());
    let back = json!({ "state": mine.parameters["state"], "code": stolen });
    assert_eq!(
        stage.bring(&mine.cookie, back).await.problem(403),
        "sso_failed",
        "PKCE"
    );

    // Accounts that are kept elsewhere, and people without one.
    let platform = json!("00000000-0000-0000-0000-000000000000");
    new_user(admin, "root@staff.example", "Platform admin", &platform).await;
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    new_user(
        admin,
        "olga@staff.example",
        "Provider support",
        &other["id"],
    )
    .await;
    for email in ["root@staff.example", "olga@staff.example"] {
        issuer.set(|it| it.claims = json!({ "email": email }));
        assert_eq!(
            stage.travel(&sso).await.problem(403),
            "sso_account",
            "{email}"
        );
    }
    issuer.reset();
    stage.change(&sso, json!({ "role_id": null })).await;
    assert_eq!(stage.travel(&sso).await.problem(403), "sso_no_account");
    assert_eq!(stage.users().await.len(), users.len() + 2);
    assert_eq!(stage.sessions().await, sessions);

    // And when it is not there at all.
    let journey = stage.begin(&sso).await;
    issuer.stop().await;
    let back = json!({ "state": journey.parameters["state"], "code": "c" });
    let answer = stage.bring(&journey.cookie, back).await;
    assert_eq!(answer.problem(403), "sso_unreachable");
    let page = stage.app.stranger();
    let begun = page
        .post("/session/sso", json!({ "sso_provider_id": sso["id"] }))
        .await;
    assert_eq!(begun.problem(403), "sso_unreachable");
    assert!(
        !begun.text().contains("127.0.0.1"),
        "nothing of the inside is told"
    );
});

story!(a_trial_says_what_is_wrong, |app| async move {
    let stage = Stage::new(&app).await;
    let mut input = stage.input();
    input["is_enabled"] = json!(false);
    let sso = stage.admin.create("/sso_providers", input).await;
    let path = format!("/sso_providers/{}/test", text(&sso["id"]));
    let trial = async || stage.admin.post(&path, json!({})).await.ok();
    let good = trial().await;
    assert_eq!(good["works"], true, "{good}");
    assert_eq!(good["redirect_address"], "http://127.0.0.1:8080/login/sso");
    assert!(text(&good["checks"][0]["detail"]).contains("ES256"));
    assert!(!text(&good["checks"][0]["detail"]).contains("HS256"));

    let wrong = async |what: usize, contains: &str| {
        let told = trial().await;
        stage.issuer.reset();
        assert_eq!(told["works"], false, "{contains}");
        let detail = text(&told["checks"][what]["detail"]);
        assert!(detail.contains(contains), "{detail}");
    };
    stage
        .issuer
        .set(|it| it.discovery = json!({ "issuer": "https://other.example" }));
    wrong(0, "calls itself “https://other.example”").await;
    stage
        .issuer
        .set(|it| it.discovery = json!({ "token_endpoint": "http://x.example" }));
    wrong(0, "names a token_endpoint that begins with http://").await;
    stage
        .issuer
        .set(|it| it.discovery = json!({ "id_token_signing_alg_values_supported": ["HS256"] }));
    wrong(0, "signs with none of the algorithms").await;
    stage
        .issuer
        .set(|it| it.discovery = json!({ "jwks_uri": "https://127.0.0.1:9/keys" }));
    wrong(1, "is not public").await;
    stage
        .issuer
        .set(|it| it.keys = Some(json!({ "keys": [{ "kty": "oct", "k": "x" }] })));
    wrong(1, "holds no key that can be used").await;
    stage.issuer.stop().await;
    wrong(0, "cannot be reached").await;
    let elsewhere = json!({ "issuer": "https://localhost:1", "client_secret": SECRET });
    stage.change(&sso, elsewhere).await;
    wrong(0, "not public").await;
});
