use serde_json::json;

use crate::harness;

story!(resellers_tenants_sites, |app| async move {
    let admin = app.admin().await;
    let reseller = admin
        .create(
            "/resellers",
            json!({ "name": "Vertex", "code": "vertex", "time_zone": "Europe/Paris" }),
        )
        .await;
    let customer = admin
        .create(
            "/customers",
            json!({ "name": "A", "reseller_id": reseller["id"] }),
        )
        .await;
    let id = customer["id"].as_str().unwrap();
    assert_eq!(customer["reseller_name"], "Vertex");
    let inherited = admin.get(&format!("/customers/{id}")).await.ok()["inherited"].clone();
    assert_eq!(
        (
            inherited["time_zone"]["value"].as_str(),
            inherited["time_zone"]["from"]["name"].as_str()
        ),
        (Some("Europe/Paris"), Some("Vertex"))
    );

    let tenant = admin
        .create("/tenants", json!({ "customer_id": id, "name": "Second" }))
        .await;
    assert_eq!(
        admin
            .post("/tenants", json!({ "customer_id": id, "name": "second" }))
            .await
            .pointers(),
        ["/name"]
    );
    let site = admin
        .create(
            "/sites",
            json!({ "customer_id": id, "name": "HQ", "latitude": "52.5", "kind": "office" }),
        )
        .await;
    assert_eq!(
        (site["tenant_name"].as_str(), site["site_id"].as_str()),
        (Some("A"), Some("S-1"))
    );
    let site_path = format!("/sites/{}", site["id"].as_str().unwrap());
    let moved = admin
        .with("if-match", "\"1\"")
        .patch(&site_path, json!({ "tenant_id": tenant["id"] }))
        .await
        .ok();
    assert_eq!(moved["tenant_name"], "Second");
    assert_eq!(
        admin
            .post(
                "/sites",
                json!({ "customer_id": id, "name": "X", "site_id": "s-1" })
            )
            .await
            .pointers(),
        ["/site_id"]
    );

    // Another customer's tenant is no tenant of this one.
    let other = admin.create("/customers", json!({ "name": "B" })).await;
    let foreign = admin
        .items(&format!(
            "/tenants?customer_id={}",
            other["id"].as_str().unwrap()
        ))
        .await[0]
        .clone();
    assert_eq!(
        admin
            .post(
                "/sites",
                json!({ "customer_id": id, "name": "X", "tenant_id": foreign["id"] })
            )
            .await
            .pointers(),
        ["/tenant_id"]
    );

    // What is used is not deleted; the default tenant neither.
    let tenant_path = format!("/tenants/{}", tenant["id"].as_str().unwrap());
    assert_eq!(
        admin
            .with("if-match", "*")
            .delete(&tenant_path)
            .await
            .problem(409),
        "in_use"
    );
    let default = admin
        .items(&format!("/tenants?customer_id={id}&is_default=true"))
        .await[0]
        .clone();
    assert_eq!(
        admin
            .with("if-match", "*")
            .delete(&format!("/tenants/{}", default["id"].as_str().unwrap()))
            .await
            .problem(409),
        "default_tenant"
    );
    assert_eq!(
        admin
            .post(&format!("{tenant_path}/make_default"), json!({}))
            .await
            .ok()["is_default"],
        true
    );
    assert_eq!(
        admin
            .items(&format!("/tenants?customer_id={id}&is_default=true"))
            .await
            .len(),
        1
    );
    assert_eq!(
        admin
            .with("if-match", "*")
            .delete(&format!("/tenants/{}", default["id"].as_str().unwrap()))
            .await
            .status,
        204
    );
    let row = admin.items("/customers?name=A").await[0].clone();
    assert_eq!(
        (row["tenants_count"].as_i64(), row["sites_count"].as_i64()),
        (Some(1), Some(1))
    );
    assert_eq!(
        admin
            .with("if-match", "*")
            .delete(&format!("/resellers/{}", reseller["id"].as_str().unwrap()))
            .await
            .problem(409),
        "in_use"
    );
    assert_eq!(
        admin.with("if-match", "*").delete(&site_path).await.status,
        204
    );
    assert_eq!(admin.items("/customers?name=A").await[0]["sites_count"], 0);
    assert!(
        app::customers::rollup::differences(&app.state.db)
            .await
            .unwrap()
            .is_empty()
    );
});

story!(providers, |app| async move {
    let admin = app.admin().await;
    assert_eq!(
        admin
            .post("/providers", json!({ "name": "House", "code": "x" }))
            .await
            .pointers(),
        ["/name"]
    );
    assert_eq!(
        admin
            .post("/providers", json!({ "name": "P", "code": "house" }))
            .await
            .pointers(),
        ["/code"]
    );
    assert_eq!(admin.post("/providers", json!({ "name": "P", "code": "Not A Code", "customer_id_pattern": "C-{0}{1}", "branding_colour": "red" })).await.pointers(), ["/code"]);
    assert_eq!(
        admin
            .post(
                "/providers",
                json!({ "name": "P", "code": "p", "customer_id_pattern": "C-{0}{1}" })
            )
            .await
            .pointers(),
        ["/customer_id_pattern"]
    );
    let made = admin
        .create(
            "/providers",
            json!({ "name": "P", "code": "p", "customer_id_pattern": "{yyyy}-{01}" }),
        )
        .await;
    let customer = admin
        .create(
            "/customers",
            json!({ "name": "A", "provider_id": made["id"] }),
        )
        .await;
    assert_eq!(
        (
            customer["customer_id"].as_str(),
            customer["management"].as_str()
        ),
        (Some("2026-01"), Some("active"))
    );
    let house = admin.items("/providers?is_house=true").await[0].clone();
    let suspended = admin
        .with("if-match", "*")
        .patch(
            &format!("/providers/{}", house["id"].as_str().unwrap()),
            json!({ "status": "suspended" }),
        )
        .await;
    assert_eq!(suspended.pointers(), ["/status"]);
});
