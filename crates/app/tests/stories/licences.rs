//! Products, licence blocks, pools, over-use, renewal (spec 3.1, ENT-01).

use serde_json::{Value as Json, json};

use crate::harness::{self, App, Client};

/// A customer with a product to sell it.
pub struct Shop {
    pub admin: Client,
    pub customer: String,
    pub product: String,
    /// The customer's default tenant.
    pub tenant: String,
}

pub fn id(it: &Json) -> String {
    it["id"].as_str().unwrap().to_owned()
}

impl Shop {
    pub async fn open(app: &App) -> Self {
        let admin = app.admin().await;
        let product = admin
            .create("/products", json!({ "name": "Cloud PBX", "code": "PBX" }))
            .await;
        let customer = admin
            .create("/customers", json!({ "name": "Meridian" }))
            .await;
        let customer = id(&customer);
        let tenants = admin
            .items(&format!("/tenants?customer_id={customer}"))
            .await;
        Self {
            admin,
            customer,
            product: id(&product),
            tenant: id(&tenants[0]),
        }
    }

    pub fn block(&self, licences: i64) -> Json {
        json!({ "customer_id": self.customer, "product_id": self.product, "licences": licences })
    }

    pub async fn sell(&self, licences: i64) -> Json {
        self.admin
            .create("/licence_blocks", self.block(licences))
            .await
    }

    pub async fn second_tenant(&self) -> String {
        let new = json!({ "customer_id": self.customer, "name": "Branch" });
        id(&self.admin.create("/tenants", new).await)
    }

    pub fn device(&self, identifier: &str) -> Json {
        json!({ "customer_id": self.customer, "product_id": self.product, "identifier": identifier })
    }

    pub async fn register(&self, identifier: &str) -> Json {
        self.admin.create("/devices", self.device(identifier)).await
    }

    /// The nth device, with a block of one licence for it.
    pub async fn register_with_block(&self, n: usize) {
        self.sell(1).await;
        self.register(&format!("device {n}")).await;
    }

    /// Used and purchased of a pool; `None` for Global.
    pub async fn pool(&self, tenant: Option<&str>) -> (i64, i64) {
        let pools = format!("/licence_pools?customer_id={}", self.customer);
        let pools = self.admin.items(&pools).await;
        let pool = pools.iter().find(|it| it["tenant_id"].as_str() == tenant);
        pool.map_or((0, 0), |it| {
            (
                it["used"].as_i64().unwrap(),
                it["purchased"].as_i64().unwrap(),
            )
        })
    }
}

