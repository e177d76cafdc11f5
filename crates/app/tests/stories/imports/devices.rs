//! Files of devices: registered, changed, moved, and what is refused.

use super::below::{bring_of, comes_back, refused, told, upload_of};
use super::undo::{kept, undo};
use super::*;
use crate::licences::{Shop, id};

/// What each refused row is told, by line: column, code, message.
async fn messages(client: &Client, import: &Json) -> Vec<(String, String, String)> {
    let text = |it: &Json| it.as_str().unwrap().to_owned();
    let rows = rows(client, import, "refused").await;
    let errors = rows
        .iter()
        .flat_map(|it| it["errors"].as_array().unwrap().clone());
    errors
        .map(|it| (text(&it["column"]), text(&it["code"]), text(&it["message"])))
        .collect()
}

fn identifiers(devices: &[Json]) -> Vec<String> {
    let mut all: Vec<_> = devices
        .iter()
        .map(|it| {
            let part = |name: &str| it[name].as_str().unwrap_or("-").to_owned();
            format!(
                "{} {} {}",
                part("identifier"),
                part("status"),
                part("tenant_name")
            )
        })
        .collect();
    all.sort();
    all
}

story!(devices_come_from_files, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    let branch = shop.second_tenant().await;
    shop.sell(3).await;
    let mut own = shop.block(2);
    own["tenant_id"] = json!(branch);
    admin.create("/licence_blocks", own).await;
    let site = json!({ "customer_id": shop.customer, "name": "HQ/1", "tenant_id": branch });
    admin.create("/sites", site).await;
    let group = json!({ "customer_id": shop.customer, "name": "Floor 1" });
    admin.create("/device_groups", group).await;
    admin
        .colleague(
            "lee@meridian.example",
            "Customer admin",
            Some(&shop.customer),
        )
        .await;
    let contact = json!({ "first_name": "Ana", "last_name": "Almeida", "email": "Ana@x.example" });
    admin.create("/contacts", contact).await;

    let file = "Customer,Product,Serial number,Device name,Model,Tenant,Site,Group,User,Contact,Status,Last seen\n\
        Meridian,pbx,SN-1,Reception,Phone,,,floor 1,LEE@meridian.example,ana@x.example,,2026-02-01T10:00:00Z\n\
        C-000001,Cloud PBX,SN-2,,,Branch,,,,Ana Almeida,Suspended,\n\
        Meridian,House/PBX,SN-3,,,,HQ\\/1,,,,active,\n\
        Meridian,PBX,007,'=1+1,,,,Default,,,,\n";
    let import = upload_of(admin, "devices", file).await;
    assert_eq!(
        import["suggested_mapping"],
        json!({ "customer_id": "Customer", "product_id": "Product", "identifier": "Serial number", "name": "Device name", "kind": "Model", "tenant_id": "Tenant", "site_id": "Site", "group_id": "Group", "user_id": "User", "contact_id": "Contact", "status": "Status", "last_seen_at": "Last seen" })
    );
    let done = bring_of(admin, "devices", file).await;
    assert_eq!(
        (counts(&done), &done["match"]),
        ([4, 0, 0, 0, 0], &json!(["product_id", "identifier"]))
    );
    assert_eq!(
        (shop.pool(None).await, shop.pool(Some(&branch)).await),
        ((2, 3), (2, 2))
    );
    let devices = admin.items("/devices?sort=identifier").await;
    assert_eq!(
        identifiers(&devices),
        [
            "007 active Meridian",
            "SN-1 active Meridian",
            "SN-2 suspended Branch",
            "SN-3 active Branch"
        ]
    );
    assert_eq!(devices[0]["name"], "=1+1");
    let first = &devices[1];
    for (field, value) in [
        ("group_name", "Floor 1"),
        ("user_name", "lee@meridian.example"),
        ("contact_name", "Ana Almeida"),
        ("kind", "Phone"),
        ("last_seen_at", "2026-02-01T10:00:00Z"),
    ] {
        assert_eq!(first[field], value, "{field}");
    }
    let customer = admin
        .get(&format!("/customers/{}", shop.customer))
        .await
        .ok();
    assert_eq!(customer["devices_count"], 4, "{customer}");
    comes_back(admin, "devices", 4).await;
    assert_eq!(
        counts(&bring_of(admin, "devices", file).await),
        [0, 0, 4, 0, 0]
    );

    // One that is there is changed: its licence moves along, and is given back.
    app.forward(60);
    let edits = "customer,product,identifier,name,tenant,status\n\
        Meridian,PBX,sn-1,Kitchen,Branch,\n\
        Meridian,PBX,SN-2,,Meridian,active\n\
        Meridian,PBX,SN-3,,,deregistered\n\
        Meridian,PBX,007,\\N,\\N,\n\
        Meridian,PBX,SN-9,New,,\n";
    let done = bring_of(admin, "devices", edits).await;
    assert_eq!(counts(&done), [1, 4, 0, 0, 0], "{done}");
    assert_eq!(
        (shop.pool(None).await, shop.pool(Some(&branch)).await),
        ((3, 3), (1, 2))
    );
    let job = done["job_id"].as_str().unwrap();
    let events = admin
        .items(&format!("/audit_events?job_id={job}&object_type=devices"))
        .await;
    let mut actions: Vec<_> = events
        .iter()
        .map(|it| it["action"].as_str().unwrap())
        .collect();
    actions.sort_unstable();
    assert_eq!(
        actions,
        ["create", "deregister", "resume", "update", "update"]
    );
    comes_back(admin, "devices", 5).await;

    // Undone, all is as it was, and so are the counts.
    app.forward(60);
    let undone = undo(admin, &done).await;
    assert_eq!(
        undone["message"],
        "Undone: 1 removed, 4 changed back, 0 kept as they are.",
        "{:?}",
        kept(admin, &done).await
    );
    let after = admin.items("/devices?sort=identifier").await;
    assert_eq!(identifiers(&after), identifiers(&devices));
    assert_eq!(after[1]["name"], "Reception");
    assert_eq!(
        (shop.pool(None).await, shop.pool(Some(&branch)).await),
        ((2, 3), (2, 2))
    );

    // What was deregistered is registered anew, unless the row speaks of that.
    bring_of(
        admin,
        "devices",
        "customer,product,identifier,status\nMeridian,PBX,SN-1,deregistered\n",
    )
    .await;
    let again = "customer,product,identifier,status\nMeridian,PBX,SN-1,deregistered\n";
    assert_eq!(
        counts(&bring_of(admin, "devices", again).await),
        [0, 0, 1, 0, 0]
    );
    let anew = "customer,product,identifier,name\nMeridian,PBX,SN-1,Anew\n";
    assert_eq!(
        counts(&bring_of(admin, "devices", anew).await),
        [1, 0, 0, 0, 0]
    );
    assert_eq!(shop.pool(None).await, (2, 3));
    comes_back(admin, "devices", 5).await;
});

