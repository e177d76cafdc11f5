//! Files of what lies below a customer: tenants, sites.

use super::*;

pub async fn upload_of(client: &Client, object: &str, file: impl Into<Vec<u8>>) -> Json {
    let sent = send(client, object, "f.csv", file.into()).await;
    sent.expect(201)
}

/// Uploads, plans by the suggested mapping, applies.
pub async fn bring_of(client: &Client, object: &str, file: &str) -> Json {
    let import = upload_of(client, object, file).await;
    let planned = plan(client, &import, json!({})).await;
    assert_eq!(
        (
            planned["state"].as_str(),
            planned["counts"]["refused"].as_i64()
        ),
        (Some("planned"), Some(0)),
        "{planned} {:?}",
        rows(client, &import, "refused").await
    );
    let done = apply(client, &import).await;
    assert_eq!(done["state"], "done", "{done}");
    done
}

/// What each refused row is told: line, column, code.
pub async fn told(client: &Client, import: &Json) -> Vec<(i64, String, String)> {
    let text = |it: &Json| it.as_str().unwrap().to_owned();
    let mut all = vec![];
    for row in rows(client, import, "refused").await {
        for error in row["errors"].as_array().unwrap() {
            all.push((
                row["line"].as_i64().unwrap(),
                text(&error["column"]),
                text(&error["code"]),
            ));
        }
    }
    all
}

pub fn refused(line: i64, column: &str, code: &str) -> (i64, String, String) {
    (line, column.into(), code.into())
}

/// Every format of a list's export comes back as unchanged.
pub async fn comes_back(client: &Client, object: &str, rows_there: i64) {
    let archived = match object {
        "tenants" | "sites" => "&archived=any",
        _ => "",
    };
    for format in super::formats::FORMATS {
        let file = client
            .get(&format!("/{object}/export?format={format}{archived}"))
            .await;
        assert_eq!(file.status, 200);
        let import = upload_of(client, object, file.bytes.clone()).await;
        let planned = plan(client, &import, json!({})).await;
        assert_eq!(
            counts(&planned),
            [0, 0, rows_there, 0, 0],
            "{object} {format} {:?} {:?} {planned}",
            rows(client, &import, "updated").await,
            rows(client, &import, "refused").await
        );
    }
}

/// Customers of the house and of a reseller, two of them with the same name.
async fn customers(admin: &Client) -> [Json; 4] {
    let vertex = admin
        .create("/resellers", json!({ "name": "Vertex / IT", "code": "vx" }))
        .await;
    let house = admin.items("/providers").await[0].clone();
    let provider = format!("/providers/{}", house["id"].as_str().unwrap());
    let may_repeat = json!({ "customer_names": "may_repeat" });
    admin
        .with("if-match", "*")
        .patch(&provider, may_repeat)
        .await
        .ok();
    let acme = json!({ "name": "Acme", "external_id": "ext-1" });
    let twin = json!({ "name": "Acme", "customer_id": "K-2", "reseller_id": vertex["id"] });
    [
        admin.create("/customers", acme).await,
        admin.create("/customers", twin).await,
        admin
            .create("/customers", json!({ "name": "A/B Foods" }))
            .await,
        admin.create("/customers", json!({ "name": "Old" })).await,
    ]
}

async fn archive(client: &Client, list: &str, it: &Json) {
    let path = format!("/{list}/{}/archive", it["id"].as_str().unwrap());
    client.post(&path, json!({})).await.ok();
}

