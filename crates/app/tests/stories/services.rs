//! The services that customers subscribe to (spec 2.1).

use serde_json::{Value as Json, json};

use crate::harness;
use crate::licences::{Shop, id};
use crate::people::house;

story!(customers_subscribe_to_services, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    let path = format!("/customers/{}", shop.customer);
    let fax = admin
        .create("/products", json!({ "name": "A Fax", "code": "FAX" }))
        .await;
    let new = json!({ "name": "Draft", "code": "D", "status": "draft" });
    let draft = admin.create("/products", new).await;
    let new = json!({ "name": "Phone", "code": "P", "kind": "hardware" });
    let phone = admin.create("/products", new).await;
    let set = async |services: Json| {
        let edit = admin.with("if-match", "*");
        edit.patch(&path, json!({ "services": services })).await
    };
    let both = set(json!([shop.product, fax["id"]])).await.ok();
    assert_eq!(both["service_names"], "A Fax, Cloud PBX");
    assert_eq!(both["services"], json!([fax["id"], shop.product]));
    // In another order it is the same.
    let same = set(json!([shop.product, fax["id"]])).await.ok();
    assert_eq!(same["version"], both["version"]);
    for wrong in [
        json!([draft["id"]]),
        json!([phone["id"]]),
        json!(["0192f0c1-0000-7000-8000-000000000000"]),
        json!([shop.customer]),
    ] {
        assert_eq!(set(wrong).await.pointers(), ["/services"]);
    }
    assert!(!set(json!(["PBX"])).await.pointers().is_empty());

    // Found by what they subscribe to, by name and by id.
    admin
        .create("/customers", json!({ "name": "Without" }))
        .await;
    for filter in [
        "service_names.contains=fax".to_owned(),
        format!("services={}", id(&fax)),
    ] {
        let found = admin.items(&format!("/customers?{filter}")).await;
        assert_eq!(found.len(), 1, "{filter}");
        assert_eq!(found[0]["name"], "Meridian");
    }
    let history = admin
        .items(&format!(
            "/audit_events?object_id={}&field=services",
            shop.customer
        ))
        .await;
    assert_eq!(history[0]["changes"][0]["after_name"], "A Fax, Cloud PBX");

    // A product that is subscribed to stays, and stays a service; what is at its end may be kept.
    let product = format!("/products/{}", id(&fax));
    let edit = admin.with("if-match", "*");
    let refused = edit.delete(&product).await;
    assert_eq!(refused.problem(409), "in_use");
    assert_eq!(refused.body["blockers"][0]["kind"], "customers");
    let other = json!({ "kind": "software" });
    assert_eq!(edit.patch(&product, other).await.pointers(), ["/kind"]);
    let end = json!({ "status": "end_of_life" });
    edit.patch(&product, end).await.ok();
    set(json!([fax["id"]])).await.ok();
    let new = json!({ "name": "Late", "services": [fax["id"]] });
    assert_eq!(
        admin.post("/customers", new).await.pointers(),
        ["/services"]
    );
    let none = set(json!([])).await.ok();
    assert_eq!(
        (&none["services"], &none["service_names"]),
        (&json!([]), &json!(""))
    );
    edit.delete(&product).await.expect(204);

    // A new customer begins with them; people inside see them.
    let new = json!({ "name": "New", "services": [shop.product] });
    let new = admin.create("/customers", new).await;
    assert_eq!(new["service_names"], "Cloud PBX");
    let inside = admin
        .colleague("in@new.example", "Customer admin", new["id"].as_str())
        .await;
    let seen = inside.get(&format!("/customers/{}", id(&new))).await.ok();
    assert_eq!(seen["service_names"], "Cloud PBX");

    // Another provider's services are none.
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    let new = json!({ "name": "X", "provider_id": other["id"], "services": [shop.product] });
    assert_eq!(
        admin.post("/customers", new).await.pointers(),
        ["/services"]
    );
});