story!(devices_that_are_refused, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    shop.sell(5).await;
    shop.register("SN-1").await;
    let branch = shop.second_tenant().await;
    let site = json!({ "customer_id": shop.customer, "name": "HQ", "tenant_id": branch });
    admin.create("/sites", site).await;
    let closed = json!({ "customer_id": shop.customer, "name": "Closed" });
    let closed = admin.create("/tenants", closed).await;
    admin
        .post(&format!("/tenants/{}/archive", id(&closed)), json!({}))
        .await
        .ok();
    let other = admin.create("/customers", json!({ "name": "Other" })).await;
    let tenant = json!({ "customer_id": other["id"], "name": "Theirs" });
    admin.create("/tenants", tenant).await;
    let provider = admin
        .create("/providers", json!({ "name": "P2", "code": "p2" }))
        .await;
    let theirs = json!({ "name": "Theirs", "code": "THEIRS", "provider_id": provider["id"] });
    let theirs = admin.create("/products", theirs).await;

    let file = format!(
        "customer,product,identifier,tenant,site,status\n\
        Other,PBX,a,,,\n\
        Meridian,PBX,b,Other/Theirs,,\n\
        Meridian,PBX,c,Theirs,,\n\
        Meridian,THEIRS,d,,,\n\
        Meridian,{},e,,,\n\
        Meridian,PBX,f,Closed,,\n\
        Meridian,PBX,g,Meridian,HQ,\n\
        Meridian,PBX,h,,,deregistered\n\
        Meridian,PBX,i,,,broken\n\
        Meridian,PBX,j,,,\\N\n\
        ,PBX,k,,,\n\
        Meridian,,l,,,\n\
        Meridian,PBX,,,,\n\
        Other,PBX,sn-1,,,\n\
        Meridian,PBX,twice,,,\n\
        Meridian,Cloud PBX,TWICE,,,\n\
        Meridian,PBX,{},,,\n",
        id(&theirs),
        "x".repeat(101)
    );
    let import = upload_of(admin, "devices", file).await;
    let planned = plan(admin, &import, json!({})).await;
    assert_eq!(counts(&planned), [0, 0, 0, 17, 0]);
    assert_eq!(
        told(admin, &import).await,
        [
            refused(2, "product", "no_licence_block"),
            refused(3, "tenant", "unknown_reference"),
            refused(4, "tenant", "unknown_reference"),
            refused(5, "product", "other_provider"),
            refused(6, "product", "other_provider"),
            refused(7, "tenant", "archived"),
            refused(8, "site", "other_tenant"),
            refused(9, "status", "not_registered"),
            refused(10, "status", "invalid"),
            refused(11, "status", "invalid"),
            refused(12, "customer", "required"),
            refused(13, "product", "required"),
            refused(14, "identifier", "required"),
            refused(15, "customer", "moves"),
            refused(16, "product, identifier", "repeated"),
            refused(17, "product, identifier", "repeated"),
            refused(18, "identifier", "invalid"),
        ]
    );
    let first = &messages(admin, &import).await[0].2;
    assert_eq!(
        first,
        "No licence block of this product has begun for Other. Add one for this tenant, or a Global one."
    );
    assert_eq!(shop.pool(None).await, (1, 5));

    // A device that is there: what it cannot become.
    let device = &admin.items("/devices").await[0];
    let end = format!("/devices/{}/deregister", id(&shop.register("SN-2").await));
    let ended = admin.post(&end, json!({})).await.ok();
    let file = format!(
        "id,customer,product,name,site,status\n\
        {0},Other,,,,\n\
        {0},,THEIRS,,,\n\
        {0},Meridian,,,HQ,\n\
        {1},,,,,active\n\
        {1},,,,,deregistered\n",
        id(device),
        id(&ended)
    );
    let ids = |at: &[usize]| {
        let lines: Vec<_> = file.lines().collect();
        let kept = at.iter().map(|n| lines[*n]);
        let all: Vec<_> = [lines[0]].into_iter().chain(kept).collect();
        all.join("\n")
    };
    for (line, wrong) in [
        (1, refused(2, "customer", "moves")),
        (2, refused(2, "product", "moves")),
        (3, refused(2, "site", "other_tenant")),
        (4, refused(2, "status", "deregistered")),
    ] {
        let import = upload_of(admin, "devices", ids(&[line])).await;
        plan(admin, &import, json!({})).await;
        assert_eq!(told(admin, &import).await, [wrong], "{line}");
    }
    assert_eq!(
        counts(&bring_of(admin, "devices", &ids(&[5])).await),
        [0, 0, 1, 0, 0]
    );
});

