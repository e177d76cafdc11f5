//! Many operations in one request (IMP-06).

use serde_json::{Value as Json, json};

use crate::harness;

fn create(name: &str) -> Json {
    json!({ "op": "create", "name": name })
}

fn items(all: impl IntoIterator<Item = Json>) -> Json {
    json!({ "items": all.into_iter().collect::<Vec<_>>() })
}

/// The pointers and codes of a batch that was refused as a whole.
fn refused(answer: &harness::Answer) -> Vec<String> {
    assert_eq!(answer.problem(422), "batch_refused");
    let errors = answer.body["errors"].as_array().unwrap();
    let told = |it: &Json| {
        format!(
            "{} {}",
            it["pointer"].as_str().unwrap(),
            it["code"].as_str().unwrap()
        )
    };
    errors.iter().map(told).collect()
}

async fn names(client: &harness::Client, list: &str) -> Vec<String> {
    let items = client.items(&format!("/{list}?limit=200&sort=name")).await;
    let name = |it: &Json| it["name"].as_str().unwrap().to_owned();
    items.iter().map(name).collect()
}

story!(a_batch_creates_changes_and_deletes, |app| async move {
    let admin = app.admin().await;
    let a = admin.create("/customers", json!({ "name": "A" })).await;
    let b = admin.create("/customers", json!({ "name": "B" })).await;
    let batch = items([
        create("C"),
        json!({ "op": "update", "id": a["id"], "version": 1, "name": "A2", "city": "Bonn" }),
        json!({ "op": "delete", "id": b["id"], "version": 1 }),
        json!({ "op": "update", "id": a["id"], "version": "*", "name": "A3" }),
    ]);
    // A record stands in a batch once.
    let answer = admin.post("/customers/batch", batch.clone()).await;
    assert_eq!(refused(&answer), ["/items/3/id repeated"]);
    let batch = items(batch["items"].as_array().unwrap()[..3].iter().cloned());

    // A dry run tells the same and keeps nothing.
    let dry = admin
        .post("/customers/batch?dry_run=true", batch.clone())
        .await
        .ok();
    assert_eq!((&dry["done"], &dry["refused"]), (&json!(3), &json!(0)));
    assert_eq!(names(&admin, "customers").await, ["A", "B"]);

    let keyed = admin
        .with("idempotency-key", "b1")
        .with("x-change-reason", "Tidy up");
    let done = keyed.post("/customers/batch", batch.clone()).await.ok();
    let told: Vec<_> = done["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["status"].clone(), it["version"].clone()))
        .collect();
    assert_eq!(
        told,
        [
            (json!(201), json!(1)),
            (json!(200), json!(2)),
            (json!(204), Json::Null)
        ]
    );
    assert_eq!(names(&admin, "customers").await, ["A2", "C"]);
    assert_eq!(admin.items("/bin").await[0]["name"], "B");
    // Repeated with its key it is done once; with another body the key is refused.
    let again = keyed.post("/customers/batch", batch).await;
    assert_eq!(again.ok(), done);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(names(&admin, "customers").await, ["A2", "C"]);

    // One event for each object, all of one request.
    let events = admin
        .items("/audit_events?object_type=customers&reason=Tidy+up")
        .await;
    let mut actions: Vec<_> = events.iter().map(|it| it["action"].to_string()).collect();
    actions.sort();
    assert_eq!(actions, ["\"create\"", "\"delete\"", "\"update\""]);
    assert!(
        events
            .iter()
            .all(|it| it["request_id"] == events[0]["request_id"])
    );
});

story!(every_kind_of_record_has_batches, |app| async move {
    let admin = app.admin().await;
    let customer = admin.create("/customers", json!({ "name": "A" })).await["id"].clone();
    let new = [
        (
            "providers",
            json!({ "name": "P", "code": "p", "time_zone": "Europe/Rome" }),
            json!({ "name": "P2" }),
        ),
        ("resellers", json!({ "name": "R" }), json!({ "name": "R2" })),
        (
            "tenants",
            json!({ "name": "T", "customer_id": customer }),
            json!({ "name": "T2" }),
        ),
        (
            "sites",
            json!({ "name": "S", "customer_id": customer }),
            json!({ "name": "S2" }),
        ),
        (
            "contacts",
            json!({ "last_name": "K", "customer_id": customer, "roles": ["billing"] }),
            json!({ "last_name": "K2" }),
        ),
    ];
    for (list, mut new, mut change) in new {
        let path = format!("/{list}/batch");
        new["op"] = "create".into();
        let made = admin.post(&path, items([new])).await.ok();
        let id = made["items"][0]["id"].clone();
        (change["op"], change["id"], change["version"]) = (
            "update".into(),
            id.clone(),
            made["items"][0]["version"].clone(),
        );
        let changed = admin.post(&path, items([change])).await.ok();
        let version = changed["items"][0]["version"].clone();
        assert_eq!(version, 2, "{list}");
        let deletion = items([json!({ "op": "delete", "id": id, "version": version })]);
        let deleted = admin.post(&path, deletion).await;
        match list {
            "providers" => assert_eq!(refused(&deleted), ["/items/0/op invalid"]),
            _ => assert_eq!(deleted.ok()["items"][0]["status"], 204, "{list}"),
        }
    }
    let view = admin
        .get(&format!("/customers/{}", customer.as_str().unwrap()))
        .await
        .ok();
    let counts = ["tenants_count", "sites_count", "contacts_count"].map(|it| view[it].clone());
    assert_eq!(counts, [json!(1), json!(0), json!(0)]);
});

story!(all_or_nothing_unless_asked_otherwise, |app| async move {
    let admin = app.admin().await;
    let a = admin.create("/customers", json!({ "name": "A" })).await;
    let site = admin
        .create("/sites", json!({ "customer_id": a["id"], "name": "HQ" }))
        .await;
    assert_eq!(site["version"], 1);
    let batch = items([
        create("New"),
        json!({ "op": "create", "name": "", "time_zone": "Moon/Base" }),
        json!({ "op": "update", "id": a["id"], "version": 7, "name": "Stale" }),
        json!({ "op": "update", "id": a["version"], "version": 1 }),
        json!({ "op": "delete", "version": 1 }),
        json!({ "op": "delete", "id": "01890000-0000-7000-8000-000000000001", "version": 1 }),
        json!({ "op": "update", "id": "01890000-0000-7000-8000-000000000002", "name": "No version" }),
        json!({ "op": "improve" }),
        json!("create"),
    ]);
    let answer = admin.post("/customers/batch", batch).await;
    assert_eq!(
        refused(&answer),
        [
            "/items/1/name invalid",
            "/items/1/time_zone invalid",
            "/items/2/version stale",
            "/items/3/id not_found",
            "/items/4/id required",
            "/items/5/id not_found",
            "/items/6/version required",
            "/items/7/op invalid",
            "/items/8 invalid"
        ]
    );
    assert_eq!(names(&admin, "customers").await, ["A"]);

    // What only the database can tell is told of all, and names its place too.
    let taken = items([create("X"), create("a"), create("x"), create("Y")]);
    let answer = admin.post("/customers/batch", taken.clone()).await;
    assert_eq!(
        refused(&answer),
        ["/items/1/name taken", "/items/2/name taken"]
    );
    assert_eq!(names(&admin, "customers").await, ["A"]);
    let events = admin.items("/audit_events?object_type=customers").await;
    assert_eq!(events.len(), 1);

    // Partly: the others are done, and each has its own answer.
    let part = admin
        .post("/customers/batch?partial=true", taken)
        .await
        .ok();
    assert_eq!((&part["done"], &part["refused"]), (&json!(2), &json!(2)));
    let problem = &part["items"][1]["problem"];
    assert_eq!(
        (
            &part["items"][1]["status"],
            &problem["code"],
            &problem["errors"][0]["pointer"]
        ),
        (&json!(422), &json!("invalid"), &json!("/items/1/name"))
    );
    assert_eq!(names(&admin, "customers").await, ["A", "X", "Y"]);
    let stale = items([
        json!({ "op": "update", "id": a["id"], "version": 3, "city": "Ulm" }),
        json!({ "op": "create", "name": "Z" }),
    ]);
    let part = admin
        .post("/customers/batch?partial=true", stale)
        .await
        .ok();
    let problem = &part["items"][0]["problem"];
    assert_eq!(
        (
            &problem["status"],
            &problem["code"],
            &problem["current"]["name"]
        ),
        (&json!(412), &json!("stale"), &json!("A"))
    );
    assert_eq!(names(&admin, "customers").await, ["A", "X", "Y", "Z"]);
    assert_eq!(
        admin
            .post("/customers/batch?partial=perhaps", items([create("Q")]))
            .await
            .problem(400),
        "invalid_parameter"
    );
    assert_eq!(
        admin
            .post("/customers/batch?partail=true", items([create("Q")]))
            .await
            .problem(400),
        "unknown_parameter"
    );

    // What blocks a deletion blocks it here.
    let reseller = json!({ "name": "R", "own_customer_id": a["id"] });
    admin.create("/resellers", reseller).await;
    let deletion = items([
        create("Q"),
        json!({ "op": "delete", "id": a["id"], "version": "*" }),
    ]);
    let answer = admin.post("/customers/batch", deletion.clone()).await;
    assert_eq!(refused(&answer), ["/items/1 blocked"]);
    let part = admin
        .post("/customers/batch?partial=true", deletion)
        .await
        .ok();
    assert_eq!(
        part["items"][1]["problem"]["blockers"][0]["kind"],
        "resellers"
    );
    assert_eq!(names(&admin, "customers").await, ["A", "Q", "X", "Y", "Z"]);
});

story!(
    foreign_ids_in_a_batch_are_like_absent_ones,
    |app| async move {
        let admin = app.admin().await;
        let mut clients = vec![];
        for code in ["north", "south"] {
            let provider = json!({ "name": code, "code": code, "time_zone": "Europe/Berlin" });
            let provider = admin.create("/providers", provider).await;
            let node = provider["id"].as_str().map(str::to_owned);
            let email = format!("{code}@{code}.example");
            clients.push(
                admin
                    .colleague(&email, "Provider admin", node.as_deref())
                    .await,
            );
        }
        let (north, south) = (&clients[0], &clients[1]);
        let foreign = south
            .create("/customers", json!({ "name": "Theirs" }))
            .await["id"]
            .clone();
        let absent = json!("01890000-0000-7000-8000-000000000001");
        let mut own = vec![];
        for n in 0..20 {
            let customer = json!({ "name": format!("Own {n}") });
            own.push(north.create("/customers", customer).await["id"].clone());
        }
        let before = north.items("/customers?limit=200&sort=name").await;
        for at in [0, 10, 20] {
            for op in ["update", "delete"] {
                let batch = |id: &Json| {
                    let mut all: Vec<_> = own
                        .iter()
                        .map(|it| json!({ "op": "update", "id": it, "version": 1, "city": "Ulm" }))
                        .collect();
                    all.insert(at, json!({ "op": op, "id": id, "version": 1 }));
                    items(all)
                };
                let of_foreign = north.post("/customers/batch", batch(&foreign)).await;
                let of_absent = north.post("/customers/batch", batch(&absent)).await;
                assert_eq!(refused(&of_foreign), [format!("/items/{at}/id not_found")]);
                let without_id = |it: &harness::Answer| {
                    let mut body = it.body.clone();
                    body["request_id"] = Json::Null;
                    body
                };
                assert_eq!(without_id(&of_foreign), without_id(&of_absent));
                let part = north
                    .post(
                        "/customers/batch?dry_run=true&partial=true",
                        batch(&foreign),
                    )
                    .await
                    .ok();
                assert_eq!(part["items"][at]["problem"]["code"], "not_found");
                assert_eq!(part["done"], 20);
            }
        }
        assert_eq!(north.items("/customers?limit=200&sort=name").await, before);
        // A place that is not one's own is none either.
        let theirs = json!({ "op": "create", "customer_id": foreign, "name": "Spy" });
        let nowhere = json!({ "op": "create", "customer_id": absent, "name": "Spy" });
        let first = north.post("/sites/batch", items([theirs])).await;
        let second = north.post("/sites/batch", items([nowhere])).await;
        assert_eq!(refused(&first), ["/items/0/customer_id unknown_reference"]);
        assert_eq!(refused(&first), refused(&second));

        // Who may read only is told so, and changes nothing, whichever way it is asked.
        let reader = north
            .colleague("reader@north.example", "Read-only", None)
            .await;
        let change = items([
            json!({ "op": "update", "id": own[0], "version": 1, "city": "Ulm" }),
            create("More"),
        ]);
        assert_eq!(
            reader
                .post("/customers/batch", change.clone())
                .await
                .problem(403),
            "forbidden"
        );
        let part = reader
            .post("/customers/batch?partial=true", change)
            .await
            .ok();
        assert_eq!(part["refused"], 2);
        assert_eq!(part["items"][0]["problem"]["code"], "forbidden");
        assert_eq!(north.items("/customers?limit=200&sort=name").await, before);
    }
);

story!(a_thousand_at_once_and_not_one_more, |app| async move {
    let admin = app.admin().await;
    let many = |n: usize| items((0..n).map(|n| create(&format!("Customer {n:04}"))));
    let answer = admin.post("/customers/batch", many(1_001)).await;
    assert_eq!(answer.pointers(), ["/items"]);
    assert_eq!(
        admin.post("/customers/batch", many(0)).await.pointers(),
        ["/items"]
    );
    let huge = json!({ "op": "create", "name": "Huge", "description": "x".repeat(2_000_000) });
    let answer = admin
        .post("/customers/batch", items([huge.clone(), huge]))
        .await;
    assert_eq!(answer.problem(413), "too_large");

    let done = admin.post("/customers/batch", many(1_000)).await.ok();
    assert_eq!(
        (&done["done"], &done["refused"]),
        (&json!(1_000), &json!(0))
    );
    let count = admin.get("/customers?limit=1&count=exact").await.ok()["page"]["count"].clone();
    assert_eq!(count, 1_000);
    let changes = done["items"].as_array().unwrap().iter().take(100).map(
        |it| json!({ "op": "update", "id": it["id"], "version": it["version"], "city": "Ulm" }),
    );
    let done = admin.post("/customers/batch", items(changes)).await.ok();
    assert_eq!(done["done"], 100);
    let count = admin
        .get("/customers?city=Ulm&limit=1&count=exact")
        .await
        .ok();
    assert_eq!(count["page"]["count"], 100);
});

story!(batches_at_once_lose_nothing, |app| async move {
    let admin = app.admin().await;
    let a = admin.create("/customers", json!({ "name": "A" })).await;
    // Of ten that read the same version one is done, whole; the others change nothing.
    let all = (0..10).map(|n| {
        let (admin, id) = (admin.clone(), a["id"].clone());
        tokio::spawn(async move {
            let batch = items([
                create(&format!("B{n}")),
                json!({ "op": "update", "id": id, "version": 1, "city": format!("Ulm {n}") }),
            ]);
            admin.post("/customers/batch", batch).await
        })
    });
    let mut done = 0;
    for it in all {
        let answer = it.await.unwrap();
        match answer.status.as_u16() {
            200 => done += 1,
            _ => assert_eq!(refused(&answer), ["/items/1/version stale"]),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(names(&admin, "customers").await.len(), 2);
    let after = admin
        .get(&format!("/customers/{}", a["id"].as_str().unwrap()))
        .await
        .ok();
    assert_eq!(after["version"], 2);
});