story!(products, |app| async move {
    let admin = app.admin().await;
    let features = json!([{ "name": "Lines", "value": 4 }, { "name": "Fax", "value": true }, { "name": "Codec", "value": "G.722" }]);
    let new =
        json!({ "name": "Cloud PBX", "code": "PBX", "features": features, "status": "draft" });
    let product = admin.create("/products", new).await;
    assert_eq!(product["features"], features);
    assert_eq!(
        admin
            .post("/products", json!({ "name": "X", "code": "pbx" }))
            .await
            .pointers(),
        ["/code"]
    );
    for wrong in [
        json!([{ "name": "Lines", "value": 4 }, { "name": "lines", "value": 5 }]),
        json!([{ "name": "", "value": 4 }]),
        json!([{ "name": "a", "value": { "deep": 1 } }]),
        json!("none"),
    ] {
        let new = json!({ "name": "X", "code": "x", "features": wrong });
        assert!(
            !admin.post("/products", new).await.pointers().is_empty(),
            "{wrong}"
        );
    }

    // A draft is not sold, and what was sold stays when the product ends.
    let customer = admin.create("/customers", json!({ "name": "A" })).await;
    let block =
        json!({ "customer_id": customer["id"], "product_id": product["id"], "licences": 5 });
    assert_eq!(
        admin
            .post("/licence_blocks", block.clone())
            .await
            .pointers(),
        ["/product_id"]
    );
    let path = format!("/products/{}", id(&product));
    let set = async |status: &str| {
        admin
            .with("if-match", "*")
            .patch(&path, json!({ "status": status }))
            .await
    };
    set("complete").await.ok();
    admin.create("/licence_blocks", block.clone()).await;
    set("end_of_life").await.ok();
    assert_eq!(
        admin.post("/licence_blocks", block).await.pointers(),
        ["/product_id"]
    );
    let refused = admin.with("if-match", "*").delete(&path).await;
    assert_eq!(refused.problem(409), "in_use");
    assert_eq!(refused.body["blockers"][0]["kind"], "licence_blocks");

    // Each provider has its own, and may use the platform's catalogue, which it does not change.
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    let theirs = admin
        .colleague("boss@other.example", "Provider admin", other["id"].as_str())
        .await;
    let catalogue = json!({ "name": "Everywhere", "code": "all", "provider_id": "00000000-0000-0000-0000-000000000000" });
    assert_eq!(
        theirs
            .post("/products", catalogue.clone())
            .await
            .problem(403),
        "not_yours"
    );
    let shared = admin.create("/products", catalogue).await;
    theirs
        .create("/products", json!({ "name": "Mine", "code": "PBX" }))
        .await;
    let names: Vec<_> = theirs
        .items("/products")
        .await
        .iter()
        .map(|it| it["name"].clone())
        .collect();
    assert_eq!(names, ["Everywhere", "Mine"]);
    let path = format!("/products/{}", id(&shared));
    let edited = theirs
        .with("if-match", "*")
        .patch(&path, json!({ "name": "X" }))
        .await;
    assert_eq!(edited.problem(403), "not_yours");
    // Nobody sells another provider's product.
    let foreign = json!({ "customer_id": customer["id"], "product_id": theirs.items("/products?code=PBX").await[0]["id"], "licences": 1 });
    assert_eq!(
        admin.post("/licence_blocks", foreign).await.pointers(),
        ["/product_id"]
    );
});

