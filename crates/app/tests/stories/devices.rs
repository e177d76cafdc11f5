//! Registering devices, and what happens to them (spec 3.2).

use serde_json::json;

use crate::harness;
use crate::licences::{Shop, id};

story!(a_device_is_registered_once, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    shop.sell(5).await;
    let mut device = shop.device("SN-001");
    device["name"] = json!("Reception");
    let first = admin.create("/devices", device.clone()).await;
    assert_eq!(
        (first["group_name"].as_str(), first["tenant_name"].as_str()),
        (Some("Default"), Some("Meridian"))
    );
    // Asked again, in other case: the same device.
    device["identifier"] = json!("sn-001");
    let again = admin.post("/devices", device.clone()).await;
    assert_eq!(again.ok()["id"], first["id"]);
    assert_eq!(shop.pool(None).await, (1, 5));
    device["name"] = json!("Kitchen");
    assert_eq!(admin.post("/devices", device).await.problem(409), "differs");

    // Held elsewhere: whoever sees it is told where, whoever does not is told nothing.
    let other = admin.create("/customers", json!({ "name": "Other" })).await;
    let block = json!({ "customer_id": other["id"], "product_id": shop.product, "licences": 1 });
    admin.create("/licence_blocks", block).await;
    let theirs =
        json!({ "customer_id": other["id"], "product_id": shop.product, "identifier": "SN-001" });
    let told = admin.post("/devices", theirs.clone()).await;
    assert_eq!(told.problem(409), "differs");
    let local = admin
        .colleague("lee@other.example", "Customer admin", other["id"].as_str())
        .await;
    let told = local.post("/devices", theirs).await;
    assert_eq!(told.problem(409), "identifier_unavailable");
    assert!(!told.text().contains("Meridian") && !told.text().contains(&id(&first)));

    // Several of one batch, one of them twice.
    let new = |identifier: &str| {
        let mut device = shop.device(identifier);
        device["op"] = json!("create");
        device
    };
    let batch = json!({ "items": [new("x"), new("y"), new("X"), new("SN-001")] });
    let answer = admin.post("/devices/batch?partial=true", batch).await.ok();
    assert_eq!(
        (answer["done"].as_i64(), answer["refused"].as_i64()),
        (Some(3), Some(1))
    );
    assert_eq!(shop.pool(None).await, (3, 5));

    for (field, value) in [
        ("identifier", json!("")),
        ("identifier", json!("x".repeat(101))),
        ("tenant_id", json!("01890000-0000-7000-8000-000000000001")),
        ("site_id", json!("01890000-0000-7000-8000-000000000001")),
        ("group_id", json!("01890000-0000-7000-8000-000000000001")),
        ("user_id", json!(admin.user_id)),
        ("contact_id", json!("01890000-0000-7000-8000-000000000001")),
        ("product_id", json!("01890000-0000-7000-8000-000000000001")),
        ("status", json!("suspended")),
    ] {
        let mut device = shop.device("new");
        device[field] = value;
        assert_eq!(
            admin.post("/devices", device).await.pointers(),
            [format!("/{field}")]
        );
    }
    assert_eq!(shop.pool(None).await, (3, 5));
});

