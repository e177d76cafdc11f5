use serde_json::json;

use crate::harness;

story!(
    archive_frees_the_name_and_makes_read_only,
    |app| async move {
        let admin = app.admin().await;
        let made = admin.create("/customers", json!({ "name": "Old" })).await;
        let path = format!("/customers/{}", made["id"].as_str().unwrap());
        assert_eq!(
            admin.post(&format!("{path}/archive"), json!({})).await.ok()["status"],
            "archived"
        );
        assert!(admin.items("/customers").await.is_empty());
        assert_eq!(admin.items("/customers?archived=only").await.len(), 1);
        assert_eq!(
            admin
                .with("if-match", "*")
                .patch(&path, json!({ "city": "X" }))
                .await
                .problem(409),
            "archived"
        );
        assert_eq!(
            admin
                .post("/sites", json!({ "customer_id": made["id"], "name": "S" }))
                .await
                .problem(409),
            "archived"
        );
        let second = admin.create("/customers", json!({ "name": "old" })).await;
        assert_eq!(
            admin
                .post(&format!("{path}/unarchive"), json!({}))
                .await
                .problem(409),
            "name_taken"
        );
        admin
            .with("if-match", "*")
            .patch(
                &format!("/customers/{}", second["id"].as_str().unwrap()),
                json!({ "name": "New" }),
            )
            .await
            .ok();
        assert_eq!(
            admin
                .post(&format!("{path}/unarchive"), json!({}))
                .await
                .ok()["status"],
            "active"
        );
        // Twice is no change.
        assert_eq!(
            admin
                .post(&format!("{path}/unarchive"), json!({}))
                .await
                .ok()["version"],
            3
        );
    }
);

story!(delete_restore_purge, |app| async move {
    let admin = app.admin().await;
    let made = admin
        .create("/customers", json!({ "name": "Gone", "customer_id": "G1" }))
        .await;
    let id = made["id"].as_str().unwrap();
    admin
        .create("/sites", json!({ "customer_id": id, "name": "S" }))
        .await;
    let goes = admin.get(&format!("/customers/{id}/deletion")).await.ok();
    assert_eq!(
        (
            goes["may"].as_bool(),
            goes["goes"].as_array().unwrap().len()
        ),
        (Some(true), 2)
    );
    let path = format!("/customers/{id}");
    assert_eq!(admin.delete(&path).await.problem(428), "if_match_required");
    assert_eq!(
        admin.with("if-match", "\"1\"").delete(&path).await.status,
        204
    );
    assert_eq!(admin.get(&path).await.problem(404), "not_found");
    assert!(admin.items("/sites").await.is_empty() && admin.items("/tenants").await.is_empty());
    let bin = admin.items("/bin").await;
    assert_eq!(
        (bin.len(), bin[0]["deleted_by"].as_str()),
        (1, Some("Ada Admin (test)"))
    );
    // Its keys stay taken.
    assert_eq!(
        admin
            .post("/customers", json!({ "name": "B", "customer_id": "g1" }))
            .await
            .pointers(),
        ["/customer_id"]
    );
    assert_eq!(
        admin.post(&format!("{path}/restore"), json!({})).await.ok()["name"],
        "Gone"
    );
    assert_eq!(admin.items("/sites").await.len(), 1);
    admin.with("if-match", "*").delete(&path).await;
    assert_eq!(
        admin.post(&format!("{path}/purge"), json!({})).await.status,
        204
    );
    assert!(admin.items("/bin").await.is_empty());
    admin
        .create("/customers", json!({ "name": "Gone", "customer_id": "G1" }))
        .await;
    // The history stays for ever.
    let actions: Vec<_> = admin
        .items(&format!(
            "/audit_events?object_id={id}&object_type=customers&sort=at"
        ))
        .await
        .iter()
        .map(|it| it["action"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(actions, ["create", "delete", "restore", "delete", "purge"]);
});

story!(blockers_are_listed, |app| async move {
    let admin = app.admin().await;
    let made = admin.create("/customers", json!({ "name": "Both" })).await;
    admin
        .create(
            "/resellers",
            json!({ "name": "R", "own_customer_id": made["id"] }),
        )
        .await;
    let refused = admin
        .with("if-match", "*")
        .delete(&format!("/customers/{}", made["id"].as_str().unwrap()))
        .await;
    assert_eq!(refused.problem(409), "blocked");
    assert_eq!(
        (
            refused.body["blockers"][0]["kind"].as_str(),
            refused.body["blockers"][0]["count"].as_i64()
        ),
        (Some("resellers"), Some(1))
    );
});

story!(the_bin_is_emptied_after_thirty_days, |app| async move {
    let admin = app.admin().await;
    let made = admin.create("/customers", json!({ "name": "Gone" })).await;
    admin
        .with("if-match", "*")
        .delete(&format!("/customers/{}", made["id"].as_str().unwrap()))
        .await;
    let purge = || async {
        let state = app.state.clone();
        app::customers::deletion::purge_due(move || {
            kit::call::Call::new(
                &state,
                kit::access::Caller::operator("scheduler", kit::access::Source::Job),
                Default::default(),
            )
        })
        .await
        .unwrap()
    };
    app.forward(29 * 86_400);
    assert_eq!(purge().await, 0);
    app.forward(2 * 86_400);
    assert_eq!(purge().await, 1);
});