story!(blocks_and_their_dates, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    // 09:00 UTC is 10:00 in Berlin: the 2nd of March.
    let block = shop.sell(10).await;
    assert_eq!(block["order_date"], "2026-03-02");
    assert_eq!(block["expiration_date"], "2027-03-02");
    assert_eq!(block["starts_at"], "2026-03-01T23:00:00Z");
    assert_eq!(block["ends_at"], "2027-03-02T23:00:00Z");
    assert_eq!(
        (block["state"].as_str(), block["licences_used"].as_i64()),
        (Some("in_force"), Some(0))
    );

    let with = |field: &str, value: Json| {
        let mut block = shop.block(10);
        block[field] = value;
        block
    };
    let other = admin.create("/customers", json!({ "name": "B" })).await;
    let foreign = admin
        .items(&format!("/tenants?customer_id={}", id(&other)))
        .await;
    for (field, value, pointer) in [
        ("licences", json!(0), "/licences"),
        ("licences", json!(-1), "/licences"),
        ("licences", json!(10_000_001), "/licences"),
        ("licences", json!(1.5), "/licences"),
        ("expiration_date", json!("2026-03-02"), "/expiration_date"),
        ("expiration_date", json!("2026-02-30"), "/expiration_date"),
        ("tenant_id", foreign[0]["id"].clone(), "/tenant_id"),
        (
            "tenant_id",
            json!("01890000-0000-7000-8000-000000000001"),
            "/tenant_id",
        ),
        ("sales_order", json!("x".repeat(101)), "/sales_order"),
        ("unit_price", json!("-1"), "/unit_price"),
        (
            "product_id",
            json!("01890000-0000-7000-8000-000000000001"),
            "/product_id",
        ),
        ("licences_used", json!(3), "/licences_used"),
    ] {
        let answer = admin
            .post("/licence_blocks", with(field, value.clone()))
            .await;
        assert_eq!(answer.pointers(), [pointer], "{field} {value}");
    }
    // A price needs a currency from somewhere.
    assert_eq!(
        admin
            .post("/licence_blocks", with("unit_price", json!("2.5")))
            .await
            .pointers(),
        ["/currency"]
    );
    let mut priced = with("unit_price", json!("2.5"));
    priced["currency"] = json!("EUR");
    assert_eq!(
        admin.create("/licence_blocks", priced).await["value"],
        "25.00"
    );

    // Who may not backdate enters no past date, and may leave one that stands there.
    let house = id(&admin.items("/providers").await[0]);
    let support = admin
        .colleague("sue@house.example", "Provider support", Some(&house))
        .await;
    let past = with("order_date", json!("2026-03-01"));
    assert_eq!(
        support
            .post("/licence_blocks", past.clone())
            .await
            .pointers(),
        ["/order_date"]
    );
    let old = admin.create("/licence_blocks", past).await;
    let audit = format!("/audit_events?object_id={}&action=backdate", id(&old));
    assert_eq!(admin.items(&audit).await.len(), 1);
    let path = format!("/licence_blocks/{}", id(&old));
    let noted = support
        .with("if-match", "*")
        .patch(&path, json!({ "note": "Called them" }))
        .await;
    assert_eq!(noted.ok()["order_date"], "2026-03-01");
    let moved = support
        .with("if-match", "*")
        .patch(&path, json!({ "order_date": "2026-02-28" }))
        .await;
    assert_eq!(moved.pointers(), ["/order_date"]);

    // The zone of the customer moves what the dates mean.
    let zone = json!({ "time_zone": "America/New_York" });
    admin
        .with("if-match", "*")
        .patch(&format!("/customers/{}", shop.customer), zone)
        .await
        .ok();
    let block = admin
        .get(&format!("/licence_blocks/{}", id(&block)))
        .await
        .ok();
    assert_eq!(block["starts_at"], "2026-03-02T05:00:00Z");
    assert_eq!(block["state"], "in_force");

    let path = format!("/customers/{}/archive", shop.customer);
    admin.post(&path, json!({})).await.ok();
    assert_eq!(
        admin
            .post("/licence_blocks", shop.block(1))
            .await
            .problem(409),
        "archived"
    );
});

story!(pools_and_precedence, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    let branch = shop.second_tenant().await;
    // Without a block there is nothing to draw on.
    let refused = admin.post("/devices", shop.device("a")).await;
    assert_eq!(refused.problem(409), "no_licence_block");
    shop.sell(3).await;
    for (n, tenant) in [(1, &shop.tenant), (2, &branch), (3, &branch)] {
        let mut device = shop.device(&format!("d{n}"));
        device["tenant_id"] = json!(tenant);
        admin.create("/devices", device).await;
    }
    assert_eq!(shop.pool(None).await, (3, 3));
    let why = |tenant: &str| {
        format!(
            "/licence_pools/why?tenant_id={tenant}&product_id={}",
            shop.product
        )
    };
    assert_eq!(
        admin.get(&why(&branch)).await.ok()["reason"],
        "shares_global"
    );

    // A block of its own takes a tenant's devices along, and says so before.
    let mut own = shop.block(5);
    own["tenant_id"] = json!(branch);
    let told = admin
        .post("/licence_blocks/preview", own.clone())
        .await
        .ok();
    assert_eq!(told["devices_moving"], 2);
    let own = admin.create("/licence_blocks", own).await;
    assert_eq!(
        (shop.pool(None).await, shop.pool(Some(&branch)).await),
        ((1, 3), (2, 5))
    );
    assert_eq!(admin.get(&why(&branch)).await.ok()["reason"], "own_blocks");
    assert_eq!(own["licences_used"], 2);

    // One that begins later changes nothing yet.
    let path = format!("/licence_blocks/{}", id(&own));
    let later = json!({ "order_date": "2026-03-05" });
    admin.with("if-match", "*").patch(&path, later).await.ok();
    assert_eq!(
        (shop.pool(None).await, shop.pool(Some(&branch)).await),
        ((3, 3), (0, 0))
    );
    assert_eq!(
        admin.get(&why(&branch)).await.ok()["reason"],
        "own_blocks_later"
    );
    app.forward(3 * 86_400);
    app::licences::clock::tick(app.state.clone()).await.unwrap();
    assert_eq!(
        (shop.pool(None).await, shop.pool(Some(&branch)).await),
        ((1, 3), (2, 5))
    );

    // When its last block goes, its devices come back.
    let told = admin.get(&format!("{path}/deletion")).await.ok();
    assert_eq!(told["devices_moving"], 2);
    assert_eq!(told["pools"].as_array().unwrap().len(), 2);
    admin.with("if-match", "*").delete(&path).await.expect(204);
    assert_eq!(
        (shop.pool(None).await, shop.pool(Some(&branch)).await),
        ((3, 3), (0, 0))
    );

    // Tenants with devices or blocks stay.
    let refused = admin
        .with("if-match", "*")
        .delete(&format!("/tenants/{branch}"))
        .await;
    assert_eq!(refused.problem(409), "in_use");
    assert_eq!(refused.body["blockers"][0]["kind"], "devices");

    // Blocks fill in the order in which they expire.
    let mut early = shop.block(2);
    early["expiration_date"] = json!("2026-06-01");
    admin.create("/licence_blocks", early).await;
    let blocks = format!("/licence_blocks?customer_id={}", shop.customer);
    let used: Vec<_> = admin
        .items(&blocks)
        .await
        .iter()
        .map(|it| it["licences_used"].clone())
        .collect();
    assert_eq!(used, [2, 1]);
});

