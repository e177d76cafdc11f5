//! Undo of imports (IMP-05).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::below::bring_of;
use super::*;

/// What is there to compare: everything but when and how often it was written.
async fn customers(client: &Client) -> Vec<Json> {
    let mut items = client.items("/customers?limit=200&sort=name").await;
    for it in &mut items {
        let fields = it.as_object_mut().unwrap();
        fields.retain(|name, _| !matches!(name.as_str(), "version" | "updated_at"));
    }
    items
}

pub async fn undo(client: &Client, import: &Json) -> Json {
    client
        .post(&path(import, "/undo"), json!({}))
        .await
        .expect(202);
    work(&client.app).await;
    client.get(&path(import, "")).await.ok()
}

pub async fn kept(client: &Client, import: &Json) -> Vec<(String, String)> {
    let rows = client
        .items(&path(import, "/rows?phase=undo&outcome=refused"))
        .await;
    let told = |it: &Json| {
        (
            it["title"].as_str().unwrap().to_owned(),
            it["errors"][0]["message"].as_str().unwrap().to_owned(),
        )
    };
    let mut all: Vec<_> = rows.iter().map(told).collect();
    all.sort();
    all
}

const BEFORE: [(&str, &str); 3] = [("K-1", "One"), ("K-2", "Two"), ("K-3", "Three")];
const FILE: &str = "customer_id,name,city,domains,public_sector\nK-1,Uno,Ulm,a.example|b.example,true\nK-2,Due,\\N,,\nK-3,Three,,,\nK-4,Quattro,Ulm,,\nK-5,Cinque,,c.example,\n";

async fn some(admin: &Client) -> Vec<Json> {
    for (id, name) in BEFORE {
        let customer =
            json!({ "name": name, "customer_id": id, "city": "Bonn", "domains": ["old.example"] });
        admin.create("/customers", customer).await;
    }
    admin.app.forward(60);
    customers(admin).await
}

story!(an_import_is_undone, |app| async move {
    let admin = app.admin().await;
    let before = some(&admin).await;
    let done = bring(&admin, FILE).await;
    assert_eq!(counts(&done), [2, 2, 1, 0, 0]);
    app.forward(60);
    assert_ne!(customers(&admin).await, before);
    let preview = admin.get(&path(&done, "/undo")).await.ok();
    assert_eq!(preview, json!({ "created": 2, "updated": 2, "kept": 0 }));

    let undone = undo(&admin, &done).await;
    assert_eq!(
        (undone["state"].as_str(), undone["message"].as_str()),
        (
            Some("undone"),
            Some("Undone: 2 removed, 2 changed back, 0 kept as they are.")
        )
    );
    assert_eq!(customers(&admin).await, before);
    assert!(kept(&admin, &done).await.is_empty());
    // Nothing of it is in the bin, where its keys would be in the way.
    assert!(admin.items("/bin").await.is_empty());
    assert_eq!(count(&app, "customer_rollups").await, 3);
    let job = undone["job_id"].as_str().unwrap();
    let told = admin.get(&format!("/jobs/{job}")).await.ok();
    assert_eq!(
        told["result"],
        json!({ "removed": 2, "restored": 2, "kept": 0 })
    );
    // Audited, each by itself, with the reason.
    let events = admin.items(&format!("/audit_events?job_id={job}")).await;
    let mut actions: Vec<_> = events.iter().map(|it| it["action"].to_string()).collect();
    actions.sort();
    assert_eq!(
        actions,
        ["\"purge\"", "\"purge\"", "\"update\"", "\"update\""]
    );
    assert_eq!(events[0]["reason"], "Undo of the import of f.csv");

    // Once is enough; and the mended file comes in as if it were the first.
    let again = admin.post(&path(&done, "/undo"), json!({})).await;
    assert_eq!(again.problem(409), "undone");
    let second = bring(&admin, FILE).await;
    assert_eq!(counts(&second), [2, 2, 1, 0, 0]);

    // What changed nothing has nothing to undo.
    let same = bring(&admin, FILE).await;
    assert_eq!(
        admin
            .post(&path(&same, "/undo"), json!({}))
            .await
            .problem(409),
        "nothing_to_undo"
    );
});

