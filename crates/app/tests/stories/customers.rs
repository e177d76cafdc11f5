use serde_json::json;

use crate::harness;

story!(create_view_change, |app| async move {
    let admin = app.admin().await;
    let answer = admin.post("/customers", json!({ "name": "  Müller\u{7} & Söhne  ", "domains": "a.example, b.example,a.example", "deal_ids": "D1,, D2", "country": "de" })).await;
    let made = answer.expect(201);
    assert_eq!(made["name"], "Müller & Söhne");
    assert_eq!(made["customer_id"], "C-000001");
    assert_eq!(made["domains"], json!(["a.example", "b.example"]));
    assert_eq!(made["deal_ids"], json!(["D1", "D2"]));
    assert_eq!(
        (
            made["country"].as_str(),
            made["status"].as_str(),
            made["tenants_count"].as_i64()
        ),
        (Some("DE"), Some("active"), Some(1))
    );
    assert_eq!(
        answer.headers["location"],
        format!("/api/v1/customers/{}", made["id"].as_str().unwrap())
    );
    let path = format!("/customers/{}", made["id"].as_str().unwrap());

    let view = admin.get(&path).await;
    let seen = view.ok();
    assert_eq!(view.etag(), "\"1\"");
    assert_eq!(seen["inherited"]["time_zone"]["value"], "Europe/Berlin");
    assert_eq!(seen["inherited"]["time_zone"]["from"]["type"], "provider");

    // GET, edit, PUT works: read-only fields that are the same are taken.
    // So is what the view tells besides; changed it is not.
    let mut edited = seen.clone();
    edited["inherited"]["time_zone"]["value"] = json!("Europe/Rome");
    let refused = admin.with("if-match", "*").put(&path, edited).await;
    assert_eq!(refused.pointers(), ["/inherited"]);
    let mut edited = seen.clone();
    edited["city"] = json!("Köln");
    assert_eq!(
        admin.put(&path, edited.clone()).await.problem(428),
        "if_match_required"
    );
    let replaced = admin
        .with("if-match", "\"1\"")
        .put(&path, edited.clone())
        .await;
    assert_eq!(
        (replaced.ok()["city"].as_str(), replaced.etag().as_str()),
        (Some("Köln"), "\"2\"")
    );
    // The tenant's name was copied once.
    admin
        .with("if-match", "*")
        .patch(&path, json!({ "name": "Renamed" }))
        .await
        .ok();
    let tenants = admin
        .items(&format!(
            "/tenants?customer_id={}",
            made["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(
        (tenants.len(), tenants[0]["name"].as_str()),
        (1, Some("Müller & Söhne"))
    );

    // Who was slower gets the current state.
    let stale = admin
        .with("if-match", "\"1\"")
        .patch(&path, json!({ "city": "Bonn" }))
        .await;
    assert_eq!(stale.problem(412), "stale");
    assert_eq!(stale.body["current"]["name"], "Renamed");
    // A patch that changes nothing makes no version and no event.
    let same = admin
        .with("if-match", "\"3\"")
        .patch(&path, json!({ "city": "Köln" }))
        .await;
    assert_eq!(
        (same.ok()["version"].as_i64(), same.etag().as_str()),
        (Some(3), "\"3\"")
    );
    let events = admin
        .items(&format!(
            "/audit_events?object_id={}&sort=at",
            made["id"].as_str().unwrap()
        ))
        .await;
    let actions: Vec<_> = events
        .iter()
        .map(|it| it["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["create", "update", "update"]);
    assert_eq!(
        events[1]["changes"],
        json!([{ "field": "city", "before": null, "after": "Köln" }])
    );
    assert_eq!(
        (
            events[1]["actor_name"].as_str(),
            events[1]["source"].as_str()
        ),
        (Some("Ada Admin (test)"), Some("api"))
    );
});

story!(every_wrong_field_is_told_at_once, |app| async move {
    let admin = app.admin().await;
    let long = "x".repeat(256);
    let wrong = admin
        .post("/customers", json!({ "name": long, "time_zone": "Mars/Olympus", "country": "UK", "domains": ["no domain"], "external_id": "a b", "stage": "maybe", "nam": "x", "link_code": "ABC" }))
        .await;
    assert_eq!(
        wrong.pointers(),
        [
            "/country",
            "/domains",
            "/external_id",
            "/link_code",
            "/nam",
            "/name",
            "/stage",
            "/time_zone"
        ]
    );
    assert_eq!(
        admin.post("/customers", json!({})).await.pointers(),
        ["/name"]
    );
    assert_eq!(
        admin
            .post("/customers", json!({ "name": "   " }))
            .await
            .pointers(),
        ["/name"]
    );
    assert_eq!(
        admin
            .post(
                "/customers",
                json!({ "name": "A", "owner_id": "01890000-0000-7000-8000-000000000001" })
            )
            .await
            .pointers(),
        ["/owner_id"]
    );
    assert_eq!(
        admin.post("/customers", json!([1])).await.problem(400),
        "not_an_object"
    );
    assert_eq!(
        admin
            .send(
                axum::http::Method::POST,
                "/customers",
                Some("application/json"),
                b"{".to_vec()
            )
            .await
            .problem(400),
        "not_json"
    );
    assert_eq!(
        admin
            .send(
                axum::http::Method::POST,
                "/customers",
                Some("text/plain"),
                b"{}".to_vec()
            )
            .await
            .problem(415),
        "unsupported_media_type"
    );
    assert_eq!(admin.items("/customers").await.len(), 0);
    let made = admin.create("/customers", json!({ "name": "A" })).await;
    let changed = admin
        .with("if-match", "*")
        .patch(
            &format!("/customers/{}", made["id"].as_str().unwrap()),
            json!({ "status": "disabled" }),
        )
        .await;
    assert_eq!(changed.pointers(), ["/status"]);
    assert_eq!(changed.body["errors"][0]["code"], "read_only");
});

story!(names_and_ids_are_unique_in_a_provider, |app| async move {
    let admin = app.admin().await;
    admin
        .create(
            "/customers",
            json!({ "name": "Straße", "customer_id": "K1", "external_id": "E-1" }),
        )
        .await;
    assert_eq!(
        admin
            .post("/customers", json!({ "name": "STRASSE" }))
            .await
            .pointers(),
        ["/name"]
    );
    assert_eq!(
        admin
            .post("/customers", json!({ "name": "B", "customer_id": "k1" }))
            .await
            .pointers(),
        ["/customer_id"]
    );
    assert_eq!(
        admin
            .post("/customers", json!({ "name": "B", "external_id": "e-1" }))
            .await
            .pointers(),
        ["/external_id"]
    );
    // Accents differ; empty external ids do not clash; typed ids are skipped by the generator.
    admin
        .create(
            "/customers",
            json!({ "name": "Strässe", "customer_id": "C-000002" }),
        )
        .await;
    assert_eq!(
        admin.create("/customers", json!({ "name": "C" })).await["customer_id"],
        "C-000001"
    );
    assert_eq!(
        admin.create("/customers", json!({ "name": "D" })).await["customer_id"],
        "C-000003"
    );
    // In another provider everything is free again.
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    admin.create("/customers", json!({ "provider_id": other["id"], "name": "Straße", "customer_id": "K1", "external_id": "E-1" })).await;
});

story!(
    names_may_repeat_when_the_provider_says_so,
    |app| async move {
        let admin = app.admin().await;
        let house = admin.items("/providers").await[0].clone();
        let path = format!("/providers/{}", house["id"].as_str().unwrap());
        admin
            .with("if-match", "*")
            .patch(&path, json!({ "customer_names": "may_repeat" }))
            .await
            .ok();
        admin.create("/customers", json!({ "name": "Same" })).await;
        admin.create("/customers", json!({ "name": "same" })).await;
        let refused = admin
            .with("if-match", "*")
            .patch(&path, json!({ "customer_names": "unique" }))
            .await;
        assert_eq!(refused.pointers(), ["/customer_names"]);
        assert!(refused.text().contains("Same (2)"));
        let one = admin.items("/customers").await[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        admin
            .with("if-match", "*")
            .patch(&format!("/customers/{one}"), json!({ "name": "Different" }))
            .await
            .ok();
        admin
            .with("if-match", "*")
            .patch(&path, json!({ "customer_names": "unique" }))
            .await
            .ok();
        assert_eq!(
            admin
                .post("/customers", json!({ "name": "different" }))
                .await
                .pointers(),
            ["/name"]
        );
    }
);

story!(many_at_once_get_ids_of_their_own, |app| async move {
    let admin = app.admin().await;
    let all = (0..40).map(|n| {
        let admin = admin.clone();
        tokio::spawn(async move {
            admin
                .create("/customers", json!({ "name": format!("N{n}") }))
                .await["customer_id"]
                .as_str()
                .unwrap()
                .to_owned()
        })
    });
    let mut ids = vec![];
    for it in all {
        ids.push(it.await.unwrap());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 40);
    // And of forty who want the same name one gets it.
    let all = (0..40).map(|_| {
        let admin = admin.clone();
        tokio::spawn(async move {
            admin
                .post("/customers", json!({ "name": "One" }))
                .await
                .status
                .as_u16()
        })
    });
    let mut statuses = vec![];
    for it in all {
        statuses.push(it.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|it| **it == 201).count(), 1);
    assert_eq!(statuses.iter().filter(|it| **it == 422).count(), 39);
});

story!(likely_duplicates, |app| async move {
    let admin = app.admin().await;
    admin.create("/customers", json!({ "name": "Müller & Söhne GmbH", "domains": ["mueller.example"], "external_id": "ERP-77" })).await;
    let reasons = |path: &'static str| {
        let admin = admin.clone();
        async move {
            admin
                .get(path)
                .await
                .ok()
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["reason"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(
        reasons("/customers/similar?name=muller%20sohne").await,
        ["name"]
    );
    assert_eq!(
        reasons("/customers/similar?domain=mueller.example").await,
        ["domain"]
    );
    assert_eq!(
        reasons("/customers/similar?external_id=erp-77").await,
        ["external_id"]
    );
    assert!(reasons("/customers/similar?name=Meier").await.is_empty());
});