story!(an_import_stays_in_its_scope, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    shop.sell(5).await;
    let hidden = shop.register("HELD").await;
    let site = json!({ "customer_id": shop.customer, "name": "HQ" });
    let site = admin.create("/sites", site).await;
    let contact = admin
        .create("/contacts", json!({ "last_name": "Hidden" }))
        .await;
    let group = id(&admin.items("/device_groups").await[0]);
    let user = admin
        .colleague(
            "lee@meridian.example",
            "Customer admin",
            Some(&shop.customer),
        )
        .await;
    let provider = admin
        .create("/providers", json!({ "name": "P2", "code": "p2" }))
        .await;
    let theirs = json!({ "name": "Theirs", "code": "THEIRS", "provider_id": provider["id"] });
    let theirs = id(&admin.create("/products", theirs).await);
    let vertex = admin
        .create("/resellers", json!({ "name": "Vertex" }))
        .await;
    let mine = json!({ "name": "Mine", "reseller_id": vertex["id"] });
    let mine = admin.create("/customers", mine).await;
    let block = json!({ "customer_id": mine["id"], "product_id": shop.product, "licences": 9 });
    let block = admin.create("/licence_blocks", block).await;
    let rita = admin
        .colleague(
            "rita@vertex.example",
            "Reseller admin",
            vertex["id"].as_str(),
        )
        .await;
    let nowhere = "01890000-0000-7000-8000-000000000001";

    // A foreign id in any column is refused like one that does not exist.
    for (object, column, foreign) in [
        ("devices", "customer_id", shop.customer.clone()),
        ("devices", "product_id", theirs.clone()),
        ("devices", "tenant_id", shop.tenant.clone()),
        ("devices", "site_id", id(&site)),
        ("devices", "group_id", group),
        ("devices", "user_id", user.user_id.clone()),
        ("devices", "contact_id", id(&contact)),
        ("devices", "id", id(&hidden)),
        ("licence_blocks", "customer_id", shop.customer.clone()),
        ("licence_blocks", "product_id", theirs),
        ("licence_blocks", "tenant_id", shop.tenant.clone()),
        (
            "licence_blocks",
            "id",
            id(&admin
                .items(&format!("/licence_blocks?customer_id={}", shop.customer))
                .await[0]),
        ),
    ] {
        let mut answers = vec![];
        for value in [foreign.as_str(), nowhere] {
            let mut row = json!({ "customer_id": "Mine", "product_id": "PBX" });
            match object {
                "devices" => row["identifier"] = json!("new"),
                _ => row["licences"] = json!(1),
            }
            row[column] = json!(value);
            let import = upload_of(&rita, object, row.to_string()).await;
            let planned = plan(&rita, &import, json!({})).await;
            assert_eq!(
                counts(&planned),
                [0, 0, 0, 1, 0],
                "{object} {column} {planned}"
            );
            answers.push(messages(&rita, &import).await);
        }
        assert_eq!(answers[0], answers[1], "{object} {column}");
        assert_eq!(answers[0][0].0, column);
    }

    // Held by somebody else: no more is told than that. By somebody whom one sees, it is a move.
    let file = "customer,product,identifier\nMine,PBX,held\n";
    let import = upload_of(&rita, "devices", file).await;
    plan(&rita, &import, json!({})).await;
    assert_eq!(
        messages(&rita, &import).await,
        [(
            "identifier".to_owned(),
            "identifier_unavailable".to_owned(),
            "is not available for this product".to_owned()
        )]
    );
    let import = upload_of(admin, "devices", file).await;
    plan(admin, &import, json!({})).await;
    assert_eq!(
        told(admin, &import).await,
        [refused(2, "customer", "moves")]
    );

    let file = "customer,product,identifier\nMine,PBX,own\n";
    assert_eq!(
        counts(&bring_of(&rita, "devices", file).await),
        [1, 0, 0, 0, 0]
    );
    comes_back(&rita, "devices", 1).await;
    comes_back(&rita, "licence_blocks", 1).await;
    assert_eq!(id(&rita.items("/licence_blocks").await[0]), id(&block));
    // The same identifier of a catalogue product is free at another provider.
    let shared = json!({ "name": "Shared", "code": "ALL", "provider_id": "00000000-0000-0000-0000-000000000000" });
    let shared = admin.create("/products", shared).await;
    let foreign = json!({ "name": "Foreign", "provider_id": provider["id"] });
    let foreign = admin.create("/customers", foreign).await;
    for customer in [mine["id"].clone(), foreign["id"].clone()] {
        let block = json!({ "customer_id": customer, "product_id": shared["id"], "licences": 1 });
        admin.create("/licence_blocks", block).await;
    }
    let file = "customer,product,identifier\nForeign,ALL,x\n";
    bring_of(admin, "devices", file).await;
    let file = "customer,product,identifier\nMine,ALL,x\n";
    assert_eq!(
        counts(&bring_of(&rita, "devices", file).await),
        [1, 0, 0, 0, 0]
    );
    // Nobody imports from inside a customer.
    let sent = send(&user, "devices", "f.csv", file.into()).await;
    assert_eq!(sent.problem(403), "forbidden");
});

