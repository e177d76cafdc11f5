use serde_json::json;

use crate::harness;

story!(everybody_sees_their_part_of_the_tree, |app| async move {
    let admin = app.admin().await;
    let house = admin.items("/providers").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    let reseller = admin
        .create("/resellers", json!({ "name": "R", "provider_id": house }))
        .await;
    let own = admin
        .create(
            "/customers",
            json!({ "name": "Resold", "reseller_id": reseller["id"] }),
        )
        .await;
    let direct = admin
        .create("/customers", json!({ "name": "Direct" }))
        .await;
    let foreign = admin
        .create(
            "/customers",
            json!({ "name": "Foreign", "provider_id": other["id"] }),
        )
        .await;
    for it in [&own, &direct, &foreign] {
        admin.create("/sites", json!({ "customer_id": it["id"], "name": format!("Site of {}", it["name"].as_str().unwrap()) })).await;
    }
    let provider = admin
        .colleague("p@house.example", "Provider admin", Some(&house))
        .await;
    let seller = admin
        .colleague("r@house.example", "Reseller admin", reseller["id"].as_str())
        .await;
    let inside = admin
        .colleague("c@house.example", "Customer admin", own["id"].as_str())
        .await;

    assert_eq!(admin.items("/customers").await.len(), 3);
    assert_eq!(provider.items("/customers").await.len(), 2);
    assert_eq!(seller.items("/customers").await.len(), 1);
    assert_eq!(
        (
            provider.items("/sites").await.len(),
            seller.items("/sites").await.len(),
            inside.items("/sites").await.len()
        ),
        (2, 1, 1)
    );
    assert_eq!(
        seller.get("/customers?count=exact").await.ok()["page"]["count"],
        1
    );
    assert_eq!(
        seller.get("/customers/export").await.text().lines().count(),
        2
    );
    assert_eq!(
        admin
            .items(&format!(
                "/customers?under={}",
                reseller["id"].as_str().unwrap()
            ))
            .await
            .len(),
        1
    );
    assert_eq!(
        seller
            .items("/audit_events?object_type=customers")
            .await
            .len(),
        1
    );

    // A foreign id answers exactly like one that does not exist.
    let absent = "01890000-0000-7000-8000-000000000001";
    for path in [
        "/customers/{}",
        "/customers?under={}",
        "/customers/{}/deletion",
        "/sites?customer_id={}",
    ] {
        for hidden in [&direct, &foreign] {
            let told = |answer: harness::Answer| {
                let mut body = answer.body.clone();
                body["request_id"] = json!("");
                (answer.status, body)
            };
            let one = told(
                seller
                    .get(&path.replace("{}", hidden["id"].as_str().unwrap()))
                    .await,
            );
            let two = told(seller.get(&path.replace("{}", absent)).await);
            assert_eq!(one, two, "{path}");
            assert!(one.0.is_client_error());
        }
    }
    let hidden = direct["id"].as_str().unwrap();
    assert_eq!(
        seller
            .with("if-match", "*")
            .patch(&format!("/customers/{hidden}"), json!({ "name": "X" }))
            .await
            .problem(404),
        "not_found"
    );
    assert_eq!(
        seller
            .post("/sites", json!({ "customer_id": hidden, "name": "X" }))
            .await
            .pointers(),
        ["/customer_id"]
    );
    assert_eq!(
        seller
            .post(
                "/customers",
                json!({ "name": "X", "reseller_id": other["id"] })
            )
            .await
            .pointers(),
        ["/reseller_id"]
    );
    assert_eq!(
        provider
            .post(
                "/customers",
                json!({ "name": "X", "provider_id": other["id"] })
            )
            .await
            .pointers(),
        ["/provider_id"]
    );

    // TREE-03: a new customer goes to the caller's home.
    assert_eq!(
        seller.create("/customers", json!({ "name": "New" })).await["reseller_id"],
        reseller["id"]
    );
    assert_eq!(
        provider
            .create("/customers", json!({ "name": "New 2" }))
            .await["reseller_id"],
        json!(null)
    );

    // ACC-10: from inside, the customer's record shows only what is declared visible.
    let seen = inside
        .get(&format!("/customers/{}", own["id"].as_str().unwrap()))
        .await;
    if seen.status == 200 {
        assert!(
            seen.body.get("name").is_none()
                && seen.body.get("account_id").is_none()
                && seen.body.get("reseller_id").is_none()
        );
    }
    let sites = inside.items("/sites").await;
    assert!(sites[0].get("customer_name").is_none(), "{}", sites[0]);
    assert_eq!(
        inside.get("/customers?name=Resold").await.status.as_u16() / 100,
        4
    );
    assert!(
        inside
            .get("/search?q=Resold")
            .await
            .ok()
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["type"] != "customers")
    );
});

story!(what_a_role_lacks_is_403, |app| async move {
    let admin = app.admin().await;
    let house = admin.items("/providers").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let reader = admin
        .colleague("ro@house.example", "Read-only", Some(&house))
        .await;
    assert_eq!(reader.get("/customers").await.status, 200);
    assert_eq!(
        reader
            .post("/customers", json!({ "name": "X" }))
            .await
            .problem(403),
        "forbidden"
    );
    let support = admin
        .colleague("s@house.example", "Provider support", Some(&house))
        .await;
    let made = support.create("/customers", json!({ "name": "X" })).await;
    assert_eq!(
        support
            .with("if-match", "*")
            .delete(&format!("/customers/{}", made["id"].as_str().unwrap()))
            .await
            .problem(403),
        "forbidden"
    );
    assert_eq!(
        app.stranger().get("/customers").await.problem(401),
        "unauthenticated"
    );
});