story!(what_somebody_touched_since_is_kept, |app| async move {
    let admin = app.admin().await;
    some(&admin).await;
    let file = "customer_id,name,city\nK-1,Uno,Ulm\nK-2,Due,Ulm\nK-3,Tre,Ulm\nK-4,Quattro,\nK-5,Cinque,\nK-6,Sei,\nK-7,Sette,\n";
    let done = bring(&admin, file).await;
    app.forward(60);
    let all = customers(&admin).await;
    let id = |called: &str| {
        let found = all.iter().find(|it| it["customer_id"] == called).unwrap();
        found["id"].as_str().unwrap().to_owned()
    };
    let any = admin.with("if-match", "*");
    any.patch(
        &format!("/customers/{}", id("K-1")),
        json!({ "city": "Trier" }),
    )
    .await
    .ok();
    any.patch(
        &format!("/customers/{}", id("K-4")),
        json!({ "city": "Trier" }),
    )
    .await
    .ok();
    admin
        .create("/sites", json!({ "customer_id": id("K-5"), "name": "HQ" }))
        .await;
    any.delete(&format!("/customers/{}", id("K-6")))
        .await
        .expect(204);
    // Somebody else has the old name now.
    admin.create("/customers", json!({ "name": "Two" })).await;
    app.forward(60);
    let preview = admin.get(&path(&done, "/undo")).await.ok();
    assert_eq!(preview, json!({ "created": 4, "updated": 3, "kept": 4 }));

    let undone = undo(&admin, &done).await;
    assert_eq!(
        undone["message"],
        "Undone: 1 removed, 1 changed back, 5 kept as they are."
    );
    let told = kept(&admin, &done).await;
    let titles: Vec<_> = told.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(titles, ["Cinque", "Due", "Quattro", "Sei", "Uno"]);
    assert!(
        told[0]
            .1
            .contains("Ada Admin (test) at 2026-03-02 09:02 UTC (create)"),
        "{told:?}"
    );
    assert!(
        told[1].1.contains("“Two” is the name of another customer"),
        "{told:?}"
    );
    assert!(
        told[4]
            .1
            .contains("Ada Admin (test) at 2026-03-02 09:02 UTC (update)"),
        "{told:?}"
    );
    let after = customers(&admin).await;
    let now: Vec<_> = after
        .iter()
        .map(|it| (it["name"].as_str().unwrap(), it["city"].as_str().unwrap()))
        .collect();
    assert_eq!(
        now,
        [
            ("Cinque", ""),
            ("Due", "Ulm"),
            ("Quattro", "Trier"),
            ("Three", "Bonn"),
            ("Two", ""),
            ("Uno", "Trier")
        ]
    );
    assert_eq!(admin.items("/bin").await[0]["name"], "Sei");
    assert_eq!(admin.items("/sites").await.len(), 1);
});

story!(an_undo_survives_a_crash_and_a_cancel, |app| async move {
    let admin = app.admin().await;
    let mut file = String::from("name,city\n");
    for n in 0..500 {
        file.push_str(&format!("Customer {n:03},Ulm\n"));
    }
    let done = bring(&admin, &file).await;
    app.forward(60);
    assert_eq!(count(&app, "customers").await, 500);

    // Cancelled before it begins: it stops, and says how to go on.
    admin
        .post(&path(&done, "/undo"), json!({}))
        .await
        .expect(202);
    admin
        .post(&path(&done, "/cancel"), json!({}))
        .await
        .expect(202);
    work(&app).await;
    let stopped = admin.get(&path(&done, "")).await.ok();
    assert_eq!(stopped["state"], "stopped");
    assert!(stopped["message"].as_str().unwrap().contains("undo again"));
    assert_eq!(count(&app, "customers").await, 500);

    // A node that dies in the middle: the future of its work is dropped at some await.
    let moving = admin
        .post(&path(&done, "/undo"), json!({}))
        .await
        .expect(202);
    let (runner, over) = (
        app::background::runner(&app.state),
        Arc::new(AtomicBool::new(false)),
    );
    let watched = over.clone();
    let work_of_it = tokio::spawn(async move {
        let _ = runner.run_due().await;
        watched.store(true, Ordering::Release);
    });
    while count(&app, "customers").await == 500 && !over.load(Ordering::Acquire) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    work_of_it.abort();
    let _ = work_of_it.await;
    let left = count(&app, "customers").await;
    // The dead node's lease runs out.
    let mut tx = app.state.db.write();
    tx.execute(sql!(
        "update jobs set lease_until = 0 where state = 'running'"
    ))
    .await
    .unwrap();
    tx.commit().await.unwrap();
    work(&app).await;
    let undone = admin.get(&path(&done, "")).await.ok();
    assert_eq!(
        undone["message"], "Undone: 500 removed, 0 changed back, 0 kept as they are.",
        "{left} were left when it died"
    );
    assert_eq!(count(&app, "customers").await, 0);
    let job = moving["job_id"].as_str().unwrap();
    let events = admin
        .get(&format!(
            "/audit_events?job_id={job}&action=purge&limit=1&count=exact"
        ))
        .await
        .ok();
    assert_eq!(events["page"]["count"], 500, "none twice");
});

