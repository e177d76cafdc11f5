//! Files of licence blocks and products.

use super::below::{bring_of, comes_back, refused, told, upload_of};
use super::undo::{kept, undo};
use super::*;
use crate::licences::{Shop, id};

/// What a file makes of each block: tenant, sales order, licences, dates.
fn blocks(all: &[Json]) -> Vec<String> {
    let one = |it: &Json| {
        let part = |name: &str| it[name].as_str().unwrap_or("-").to_owned();
        let parts = [
            "tenant_name",
            "sales_order",
            "order_date",
            "expiration_date",
            "value",
        ]
        .map(part);
        format!("{} × {}", it["licences"], parts.join(" "))
    };
    let mut all: Vec<_> = all.iter().map(one).collect();
    all.sort();
    all
}

story!(licence_blocks_come_from_files, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    let branch = shop.second_tenant().await;
    shop.sell(10).await;
    for n in 0..3 {
        let mut device = shop.device(&format!("d{n}"));
        device["tenant_id"] = json!(branch);
        admin.create("/devices", device).await;
    }
    assert_eq!(shop.pool(None).await, (3, 10));
    app.forward(60);
    let file = "Customer;Product;Tenant;Sales order number;PO;Quantity;Price;Currency;Order date;Expiry date;Warning days;Remarks\n\
        Meridian;PBX;;SO-1;P-1;5;2.50;EUR;2025-06-01;2026-06-01;30|7;'-old\n\
        Meridian;Cloud PBX;Branch;SO-2;;2;;;;;;\n\
        C-000001;house/pbx;Meridian/Branch;;;1;;;2026-05-01;;;\n";
    let import = upload_of(admin, "licence_blocks", file).await;
    assert_eq!(
        import["suggested_mapping"],
        json!({ "customer_id": "Customer", "product_id": "Product", "tenant_id": "Tenant", "sales_order": "Sales order number", "po_number": "PO", "licences": "Quantity", "unit_price": "Price", "currency": "Currency", "order_date": "Order date", "expiration_date": "Expiry date", "warning_days": "Warning days", "note": "Remarks" })
    );
    let done = bring_of(admin, "licence_blocks", file).await;
    assert_eq!(
        (counts(&done), &done["match"]),
        (
            [3, 0, 0, 0, 0],
            &json!(["customer_id", "product_id", "sales_order"])
        )
    );
    assert!(
        done["notes"]
            .to_string()
            .contains("customer, product and sales order")
    );
    let all = admin.items("/licence_blocks").await;
    assert_eq!(
        blocks(&all),
        [
            "1 × Branch  2026-05-01 2027-05-01 ",
            "10 × -  2026-03-02 2027-03-02 ",
            "2 × Branch SO-2 2026-03-02 2027-03-02 ",
            "5 × - SO-1 2025-06-01 2026-06-01 12.50",
        ]
    );
    // The tenant has blocks of its own now: its devices draw on them, and one is too many.
    assert_eq!(
        (shop.pool(None).await, shop.pool(Some(&branch)).await),
        ((0, 15), (3, 2))
    );
    assert_eq!(admin.items("/overuse_cases?state=open").await.len(), 1);
    let old = all.iter().find(|it| it["sales_order"] == "SO-1").unwrap();
    assert_eq!(
        (&old["warning_days"], &old["note"]),
        (&json!([30, 7]), &json!("-old"))
    );
    let job = done["job_id"].as_str().unwrap();
    let dated = admin
        .items(&format!("/audit_events?job_id={job}&action=backdate"))
        .await;
    assert_eq!((dated.len(), &dated[0]["object_id"]), (1, &old["id"]));
    comes_back(admin, "licence_blocks", 4).await;

    // By sales order it is the same block; the one without an order would be a new one.
    app.forward(60);
    let edits = "customer,product,tenant,sales order,licences,expiration_date\n\
        Meridian,PBX,Branch,SO-2,4,2027-12-31\n\
        Meridian,PBX,\\N,SO-1,5,\n";
    let changed = bring_of(admin, "licence_blocks", edits).await;
    assert_eq!(counts(&changed), [0, 1, 1, 0, 0]);
    assert_eq!(shop.pool(Some(&branch)).await, (3, 4));
    assert!(admin.items("/overuse_cases?state=open").await.is_empty());

    // An order with several blocks is matched by tenant too.
    let two = "customer,product,tenant,sales order,licences\n\
        Meridian,PBX,,SO-9,1\nMeridian,PBX,Branch,SO-9,1\n";
    let import = upload_of(admin, "licence_blocks", two).await;
    plan(admin, &import, json!({})).await;
    assert_eq!(
        told(admin, &import).await,
        [
            refused(2, "customer, product, sales order", "repeated"),
            refused(3, "customer, product, sales order", "repeated"),
        ]
    );
    let by_tenant = json!({ "match": ["customer_id", "product_id", "tenant_id", "sales_order"] });
    for expected in [[2, 0, 0, 0, 0], [0, 0, 2, 0, 0]] {
        let import = upload_of(admin, "licence_blocks", two).await;
        let planned = plan(admin, &import, by_tenant.clone()).await;
        assert_eq!(counts(&planned), expected, "{planned}");
        if expected[0] > 0 {
            apply(admin, &import).await;
        }
    }
    let import = upload_of(
        admin,
        "licence_blocks",
        "customer,product,sales order,licences\nMeridian,PBX,SO-9,3\n",
    )
    .await;
    plan(admin, &import, json!({})).await;
    assert_eq!(
        told(admin, &import).await,
        [refused(2, "sales order", "ambiguous")]
    );

    // Undone, everything counts as before; what another import changed since stays.
    app.forward(60);
    let undone = undo(admin, &changed).await;
    assert_eq!(
        undone["message"],
        "Undone: 0 removed, 1 changed back, 0 kept as they are.",
        "{:?}",
        kept(admin, &changed).await
    );
    app.forward(60);
    let undone = undo(admin, &done).await;
    assert_eq!(
        undone["message"],
        "Undone: 2 removed, 0 changed back, 1 kept as they are."
    );
    assert_eq!(
        (shop.pool(None).await, shop.pool(Some(&branch)).await),
        ((0, 11), (3, 3))
    );
});