story!(a_case_of_over_use, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    let providers = admin.items("/providers").await;
    let path = format!("/providers/{}", id(&providers[0]));
    let desk = json!({ "accounting_emails": ["desk@house.example"] });
    admin.with("if-match", "*").patch(&path, desk).await.ok();
    shop.sell(2).await;
    let devices = [shop.register("a").await, shop.register("b").await];
    assert!(admin.items("/overuse_cases").await.is_empty());
    shop.register("c").await;
    let cases = admin.items("/overuse_cases").await;
    let case = &cases[0];
    assert_eq!(
        (cases.len(), case["state"].as_str(), case["excess"].as_i64()),
        (1, Some("open"), Some(1))
    );
    let mails = admin.items("/mail_messages?kind=overuse").await;
    assert_eq!(
        (mails.len(), mails[0]["recipient"].as_str()),
        (1, Some("desk@house.example"))
    );
    assert!(
        mails[0]["body_text"]
            .as_str()
            .unwrap()
            .contains("Meridian uses 3 of 2 licences of Cloud PBX (Global): 1 too many"),
        "{}",
        mails[0]
    );

    // It goes on without another message the same day; later a doubled excess is told.
    shop.register("d").await;
    shop.register("e").await;
    assert_eq!(admin.items("/overuse_cases").await[0]["excess"], 3);
    assert!(
        admin
            .items("/mail_messages?kind=overuse_reminder")
            .await
            .is_empty()
    );
    app.forward(86_400);
    app::licences::clock::remind(app.state.clone())
        .await
        .unwrap();
    app::licences::clock::remind(app.state.clone())
        .await
        .unwrap();
    assert_eq!(
        admin
            .items("/mail_messages?kind=overuse_reminder")
            .await
            .len(),
        1
    );

    // Handled by hand, with a note.
    let path = format!("/overuse_cases/{}", id(case));
    let note = json!({ "note": "Rang Mr Lee" });
    let handled = admin.post(&format!("{path}/acknowledge"), note).await.ok();
    assert_eq!(
        (handled["state"].as_str(), handled["note"].as_str()),
        (Some("acknowledged"), Some("Rang Mr Lee"))
    );
    let note = json!({ "note": "x".repeat(600) });
    assert_eq!(
        admin.post(&format!("{path}/order"), note).await.pointers(),
        ["/note"]
    );
    admin
        .post(&format!("{path}/order"), json!({ "note": "SO-7" }))
        .await
        .ok();

    // More licences clear it; a new excess is a new case.
    let more = shop.sell(3).await;
    let cleared = admin.get(&path).await.ok();
    assert_eq!(
        (cleared["state"].as_str(), cleared["purchased"].as_i64()),
        (Some("cleared"), Some(5))
    );
    let refused = admin.post(&format!("{path}/acknowledge"), json!({})).await;
    assert_eq!(refused.problem(409), "cleared");
    shop.register("f").await;
    assert_eq!(admin.items("/overuse_cases?state=open").await.len(), 1);
    for device in devices {
        admin
            .post(&format!("/devices/{}/deregister", id(&device)), json!({}))
            .await
            .ok();
    }
    assert_eq!(shop.pool(None).await, (4, 5));
    assert!(admin.items("/overuse_cases?state=open").await.is_empty());

    // Archiving clears, and coming back opens again.
    let path = format!("/licence_blocks/{}", id(&more));
    admin.with("if-match", "*").delete(&path).await.expect(204);
    assert_eq!(admin.items("/overuse_cases?state=open").await.len(), 1);
    let path = format!("/customers/{}", shop.customer);
    admin.post(&format!("{path}/archive"), json!({})).await.ok();
    assert!(admin.items("/overuse_cases?state=open").await.is_empty());
    assert_eq!(
        admin.post("/devices", shop.device("g")).await.problem(409),
        "archived"
    );
    admin
        .post(&format!("{path}/unarchive"), json!({}))
        .await
        .ok();
    assert_eq!(admin.items("/overuse_cases?state=open").await.len(), 1);
    let told = admin
        .items("/audit_events?object_type=overuse_cases&sort=at")
        .await;
    let told: Vec<_> = told
        .iter()
        .map(|it| it["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "open",
            "remind",
            "acknowledge",
            "order",
            "clear",
            "open",
            "clear",
            "open",
            "clear",
            "open"
        ]
    );

    // The customer's own figures in the grid.
    let customer = admin.get(&path).await.ok();
    assert_eq!(
        (
            customer["devices_count"].as_i64(),
            customer["licences_used"].as_i64(),
            customer["licences_purchased"].as_i64(),
            customer["pools_over"].as_i64()
        ),
        (Some(4), Some(4), Some(2), Some(1))
    );
    assert_eq!(customer["licence_product"], "Cloud PBX");
    assert_eq!(
        admin.get(&format!("{path}/deletion")).await.ok()["blockers"][0]["kind"],
        "devices"
    );
});