story!(who_may_undo, |app| async move {
    let admin = app.admin().await;
    let done = bring(&admin, "name\nA\nB\n").await;
    app.forward(60);
    // An import that creates is undone by who may delete.
    let node = admin.get("/session").await.ok()["node"]["id"].clone();
    let house = admin.items("/providers").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(node.is_null() || node == json!(house));
    let support = admin
        .colleague("support@house.example", "Provider support", Some(&house))
        .await;
    let own = bring(&support, "name\nC\n").await;
    app.forward(60);
    assert_eq!(
        support
            .post(&path(&own, "/undo"), json!({}))
            .await
            .problem(403),
        "forbidden"
    );
    let other = admin
        .create(
            "/providers",
            json!({ "name": "Other", "code": "other", "time_zone": "Europe/Rome" }),
        )
        .await;
    let stranger = admin
        .colleague("a@other.example", "Provider admin", other["id"].as_str())
        .await;
    for answer in [
        stranger.post(&path(&done, "/undo"), json!({})).await,
        stranger.get(&path(&done, "/undo")).await,
    ] {
        assert_eq!(answer.problem(404), "not_found");
    }
    assert_eq!(admin.items("/customers").await.len(), 3);
    assert_eq!(undo(&admin, &own).await["state"], "undone");
    assert_eq!(admin.items("/customers").await.len(), 2);
});

story!(what_stopped_in_the_middle_is_undone, |app| async move {
    let admin = app.admin().await;
    let rows = "name,city\nA,Cork\nB,Cork\nC,Cork\nD,Cork\n";
    let import = upload(&admin, "f.csv", rows).await;
    plan(&admin, &import, json!({})).await;
    // Between plan and run somebody takes a name, and archives who has it.
    let taken = admin.create("/customers", json!({ "name": "C" })).await;
    let archive = format!("/customers/{}/archive", taken["id"].as_str().unwrap());
    admin.post(&archive, json!({})).await.ok();
    app.forward(60);
    let stopped = apply(&admin, &import).await;
    assert_eq!(stopped["state"], "stopped", "{stopped}");
    assert_eq!(count(&app, "customers").await, 3);
    app.forward(60);
    let undone = undo(&admin, &import).await;
    assert_eq!(
        undone["message"],
        "Undone: 2 removed, 0 changed back, 0 kept as they are."
    );
    assert_eq!(count(&app, "customers").await, 1);
    // An undone import is over: the mended file is uploaded anew.
    let again = admin.post(&path(&import, "/plan"), json!({})).await;
    assert_eq!(again.problem(409), "wrong_state");
});

/// Everything of these lists but when and how often it was written.
async fn all_of(client: &Client, lists: &[&str]) -> Vec<Json> {
    let mut all = vec![];
    for list in lists {
        for mut it in client
            .items(&format!("/{list}?limit=200&sort=created_at"))
            .await
        {
            let fields = it.as_object_mut().unwrap();
            fields.retain(|name, _| !matches!(name.as_str(), "version" | "updated_at"));
            all.push(it);
        }
    }
    all
}