story!(services_come_from_files, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    admin
        .create("/products", json!({ "name": "Fax", "code": "FX" }))
        .await;
    let file = "name,services\r\nMeridian,pbx|Fax\r\nNew,Cloud PBX\r\nNone,\r\nWrong,Telex\r\n";
    let import = crate::imports::upload(admin, "f.csv", file).await;
    let planned = crate::imports::plan(admin, &import, json!({ "good_rows_only": true })).await;
    assert_eq!(planned["counts"]["refused"], 1, "{planned}");
    crate::imports::apply(admin, &import).await;
    for (name, services) in [
        ("Meridian", "Cloud PBX, Fax"),
        ("New", "Cloud PBX"),
        ("None", ""),
    ] {
        let found = admin.items(&format!("/customers?name={name}")).await;
        assert_eq!(found[0]["service_names"], services, "{name}");
    }
    // What was exported comes back unchanged.
    let export = admin
        .get("/customers/export?fields=name,services")
        .await
        .text();
    let import = crate::imports::upload(admin, "f.csv", export).await;
    let planned = crate::imports::plan(admin, &import, json!({})).await;
    assert_eq!(planned["counts"]["unchanged"], 3, "{planned}");
});

story!(a_customer_is_sold_its_first_blocks, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    let new = |blocks: Json| json!({ "name": "Harbour", "blocks": blocks });
    let block = |licences: i64| json!({ "product_id": shop.product, "licences": licences });
    let own = json!({ "product_id": shop.product, "licences": 5, "for_default_tenant": true, "sales_order": "SO-1" });
    let count = async |list: &str| {
        let found = admin
            .get(&format!("/{list}?count=exact&limit=1"))
            .await
            .ok();
        found["page"]["count"].as_i64().unwrap()
    };
    let before = (count("customers").await, count("audit_events").await);

    // All or nothing; each error at its block.
    let wrong = admin
        .post("/customers", new(json!([block(1), block(0)])))
        .await;
    assert_eq!(wrong.pointers(), ["/blocks/1/licences"]);
    let past = json!({ "product_id": shop.product, "licences": 5, "order_date": "2026-01-01", "expiration_date": "2025-01-01" });
    let seller = admin
        .colleague(
            "mia@house.example",
            "Customer manager",
            house(admin).await.as_str(),
        )
        .await;
    let refused = admin.post("/customers", new(json!([block(1), past]))).await;
    assert_eq!(refused.pointers(), ["/blocks/1/expiration_date"]);
    let foreign = json!({ "product_id": shop.product, "licences": 5, "tenant_id": shop.tenant });
    let refused = admin.post("/customers", new(json!([foreign]))).await;
    assert_eq!(refused.pointers(), ["/blocks/0/tenant_id"]);
    let unknown = json!({ "product_id": shop.customer, "licences": 5 });
    let refused = admin.post("/customers", new(json!([unknown]))).await;
    assert_eq!(refused.pointers(), ["/blocks/0/product_id"]);
    // Who may not sell makes nothing.
    let may = seller.get("/licence_blocks").await.status == 200;
    let refused = seller.post("/customers", new(json!([block(1)]))).await;
    assert!(may || refused.status == 403, "{}", refused.text());

    let after = (count("customers").await, count("audit_events").await);
    assert_eq!(after.0, before.0);
    let made = admin
        .create("/customers", new(json!([block(10), own])))
        .await;
    assert_eq!(
        made["licences_purchased"].as_i64().map(|it| it > 0),
        Some(true),
        "{made}"
    );
    let blocks = admin
        .items(&format!(
            "/licence_blocks?customer_id={}&sort=licences",
            id(&made)
        ))
        .await;
    assert_eq!(blocks.len(), 2);
    assert_eq!(
        (&blocks[0]["tenant_name"], &blocks[0]["sales_order"]),
        (&json!("Harbour"), &json!("SO-1"))
    );
    assert!(blocks[1]["tenant_id"].is_null());
    // The same with a local admin that cannot be: nothing of all is left.
    let role = admin.items("/roles").await;
    let role = role
        .iter()
        .find(|it| it["name"] == "Provider admin")
        .unwrap();
    let mut both = new(json!([block(3)]));
    both["name"] = json!("Both");
    both["local_admin"] =
        json!({ "role_id": role["id"], "password": "short", "password_repeat": "short" });
    assert!(!admin.post("/customers", both).await.pointers().is_empty());
    assert_eq!(count("licence_blocks").await, 2);
});
