use serde_json::json;

use crate::harness;

story!(a_repeated_post_is_done_once, |app| async move {
    let admin = app.admin().await;
    let keyed = admin.with("idempotency-key", "k1");
    let first = keyed.post("/customers", json!({ "name": "A" })).await;
    let again = keyed.post("/customers", json!({ "name": "A" })).await;
    assert_eq!(
        (first.expect(201), first.headers["etag"].clone()),
        (again.expect(201), again.headers["etag"].clone())
    );
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(
        keyed.post("/customers", json!({ "name": "B" })).await.body["errors"][0]["code"],
        "idempotency_key_reused"
    );
    // What was refused is not kept: corrected, it is taken.
    let refused = admin.with("idempotency-key", "k2");
    refused
        .post("/customers", json!({ "name": "A" }))
        .await
        .problem(422);
    refused
        .post("/customers", json!({ "name": "C" }))
        .await
        .expect(201);
    assert_eq!(admin.items("/customers").await.len(), 2);
});

story!(many_at_once_with_one_key_make_one, |app| async move {
    let admin = app.admin().await.with("idempotency-key", "same");
    let all = (0..20).map(|_| {
        let admin = admin.clone();
        tokio::spawn(async move {
            admin
                .post("/customers", json!({ "name": "A" }))
                .await
                .expect(201)["id"]
                .clone()
        })
    });
    let mut ids = vec![];
    for it in all {
        ids.push(it.await.unwrap().to_string());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
});

story!(a_dry_run_keeps_nothing, |app| async move {
    let admin = app.admin().await;
    let made = admin
        .post("/customers?dry_run=true", json!({ "name": "A" }))
        .await
        .expect(201);
    assert_eq!(made["name"], "A");
    assert_eq!(
        admin
            .post("/customers?dry_run=true", json!({ "name": "" }))
            .await
            .pointers(),
        ["/name"]
    );
    assert!(
        admin.items("/customers").await.is_empty()
            && admin
                .items("/audit_events?object_type=customers")
                .await
                .is_empty()
    );
});