story!(tenants_come_from_files, |app| async move {
    let admin = app.admin().await;
    let [acme, twin, foods, old] = customers(&admin).await;
    archive(&admin, "customers", &old).await;
    let file = format!(
        "Company,Tenant,Time zone\nK-2,Frankfurt,Europe/Berlin\next-1,Frankfurt,\n{},Leeds,\nA/B Foods,One,\nHouse/A\\/B Foods,Two,\nVertex \\/ IT/Acme,Paris,\n",
        acme["id"].as_str().unwrap()
    );
    let done = bring_of(&admin, "tenants", &file).await;
    assert_eq!(
        (counts(&done), &done["match"]),
        ([6, 0, 0, 0, 0], &json!(["customer_id", "name"]))
    );
    for (customer, tenants) in [(&acme, 3), (&twin, 3), (&foods, 3)] {
        let path = format!("/customers/{}", customer["id"].as_str().unwrap());
        assert_eq!(admin.get(&path).await.ok()["tenants_count"], tenants);
    }
    let frankfurt = admin
        .items("/tenants?name=frankfurt&sort=-created_at")
        .await;
    assert_eq!(frankfurt.len(), 2);
    let events = admin
        .items("/audit_events?object_type=tenants&source=import")
        .await;
    assert_eq!(events.len(), 6);

    // The same names find the same tenants, however the customer is written.
    let file =
        "customer,name,time_zone,language\nVertex \\/ IT / Acme,FRANKFURT,\\N,de\nK-2,Paris,,\n";
    let done = bring_of(&admin, "tenants", file).await;
    assert_eq!(counts(&done), [0, 1, 1, 0, 0]);
    let changed = admin
        .items(&format!(
            "/tenants?name=frankfurt&customer_id={}",
            twin["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(
        (
            &changed[0]["name"],
            &changed[0]["time_zone"],
            &changed[0]["language"]
        ),
        (&json!("FRANKFURT"), &Json::Null, &json!("de"))
    );

    let file =
        "customer,name\nAcme,X\nNobody,X\n,X\nOld,X\nK-2,Same\nVertex \\/ IT/Acme,same\next-1,\n";
    let import = upload_of(&admin, "tenants", file).await;
    let planned = plan(&admin, &import, json!({})).await;
    assert_eq!(counts(&planned), [0, 0, 0, 7, 0], "{planned}");
    assert_eq!(
        told(&admin, &import).await,
        [
            refused(2, "customer", "ambiguous"),
            refused(3, "customer", "unknown_reference"),
            refused(4, "customer", "required"),
            refused(5, "customer", "archived"),
            refused(6, "customer, name", "repeated"),
            refused(7, "customer, name", "repeated"),
            refused(8, "name", "required"),
        ]
    );
    let ambiguous = rows(&admin, &import, "refused").await[0]["errors"][0]["message"].to_string();
    assert!(
        ambiguous.contains("House/Acme (C-000001)")
            && ambiguous.contains(r"Vertex \\/ IT/Acme (K-2)"),
        "{ambiguous}"
    );

    // By id a file renames; an id that is nowhere adds nothing.
    let id = changed[0]["id"].as_str().unwrap();
    let file =
        format!("id,name\n{id},Frankfurt 1\n00000000-0000-0000-0000-000000000001,X\n{id},Y\n");
    let import = upload_of(&admin, "tenants", file).await;
    let planned = plan(&admin, &import, json!({ "good_rows_only": true })).await;
    assert_eq!(
        (counts(&planned), &planned["match"]),
        ([0, 0, 0, 3, 0], &json!(["id"]))
    );
    let import = upload_of(&admin, "tenants", format!("id,name\n{id},Frankfurt 1\n")).await;
    plan(&admin, &import, json!({})).await;
    apply(&admin, &import).await;
    assert_eq!(admin.items("/tenants?name=frankfurt+1").await.len(), 1);
    archive(&admin, "tenants", &frankfurt[0]).await;
    comes_back(&admin, "tenants", 10).await;
});

story!(sites_come_from_files, |app| async move {
    let admin = app.admin().await;
    let [acme, twin, _, old] = customers(&admin).await;
    let closed = admin
        .create(
            "/sites",
            json!({ "name": "Closed", "customer_id": old["id"] }),
        )
        .await;
    archive(&admin, "customers", &old).await;
    let customer = acme["id"].as_str().unwrap();
    for name in ["Leeds", "A/B"] {
        admin
            .create("/tenants", json!({ "name": name, "customer_id": customer }))
            .await;
    }
    let file = "Customer,Site number,Location,Type,City,Country,Tenant,lat,External key\n\
        ext-1,,Head office,Branch,Leeds,United Kingdom,Leeds,53.8,e-1\n\
        ext-1,s-2,Second,,,,A\\/B,,\n\
        ext-1,,Third,,,,A/B,,\n\
        K-2,,Head office,,,,,,e-2\n\
        ,,By tenant,,,,ext-1/Leeds,,\n";
    let import = upload_of(&admin, "sites", file).await;
    assert_eq!(
        import["suggested_mapping"],
        json!({ "customer_id": "Customer", "site_id": "Site number", "name": "Location", "kind": "Type", "city": "City", "country": "Country", "tenant_id": "Tenant", "latitude": "lat", "external_id": "External key" })
    );
    let planned = plan(&admin, &import, json!({})).await;
    assert_eq!(
        (counts(&planned), &planned["match"]),
        ([5, 0, 0, 0, 0], &json!(["customer_id", "site_id"])),
        "{:?}",
        rows(&admin, &import, "refused").await
    );
    apply(&admin, &import).await;
    let sites = admin
        .items(&format!(
            "/sites?customer_id={customer}&sort=created_at,name"
        ))
        .await;
    let told_of = |it: &Json| {
        [&it["name"], &it["site_id"], &it["tenant_name"]].map(|it| it.as_str().unwrap().to_owned())
    };
    let mut all: Vec<_> = sites.iter().map(told_of).collect();
    all.sort();
    assert_eq!(
        all,
        [
            ["By tenant", "S-4", "Leeds"],
            ["Head office", "S-1", "Leeds"],
            ["Second", "s-2", "A/B"],
            ["Third", "S-3", "A/B"],
        ]
    );
    let path = format!("/customers/{customer}");
    assert_eq!(admin.get(&path).await.ok()["sites_count"], 4);

    // Matched by what was chosen: here by customer and name, then by the external id.
    let file = "customer,name,city\nK-2,Head office,Bonn\next-1,Fourth,\n";
    let import = upload_of(&admin, "sites", file).await;
    let planned = plan(&admin, &import, json!({})).await;
    assert_eq!(
        counts(&planned),
        [2, 0, 0, 0, 0],
        "nothing tells who is who: {planned}"
    );
    let by_name = json!({ "match": ["customer_id", "name"] });
    assert_eq!(
        counts(&plan(&admin, &import, by_name).await),
        [1, 1, 0, 0, 0]
    );
    apply(&admin, &import).await;
    let bonn = admin.items("/sites?city=Bonn").await;
    assert_eq!(bonn[0]["customer_id"], twin["id"]);
    let import = upload_of(
        &admin,
        "sites",
        "external_id,customer,city\ne-2,ext-1,X\ne-1,ext-1,X\n",
    )
    .await;
    plan(
        &admin,
        &import,
        json!({ "match": ["external_id"], "good_rows_only": true }),
    )
    .await;
    assert_eq!(
        told(&admin, &import).await,
        [refused(2, "customer", "moves")]
    );

    let file = format!(
        "customer,site_id,name,tenant,country,latitude\next-1,S-9,X,Frankfurt,Atlantis,north\nK-2,S-9,X,ext-1/Leeds,,\nOld,{},Renamed,,,\next-1,S-3,\\N,,,\next-1,s-2,Second,,,\nACME,S-2,X,,,\n",
        closed["site_id"].as_str().unwrap()
    );
    let import = upload_of(&admin, "sites", file).await;
    plan(&admin, &import, json!({})).await;
    let mut all = told(&admin, &import).await;
    all.sort();
    assert_eq!(
        all,
        [
            refused(2, "country", "invalid"),
            refused(2, "latitude", "invalid"),
            refused(2, "tenant", "unknown_reference"),
            refused(3, "tenant", "unknown_reference"),
            refused(4, "site_id", "archived"),
            refused(5, "name", "required"),
            refused(7, "customer", "ambiguous"),
        ]
    );
    // A reseller's admin sees nothing of its provider's customers.
    let vertex = admin.items("/resellers").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let rita = admin
        .colleague("rita@vertex.example", "Reseller admin", Some(&vertex))
        .await;
    let import = upload_of(&rita, "sites", "customer,name\nAcme,Mine\next-1,X\n").await;
    plan(&rita, &import, json!({ "good_rows_only": true })).await;
    assert_eq!(
        told(&rita, &import).await,
        [refused(3, "customer", "unknown_reference")]
    );
    apply(&rita, &import).await;
    assert_eq!(
        rita.items("/sites?name=mine").await[0]["customer_id"],
        twin["id"]
    );
    comes_back(&rita, "sites", 2).await;
    comes_back(&admin, "sites", 8).await;
});

story!(contacts_come_from_files, |app| async move {
    let admin = app.admin().await;
    let [acme, twin, foods, old] = customers(&admin).await;
    archive(&admin, "customers", &old).await;
    let file = "Vorname;Surname;Email address;Customer;Role;Notes\n\
        Ana;Almeida;Ana@x.example;ext-1;primary|Technical;'=1+1\n\
        Tom;Tree;tom@x.example;ext-1;billing,super_admin;\n\
        Mia;Meier;twin@x.example;K-2;;\n\
        Max;Meier;twin@x.example;;;\n";
    let import = upload_of(&admin, "contacts", file).await;
    let mut mapping = import["suggested_mapping"].clone();
    mapping["first_name"] = json!("Vorname");
    let how = json!({ "mapping": mapping, "match": ["email"], "separator": null });
    let planned = plan(&admin, &import, how).await;
    assert_eq!(counts(&planned), [2, 0, 0, 2, 0], "{planned}");
    assert_eq!(
        told(&admin, &import).await,
        [
            refused(4, "Email address", "repeated"),
            refused(5, "Email address", "repeated"),
        ]
    );
    let planned = plan(&admin, &import, json!({ "mapping": mapping })).await;
    assert_eq!(
        (counts(&planned), &planned["match"]),
        ([4, 0, 0, 0, 0], &json!([]))
    );
    apply(&admin, &import).await;
    let links = async |customer: &Json| {
        let path = format!(
            "/contact_links?customer_id={}",
            customer["id"].as_str().unwrap()
        );
        let all = admin.items(&path).await;
        let mut all: Vec<_> = all
            .iter()
            .map(|it| {
                (
                    it["contact_name"].as_str().unwrap().to_owned(),
                    it["roles"].clone(),
                )
            })
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    let link = |name: &str, roles: Json| (name.to_owned(), roles);
    assert_eq!(
        links(&acme).await,
        [
            link("Ana Almeida", json!(["primary", "technical"])),
            link("Tom Tree", json!(["billing", "super_admin"])),
        ]
    );
    assert_eq!(links(&twin).await, [link("Mia Meier", json!([]))]);
    let path = format!("/customers/{}", acme["id"].as_str().unwrap());
    let customer = admin.get(&path).await.ok();
    assert_eq!(
        (
            &customer["contacts_count"],
            &customer["billing_contact_name"]
        ),
        (&json!(2), &json!("Tom Tree"))
    );
    assert_eq!(
        admin.items("/customers?q=tom+tree").await.len(),
        1,
        "super admins are found"
    );

    // By email, whatever its case: the primary role moves, a further customer is served.
    let file = "email,customer_id,roles,phone\nTOM@x.example,ext-1,primary|billing,+49 30 1\nAna@x.example,A\\/B Foods,technical,\n";
    let import = upload_of(&admin, "contacts", file).await;
    let planned = plan(
        &admin,
        &import,
        json!({ "match": ["email"], "separator": "|" }),
    )
    .await;
    assert_eq!(
        counts(&planned),
        [0, 2, 0, 0, 0],
        "{:?}",
        rows(&admin, &import, "refused").await
    );
    let changed = &rows(&admin, &import, "updated").await[1]["changes"];
    assert_eq!(
        changed,
        &json!([{ "field": "roles", "before": null, "after": ["technical"], "is_seen_inside": true }, { "field": "customer", "before": null, "after": "A/B Foods" }])
    );
    apply(&admin, &import).await;
    assert_eq!(
        links(&acme).await,
        [
            link("Ana Almeida", json!(["technical"])),
            link("Tom Tree", json!(["primary", "billing"])),
        ]
    );
    assert_eq!(
        links(&foods).await,
        [link("Ana Almeida", json!(["technical"]))]
    );
    assert_eq!(admin.items("/customers?q=tom+tree").await.len(), 0);
    let events = admin
        .items("/audit_events?object_type=contacts&action=update_link")
        .await;
    assert_eq!(events.len(), 2);
    // The same again is nothing new; and how it was read is suggested for the next such file.
    let again = upload_of(
        &admin,
        "contacts",
        "roles,phone,email,customer_id\nprimary|billing,+49 30 1,TOM@x.example,ext-1\n",
    )
    .await;
    assert_eq!(
        (
            &again["match"],
            &again["separator"],
            &again["mapping"]["email"]
        ),
        (&json!(["email"]), &json!("|"), &json!("email"))
    );
    assert_eq!(
        counts(&plan(&admin, &again, json!({ "match": ["email"] })).await),
        [0, 0, 1, 0, 0]
    );

    let file = "first_name,email,customer,roles\n,a@x.example,ext-1,\nA,no email,ext-1,boss\nB,,,primary\nC,,ext-1,primary\nD,,ext-1,primary\nE,,Old,\nF,,Nobody,\n";
    let import = upload_of(&admin, "contacts", file).await;
    plan(&admin, &import, json!({})).await;
    assert_eq!(
        told(&admin, &import).await,
        [
            refused(2, "last_name", "required"),
            refused(3, "roles", "invalid"),
            refused(4, "customer", "required"),
            refused(5, "customer, roles", "repeated"),
            refused(6, "customer, roles", "repeated"),
            refused(7, "customer", "archived"),
            refused(8, "customer", "unknown_reference"),
        ]
    );
    let messages = rows(&admin, &import, "refused").await;
    assert!(
        messages[3]["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("Line 6"),
        "{messages:?}"
    );
    comes_back(&admin, "contacts", 4).await;
    let sample = admin.get("/imports/sample/contacts.csv").await;
    assert!(sample.text().starts_with("first_name,"));
});