story!(over_use_is_one_case_of_an_import, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    let house = admin.items("/providers").await[0].clone();
    let desk = json!({ "accounting_emails": ["desk@house.example"] });
    let path = format!("/providers/{}", id(&house));
    admin.with("if-match", "*").patch(&path, desk).await.ok();
    shop.sell(10).await;
    app.forward(60);
    let mut file = String::from("customer,product,identifier\n");
    for n in 0..2_500 {
        file.push_str(&format!("Meridian,PBX,SN-{n}\n"));
    }
    let done = bring_of(admin, "devices", &file).await;
    assert_eq!(counts(&done), [2_500, 0, 0, 0, 0]);
    assert_eq!(shop.pool(None).await, (2_500, 10));
    let cases = admin.items("/overuse_cases").await;
    assert_eq!(
        (cases.len(), &cases[0]["excess"]),
        (1, &json!(2_490)),
        "{cases:?}"
    );
    assert_eq!(admin.items("/mail_messages?kind=overuse").await.len(), 1);
    assert!(
        admin
            .items("/mail_messages?kind=overuse_reminder")
            .await
            .is_empty()
    );

    app.forward(60);
    // One that somebody touched since stays.
    let device = &admin.items("/devices?identifier=SN-7").await[0];
    let path = format!("/devices/{}", id(device));
    let name = json!({ "name": "Mine" });
    admin.with("if-match", "*").patch(&path, name).await.ok();
    app.forward(60);
    let undone = self::undo(admin, &done).await;
    assert_eq!(
        undone["message"],
        "Undone: 2499 removed, 0 changed back, 1 kept as they are."
    );
    assert_eq!(shop.pool(None).await, (1, 10));
    assert_eq!(admin.items("/overuse_cases").await[0]["state"], "cleared");
    let customer = admin
        .get(&format!("/customers/{}", shop.customer))
        .await
        .ok();
    assert_eq!(customer["devices_count"], 1);

    // Where the policy allows no more, the import stops at the row that is one too many.
    let limit = json!({ "overuse": "forbid" });
    let path = format!("/customers/{}", shop.customer);
    admin.with("if-match", "*").patch(&path, limit).await.ok();
    let few = file.lines().take(21).collect::<Vec<_>>().join("\n");
    let import = upload_of(admin, "devices", few).await;
    plan(admin, &import, json!({})).await;
    let stopped = apply(admin, &import).await;
    assert_eq!(stopped["state"], "stopped", "{stopped}");
    assert_eq!(shop.pool(None).await, (10, 10));
    let message = stopped["message"].as_str().unwrap();
    assert!(
        message.starts_with("Stopped at line 12: 10 licences are in force")
            || message.contains("10 licences are in force"),
        "{message}"
    );
});