story!(renewal, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    let mut short = shop.block(10);
    short["expiration_date"] = json!("2026-04-01");
    short["po_number"] = json!("PO-1");
    let block = admin.create("/licence_blocks", short).await;
    let path = format!("/licence_blocks/{}", id(&block));
    let status = || async {
        admin
            .get(&format!("/customers/{}", shop.customer))
            .await
            .ok()["licence_status"]
            .clone()
    };
    assert_eq!(status().await, "expiring");
    let next = "/licence_blocks?is_undecided=true&expiration_date.lte=2026-05-31";
    assert_eq!(admin.items(next).await.len(), 1);

    let after = admin
        .create(&format!("{path}/renew"), json!({ "sales_order": "SO-2" }))
        .await;
    assert_eq!(
        (
            after["order_date"].as_str(),
            after["expiration_date"].as_str()
        ),
        (Some("2026-04-02"), Some("2027-04-02"))
    );
    assert_eq!(
        (
            after["licences"].as_i64(),
            after["renews_id"].as_str(),
            after["state"].as_str()
        ),
        (Some(10), block["id"].as_str(), Some("upcoming"))
    );
    assert_eq!(
        admin
            .post(&format!("{path}/renew"), json!({}))
            .await
            .problem(409),
        "renewed"
    );
    assert_eq!(
        admin
            .post(&format!("{path}/not_renewed"), json!({ "reason": "No" }))
            .await
            .problem(409),
        "renewed"
    );
    assert_eq!(status().await, "good");
    assert!(admin.items(next).await.is_empty());

    // Without its successor the block is undecided again.
    let successor = format!("/licence_blocks/{}", id(&after));
    admin
        .with("if-match", "*")
        .delete(&successor)
        .await
        .expect(204);
    assert_eq!(status().await, "expiring");
    app.forward(40 * 86_400);
    app::licences::clock::tick(app.state.clone()).await.unwrap();
    assert_eq!(status().await, "expired");
    assert_eq!(admin.get(&path).await.ok()["state"], "expired");
    assert_eq!(shop.pool(None).await, (0, 0));
    assert_eq!(
        admin
            .post(&format!("{path}/not_renewed"), json!({ "reason": " " }))
            .await
            .pointers(),
        ["/reason"]
    );
    let marked = admin
        .post(
            &format!("{path}/not_renewed"),
            json!({ "reason": "They left" }),
        )
        .await
        .ok();
    assert_eq!(marked["is_undecided"], false);
    assert_eq!(status().await, "good");
});