story!(licence_blocks_that_are_refused, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    let house = id(&admin.items("/providers").await[0]);
    let other = admin.create("/customers", json!({ "name": "Other" })).await;
    let tenant = json!({ "customer_id": other["id"], "name": "Theirs" });
    let theirs = admin.create("/tenants", tenant).await;
    let draft = json!({ "name": "Draft", "code": "DRAFT", "status": "draft" });
    admin.create("/products", draft).await;
    let provider = admin
        .create("/providers", json!({ "name": "P2", "code": "p2" }))
        .await;
    let foreign = json!({ "name": "Foreign", "code": "FOREIGN", "provider_id": provider["id"] });
    admin.create("/products", foreign).await;
    let support = admin
        .colleague("sue@house.example", "Provider support", Some(&house))
        .await;
    let file = format!(
        "customer,product,tenant,licences,order_date,expiration_date,unit_price,warning_days\n\
        Meridian,PBX,,0,,,,\n\
        Meridian,PBX,,many,,,,\n\
        Meridian,PBX,,1,2026-03-01,,,\n\
        Meridian,PBX,,1,2026-04-01,2026-04-01,,\n\
        Meridian,PBX,{},1,,,,\n\
        Meridian,PBX,Nowhere,1,,,,\n\
        Meridian,DRAFT,,1,,,,\n\
        Meridian,PBX,,1,,,2.50,\n\
        Meridian,PBX,,,,,,\n\
        Meridian,PBX,,1,tomorrow,,,\n\
        Meridian,PBX,,1,,,,soon\n\
        Meridian,,,1,,,,\n\
        Meridian,PBX,,1,2026-03-01,2026-02-01,,\n",
        id(&theirs)
    );
    let import = upload_of(&support, "licence_blocks", file.clone()).await;
    let planned = plan(&support, &import, json!({})).await;
    assert_eq!(counts(&planned), [0, 0, 0, 13, 0], "{planned}");
    assert_eq!(
        told(&support, &import).await,
        [
            refused(2, "licences", "invalid"),
            refused(3, "licences", "invalid"),
            refused(4, "order_date", "in_the_past"),
            refused(5, "expiration_date", "before_order"),
            refused(6, "tenant", "unknown_reference"),
            refused(7, "tenant", "unknown_reference"),
            refused(8, "product", "not_sold"),
            refused(9, "currency", "required"),
            refused(10, "licences", "required"),
            refused(11, "order_date", "invalid"),
            refused(12, "warning_days", "invalid"),
            refused(13, "product", "required"),
            refused(14, "order_date", "in_the_past"),
            refused(14, "expiration_date", "before_order"),
        ]
    );
    let past = &rows(&support, &import, "refused").await[2]["errors"][0];
    assert_eq!(
        past["message"],
        "is in the past: today is 2026-03-02 for this customer"
    );
    // Whoever may backdate brings the past along; a foreign product is told as such where it is seen.
    let file =
        "customer,product,licences,order_date\nMeridian,PBX,1,2020-01-01\nMeridian,FOREIGN,1,\n";
    let import = upload_of(admin, "licence_blocks", file).await;
    let planned = plan(admin, &import, json!({ "good_rows_only": true })).await;
    assert_eq!(counts(&planned), [1, 0, 0, 1, 0], "{planned}");
    assert_eq!(
        told(admin, &import).await,
        [refused(3, "product", "other_provider")]
    );
    assert_eq!(counts(&apply(admin, &import).await), [1, 0, 0, 1, 0]);
    let block = &admin.items("/licence_blocks").await[0];
    assert_eq!(block["state"], "expired");

    // A record's customer and product stay.
    let file = format!("id,customer,product\n{0},Other,\n", id(block));
    let import = upload_of(admin, "licence_blocks", file).await;
    plan(admin, &import, json!({})).await;
    assert_eq!(
        told(admin, &import).await,
        [refused(2, "customer", "moves")]
    );
    let file = format!("id,customer,product\n{0},,DRAFT\n", id(block));
    let import = upload_of(admin, "licence_blocks", file).await;
    plan(admin, &import, json!({})).await;
    assert_eq!(told(admin, &import).await, [refused(2, "product", "moves")]);
    // By its id alone a row may change what needs the customer's terms.
    let file = format!("id,order_date\n{},2026-03-01\n", id(block));
    let import = upload_of(&support, "licence_blocks", file).await;
    plan(&support, &import, json!({})).await;
    assert_eq!(
        told(&support, &import).await,
        [
            refused(2, "order_date", "in_the_past"),
            refused(2, "expiration_date", "before_order")
        ]
    );
});

