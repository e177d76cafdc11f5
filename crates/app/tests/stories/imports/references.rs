//! References in files, and what comes back of refused rows.

use super::*;

story!(people_and_places_in_files, |app| async move {
    let admin = app.admin().await;
    let vertex = admin
        .create("/resellers", json!({ "name": "Vertex" }))
        .await;
    let house = admin.items("/providers").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let owner = admin
        .colleague("Mia@house.example", "Provider admin", Some(&house))
        .await;
    let contact = admin
        .create(
            "/contacts",
            json!({ "last_name": "Bill", "email": "Bill@x.example" }),
        )
        .await;
    for name in ["One", "Two"] {
        let twin = json!({ "last_name": name, "email": "twin@x.example" });
        admin.create("/contacts", twin).await;
    }
    let file = format!(
        "name,owner,billing_contact_id,provider_id\nA,MIA@house.example,Bill@x.example,{house}\nB,{},{},house\nC,,twin@x.example,\nD,,,other\n",
        owner.user_id,
        contact["id"].as_str().unwrap()
    );
    let import = upload(&admin, "f.csv", file.clone()).await;
    let planned = plan(&admin, &import, json!({ "good_rows_only": true })).await;
    assert_eq!(counts(&planned), [2, 0, 0, 2, 0], "{planned}");
    let refused = rows(&admin, &import, "refused").await;
    assert_eq!(refused[0]["errors"][0]["code"], "ambiguous");
    assert_eq!(refused[1]["errors"][0]["column"], "provider_id");
    apply(&admin, &import).await;
    let customers = admin.items("/customers?sort=name").await;
    for it in &customers {
        assert_eq!(
            (&it["owner_id"], &it["billing_contact_id"]),
            (&json!(owner.user_id), &contact["id"]),
            "{it}"
        );
    }
    // The same file once more says so; a file moves nobody to another reseller.
    let import = upload(&admin, "f.csv", file).await;
    let planned = plan(&admin, &import, json!({ "good_rows_only": true })).await;
    assert_eq!(counts(&planned), [0, 0, 2, 2, 0], "{planned}");
    let notes = planned["notes"].to_string();
    assert!(
        notes.contains("The same file was imported on 2026-03-02"),
        "{notes}"
    );
    let moving = format!("name,reseller\nA,{}\n", vertex["name"].as_str().unwrap());
    let import = upload(&admin, "f.csv", moving).await;
    plan(&admin, &import, json!({})).await;
    assert_eq!(
        rows(&admin, &import, "refused").await[0]["errors"][0]["code"],
        "moves"
    );
    // NDJSON's refused rows come back as CSV too, null as what reads as null.
    let import = upload(&admin, "f.ndjson", "{\"name\":\"A\",\"city\":null,\"country\":\"XX\"}\n{\"name\":7,\"domains\":[\"a b\",\"c.example\"]}\n{oh}\n").await;
    let planned = plan(&admin, &import, json!({})).await;
    assert_eq!(counts(&planned)[3], 3, "{planned}");
    let text = admin
        .get(&path(&import, "/refused?format=csv"))
        .await
        .text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "name,city,country,domains,import_errors");
    assert!(lines[1].starts_with("A,\\N,XX,,"), "{text}");
    assert!(lines[2].starts_with("7,,,a b|c.example,"), "{text}");
});