story!(the_life_of_a_device, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    shop.sell(5).await;
    let branch = shop.second_tenant().await;
    let mut own = shop.block(5);
    own["tenant_id"] = json!(branch);
    admin.create("/licence_blocks", own).await;
    let device = shop.register("a").await;
    let path = format!("/devices/{}", id(&device));
    let act = async |action: &str| admin.post(&format!("{path}/{action}"), json!({})).await;

    // To another tenant: from pool to pool.
    let there = json!({ "tenant_id": branch });
    admin.with("if-match", "*").patch(&path, there).await.ok();
    assert_eq!(
        (shop.pool(None).await, shop.pool(Some(&branch)).await),
        ((0, 5), (1, 5))
    );
    let why = admin
        .get(&format!("/licence_pools/why?device_id={}", id(&device)))
        .await
        .ok();
    assert_eq!(
        (why["reason"].as_str(), why["pool"]["used"].as_i64()),
        (Some("own_blocks"), Some(1))
    );

    assert_eq!(act("suspend").await.ok()["status"], "suspended");
    assert_eq!(shop.pool(Some(&branch)).await, (1, 5));
    assert_eq!(act("resume").await.ok()["status"], "active");
    assert_eq!(act("deregister").await.ok()["status"], "deregistered");
    act("deregister").await.ok();
    assert_eq!(shop.pool(Some(&branch)).await, (0, 5));
    assert_eq!(act("resume").await.problem(409), "deregistered");
    let anew = shop.register("a").await;
    assert_ne!(anew["id"], device["id"]);

    // A site is one of its tenant.
    let site = json!({ "customer_id": shop.customer, "name": "HQ", "tenant_id": branch });
    let site = admin.create("/sites", site).await;
    let mut at_site = shop.device("b");
    at_site["site_id"] = site["id"].clone();
    let at_site = admin.create("/devices", at_site).await;
    assert_eq!(at_site["tenant_id"], json!(branch));
    let wrong = json!({ "tenant_id": shop.tenant });
    let edit = admin.with("if-match", "*");
    assert_eq!(
        edit.patch(&format!("/devices/{}", id(&at_site)), wrong)
            .await
            .pointers(),
        ["/site_id"]
    );
    let refused = edit.delete(&format!("/sites/{}", id(&site))).await;
    assert_eq!(refused.problem(409), "in_use");

    // To another customer, who must have a block.
    let other = admin.create("/customers", json!({ "name": "Other" })).await;
    let path = format!("/devices/{}", id(&at_site));
    let to = json!({ "customer_id": other["id"] });
    assert_eq!(
        admin
            .post(&format!("{path}/move"), to.clone())
            .await
            .problem(409),
        "no_licence_block"
    );
    let block = json!({ "customer_id": other["id"], "product_id": shop.product, "licences": 1 });
    admin.create("/licence_blocks", block).await;
    let moved = admin.post(&format!("{path}/move"), to.clone()).await.ok();
    assert_eq!(
        (moved["customer_name"].as_str(), moved["site_id"].is_null()),
        (Some("Other"), true)
    );
    assert_eq!(
        admin.post(&format!("{path}/move"), to).await.pointers(),
        ["/customer_id"]
    );
    assert_eq!(shop.pool(Some(&branch)).await, (0, 5));
    let pools = admin
        .items(&format!("/licence_pools?customer_id={}", id(&other)))
        .await;
    assert_eq!(pools[0]["used"], 1);
    for customer in [&shop.customer, &id(&other)] {
        let told = admin
            .items(&format!("/audit_events?action=move&customer_id={customer}"))
            .await;
        assert_eq!(told.len(), 1, "{customer}");
    }
    let elsewhere = admin
        .create("/providers", json!({ "name": "P2", "code": "p2" }))
        .await;
    let foreign = json!({ "name": "F", "provider_id": elsewhere["id"] });
    let foreign = admin.create("/customers", foreign).await;
    let to = json!({ "customer_id": foreign["id"] });
    assert_eq!(
        admin.post(&format!("{path}/move"), to).await.pointers(),
        ["/customer_id"]
    );
});

story!(device_groups, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    shop.sell(5).await;
    let new = json!({ "customer_id": shop.customer, "name": "Floor 1" });
    let group = admin.create("/device_groups", new.clone()).await;
    assert_eq!(
        admin.post("/device_groups", new).await.pointers(),
        ["/name"]
    );
    let groups = admin.items("/device_groups").await;
    let default = groups.iter().find(|it| it["is_default"] == true).unwrap();
    let remove = async |it: &serde_json::Value| {
        let path = format!("/device_groups/{}", id(it));
        admin.with("if-match", "*").delete(&path).await
    };
    assert_eq!(remove(default).await.problem(409), "default_group");
    let mut device = shop.device("a");
    device["group_id"] = group["id"].clone();
    let device = admin.create("/devices", device).await;
    assert_eq!(remove(&group).await.problem(409), "in_use");
    admin
        .post(&format!("/devices/{}/deregister", id(&device)), json!({}))
        .await
        .ok();
    remove(&group).await.expect(204);
    let device = admin.get(&format!("/devices/{}", id(&device))).await.ok();
    assert_eq!(device["group_name"], "Default");
});