story!(history_of_a_pool, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    shop.sell(10).await;
    shop.register("a").await;
    app.forward(3 * 86_400);
    shop.register("b").await;
    shop.register("c").await;
    app.forward(86_400);
    shop.sell(5).await;
    let pools = admin.items("/licence_pools").await;
    let path = format!("/licence_pools/{}/history", id(&pools[0]));
    let days = |body: Json| -> Vec<(String, i64, i64)> {
        let day = |it: &Json| {
            (
                it["day"].as_str().unwrap().to_owned(),
                it["used"].as_i64().unwrap(),
                it["purchased"].as_i64().unwrap(),
            )
        };
        body.as_array().unwrap().iter().map(day).collect()
    };
    let all = days(admin.get(&path).await.ok());
    let told = |day: &str, used, purchased| (day.to_owned(), used, purchased);
    assert_eq!(
        all,
        [
            told("2026-03-02", 1, 10),
            told("2026-03-05", 3, 10),
            told("2026-03-06", 3, 15)
        ]
    );
    // What held at the beginning comes first.
    let some = days(
        admin
            .get(&format!("{path}?from=2026-03-04&to=2026-03-05"))
            .await
            .ok(),
    );
    assert_eq!(some, all[..2]);
    assert_eq!(
        admin.get(&format!("{path}?from=never")).await.problem(400),
        "invalid_parameter"
    );
});

story!(a_block_goes_to_a_tenant_and_back, |app| async move {
    let shop = Shop::open(&app).await;
    let block = shop.sell(2).await;
    shop.sell(1).await;
    shop.register("A-1").await;
    let path = format!("/licence_blocks/{}", id(&block));
    let edit = shop.admin.with("if-match", "*");
    let branch = shop.second_tenant().await;
    for tenant in [json!(branch), json!(shop.tenant), json!(null)] {
        let to = json!({ "tenant_id": tenant });
        let told = shop
            .admin
            .post(
                &format!("{path}/preview"),
                json!({ "licences": 2, "tenant_id": tenant }),
            )
            .await
            .ok();
        let moves = i64::from(tenant == json!(shop.tenant) || tenant.is_null());
        assert_eq!(told["devices_moving"], moves, "{tenant} {told}");
        edit.patch(&path, to).await.ok();
        let own = shop.pool(tenant.as_str()).await;
        let global = if tenant.is_null() { 3 } else { 1 };
        let used = i64::from(tenant != json!(branch));
        assert_eq!(
            own,
            (used, if tenant.is_null() { 3 } else { 2 }),
            "{tenant}"
        );
        assert_eq!(shop.pool(None).await.1, global, "{tenant}");
    }
    // What cannot be is told at its field before it is saved.
    let wrong = json!({ "licences": 0 });
    let refused = shop.admin.post(&format!("{path}/preview"), wrong).await;
    assert_eq!(refused.pointers(), ["/licences"]);
});
