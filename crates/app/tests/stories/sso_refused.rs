//! Single sign-on that is not right: every wrong token, answer and state lets nobody in (security.md
//! 20); and the trial that tells what is wrong beforehand.

use serde_json::json;

use crate::harness::{self, Answer};
use crate::people::{new_user, text};
use crate::sso::Stage;
use crate::sso_issuer::{CLIENT, SECRET, Sign};

fn has_session(answer: &Answer) -> bool {
    let all = answer.headers.get_all("set-cookie").into_iter();
    all.into_iter()
        .any(|it| it.to_str().unwrap().starts_with("tenantry="))
}

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