story!(many_blocks_come_quickly, |app| async move {
    let shop = Shop::open(&app).await;
    let admin = &shop.admin;
    for n in 0..20 {
        shop.register_with_block(n).await;
    }
    let mut file = String::from("customer,product,sales order,licences,expiration_date\n");
    for n in 0..1_500 {
        let day = 1 + n % 28;
        file.push_str(&format!("Meridian,PBX,SO-{n},2,2027-05-{day:02}\n"));
    }
    let done = bring_of(admin, "licence_blocks", &file).await;
    assert_eq!(counts(&done), [1_500, 0, 0, 0, 0]);
    assert_eq!(shop.pool(None).await, (20, 3_020));
    // They fill in the order of their expiration, whatever came in first.
    let used = |it: &Json| it["licences_used"].as_i64().unwrap();
    let all = admin
        .items("/licence_blocks?sort=expiration_date&limit=200")
        .await;
    assert_eq!(all.iter().map(used).sum::<i64>(), 20);
    assert!(all.iter().take(20).all(|it| used(it) == 1));
    let same = bring_of(admin, "licence_blocks", &file).await;
    assert_eq!(counts(&same), [0, 0, 1_500, 0, 0]);
});

story!(products_come_from_files, |app| async move {
    let admin = app.admin().await;
    let file = "Product code,Product name,Type,Features,Status\n\
        PBX,Cloud PBX,Service,Lines=4|Fax=true|Codec=G.722,\n\
        pbx-2,Second,hardware,\"{\"\"name\"\":\"\"a|b\"\",\"\"value\"\":\"\"x,y\"\"}\",End of life\n";
    let done = bring_of(&admin, "products", file).await;
    assert_eq!(
        (counts(&done), &done["match"]),
        ([2, 0, 0, 0, 0], &json!(["code"]))
    );
    let products = admin.items("/products?sort=code").await;
    assert_eq!(
        products[0]["features"],
        json!([{ "name": "Lines", "value": 4 }, { "name": "Fax", "value": true }, { "name": "Codec", "value": "G.722" }])
    );
    assert_eq!(
        (
            &products[1]["features"],
            &products[1]["status"],
            &products[1]["kind"]
        ),
        (
            &json!([{ "name": "a|b", "value": "x,y" }]),
            &json!("end_of_life"),
            &json!("hardware")
        )
    );
    let catalogue = json!({ "name": "Everywhere", "code": "ALL", "provider_id": "00000000-0000-0000-0000-000000000000" });
    admin.create("/products", catalogue).await;
    comes_back(&admin, "products", 3).await;
    app.forward(60);
    let edits = "code,name,features\nPBX,Cloud PBX 2,\\N\nnew,New,\n";
    let done = bring_of(&admin, "products", edits).await;
    assert_eq!(counts(&done), [1, 1, 0, 0, 0]);
    app.forward(60);
    let undone = undo(&admin, &done).await;
    assert_eq!(
        undone["message"],
        "Undone: 1 removed, 1 changed back, 0 kept as they are."
    );
    assert_eq!(
        admin.items("/products?sort=code").await[1]["features"],
        products[0]["features"]
    );

    // A provider has its own, and cannot touch the platform's.
    let other = admin
        .create("/providers", json!({ "name": "Other", "code": "other" }))
        .await;
    let theirs = admin
        .colleague("boss@other.example", "Provider admin", other["id"].as_str())
        .await;
    let file = "code,name,features\nPBX,Mine,\nall,Mine too,\nx,X,Lines\ny,Y,\nY,Z,\n";
    let import = upload_of(&theirs, "products", file).await;
    plan(&theirs, &import, json!({ "good_rows_only": true })).await;
    assert_eq!(
        told(&theirs, &import).await,
        [
            refused(4, "features", "invalid"),
            refused(5, "code", "repeated"),
            refused(6, "code", "repeated"),
        ]
    );
    apply(&theirs, &import).await;
    assert_eq!(theirs.items("/products").await.len(), 3);
    let shared = &admin.items("/products?name=everywhere").await[0];
    let file = format!("id,name\n{},Taken\n", id(shared));
    let import = upload_of(&theirs, "products", file).await;
    plan(&theirs, &import, json!({})).await;
    assert_eq!(told(&theirs, &import).await, [refused(2, "", "refused")]);
    comes_back(&theirs, "products", 3).await;
});