story!(
    roles_go_back_to_whom_they_were_taken_from,
    |app| async move {
        let admin = app.admin().await;
        let acme = admin
            .create(
                "/customers",
                json!({ "name": "Acme", "customer_id": "K-1" }),
            )
            .await;
        let contact = |name: &str, roles: Json| {
            let email = format!("{name}@x.example");
            json!({ "last_name": name, "email": email, "customer_id": acme["id"], "roles": roles })
        };
        for (name, roles) in [
            ("prime", json!(["primary", "billing"])),
            ("tech", json!(["technical"])),
        ] {
            admin.create("/contacts", contact(name, roles)).await;
        }
        admin
            .create(
                "/contacts",
                json!({ "last_name": "free", "email": "free@x.example" }),
            )
            .await;
        app.forward(60);
        let lists = ["contacts", "contact_links", "customers"];
        let before = all_of(&admin, &lists).await;
        let file = "email,last_name,customer_id,roles,phone\ntech@x.example,tech,K-1,primary|technical,+49 1\nfree@x.example,free,K-1,super_admin,\nnew@x.example,new,K-1,billing,\n";
        let import = super::below::upload_of(&admin, "contacts", file).await;
        plan(&admin, &import, json!({ "match": ["email"] })).await;
        let done = apply(&admin, &import).await;
        assert_eq!(counts(&done), [1, 2, 0, 0, 0], "{done}");
        app.forward(60);
        assert_eq!(
            admin.items("/contact_links?is_primary=true").await[0]["contact_name"],
            "tech"
        );
        // The contact that is new and what it is for the customer are one.
        let preview = admin.get(&path(&done, "/undo")).await.ok();
        assert_eq!(preview["created"], 1);

        let undone = undo(&admin, &done).await;
        assert_eq!(undone["state"], "undone", "{undone}");
        assert_eq!(kept(&admin, &done).await, []);
        assert_eq!(all_of(&admin, &lists).await, before);
        let told = undone["message"].as_str().unwrap();
        assert!(
            told.starts_with("Undone: 1 removed, ") && told.ends_with("0 kept as they are."),
            "{told}"
        );
    }
);

story!(what_lies_below_customers_is_taken_back, |app| async move {
    let admin = app.admin().await;
    let acme = admin
        .create(
            "/customers",
            json!({ "name": "Acme", "customer_id": "K-1" }),
        )
        .await;
    let site = json!({ "customer_id": acme["id"], "name": "HQ", "site_id": "S-1", "city": "Ulm" });
    admin.create("/sites", site).await;
    app.forward(60);
    let lists = ["tenants", "sites"];
    let before = all_of(&admin, &lists).await;
    let tenants = bring_of(
        &admin,
        "tenants",
        "customer_id,name,language\nK-1,Leeds,en\nK-1,Paris,\nK-1,Acme,de\n",
    )
    .await;
    let sites = "customer_id,site_id,name,city,tenant_id\nK-1,S-1,Head office,\\N,Leeds\nK-1,S-2,Shop,Rom,Paris\n";
    let sites = bring_of(&admin, "sites", sites).await;
    assert_eq!(
        (counts(&tenants), counts(&sites)),
        ([2, 1, 0, 0, 0], [1, 1, 0, 0, 0])
    );
    app.forward(60);

    // In the order in which they came the other way round: sites first.
    let preview = admin.get(&path(&tenants, "/undo")).await.ok();
    assert_eq!(
        (&preview["created"], &preview["updated"]),
        (&json!(2), &json!(1))
    );
    let undone = undo(&admin, &sites).await;
    assert_eq!(
        undone["message"],
        "Undone: 1 removed, 1 changed back, 0 kept as they are."
    );
    app.forward(60);
    let undone = undo(&admin, &tenants).await;
    assert_eq!(
        undone["message"],
        "Undone: 2 removed, 1 changed back, 0 kept as they are."
    );
    assert_eq!(all_of(&admin, &lists).await, before);

    let tenants = bring_of(&admin, "tenants", "customer_id,name\nK-1,Oslo\n").await;
    let shop = json!({ "customer_id": acme["id"], "name": "Shop", "tenant_id": admin.items("/tenants?name=oslo").await[0]["id"] });
    admin.create("/sites", shop).await;
    let undone = undo(&admin, &tenants).await;
    assert_eq!(
        undone["message"],
        "Undone: 0 removed, 0 changed back, 1 kept as they are."
    );
    assert_eq!(kept(&admin, &tenants).await[0].0, "Oslo");
});
