//! EXP-02 as a property: whatever stands in a list, its export plans as “all unchanged”, in every
//! form; and brought into an empty installation, it is there as it was.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, json};

use super::formats::FORMATS;
use super::*;

/// How many records a round has.
const RECORDS: usize = 60;

/// Texts that some form, program or rule would like to take for something else.
const ODD: &[&str] = &[
    "",
    "\\N",
    "\\\\N",
    "N",
    "007",
    "+49 30 1234",
    "-5",
    "=1+1",
    "'=1",
    "''",
    "@x",
    "\t=x",
    "12.0",
    "1e5",
    "TRUE",
    "null",
    "2026-03-02",
    "#N/A",
    "a|b",
    "a, b; c",
    "\"q\"",
    "say \"\"hi\"\"",
    "line\nbreak",
    "end\r\n",
    "[1]",
    "{\"a\":1}",
    "_x000D_",
    "_x005F_",
    "&amp;<b>",
    "＝1",
    "שלום",
    "العربية",
    "日本語",
    "ไทย",
    "हिन्दी",
    "🏥 👩‍⚕️",
    "e\u{301}",
    "ﬁ",
    "\u{7}bell",
    "\\",
    "'",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(ODD).prop_map(str::to_owned),
        "[=+@'\\\\\"|;,\t -]{0,4}\\PC{0,8}",
        "\\PC{0,20}",
    ]
}

/// A list's records as clients may send them.
struct Kind {
    list: &'static str,
    /// The fields to compare in another installation; none where records name others by id.
    fields: Option<&'static str>,
    record: BoxedStrategy<Map<String, Json>>,
    /// What tells the nth one from all others.
    distinct: fn(usize, &mut Map<String, Json>),
}

/// Records with some of these text fields, and some of the others.
fn record(
    texts: &'static [&'static str],
    others: impl Strategy<Value = Json> + 'static,
) -> BoxedStrategy<Map<String, Json>> {
    let texts =
        proptest::collection::btree_map(proptest::sample::select(texts), text(), 0..=texts.len());
    (texts, others)
        .prop_map(|(texts, others)| {
            let mut record = others.as_object().cloned().unwrap_or_default();
            record.extend(
                texts
                    .into_iter()
                    .map(|(name, text)| (name.to_owned(), text.into())),
            );
            record
        })
        .boxed()
}

fn place() -> impl Strategy<Value = Json> {
    let country = proptest::option::of(proptest::sample::select(vec!["DE", "BR", "JP"]));
    let zone = proptest::option::of(proptest::sample::select(vec![
        "Asia/Tokyo",
        "America/Sao_Paulo",
    ]));
    let degrees = proptest::option::of(-180_000_i32..=180_000);
    (country, zone, degrees).prop_map(|(country, zone, degrees)| {
        let [east, north] =
            [1000.0, 2000.0].map(|by| degrees.map(|it| format!("{}", f64::from(it) / by)));
        json!({ "country": country, "time_zone": zone, "longitude": east, "latitude": north })
    })
}

fn sites() -> Kind {
    const TEXTS: &[&str] = &[
        "external_id",
        "address_line1",
        "address_line2",
        "city",
        "state",
        "postal_code",
        "region",
    ];
    Kind {
        list: "sites",
        fields: None,
        record: record(TEXTS, place()),
        distinct: |n, it| {
            _ = it.insert("name".into(), format!("{} {n}", ODD[n % ODD.len()]).into())
        },
    }
}

fn contacts() -> Kind {
    const TEXTS: &[&str] = &["first_name", "phone", "mobile", "job_title", "notes"];
    let language = proptest::option::of(proptest::sample::select(vec!["de", "en"]));
    let email = "([a-zA-Z0-9'+=-]{1,9}@[a-z]{1,8}\\.example)?";
    let others =
        (language, email).prop_map(|(it, email)| json!({ "language": it, "email": email }));
    Kind {
        list: "contacts",
        fields: None,
        record: record(TEXTS, others),
        distinct: |n, it| {
            _ = it.insert(
                "last_name".into(),
                format!("{} {n}", ODD[n % ODD.len()]).into(),
            )
        },
    }
}

fn customers() -> Kind {
    let country = proptest::option::of(proptest::sample::select(vec!["DE", "BR", "JP"]));
    let list = proptest::collection::vec(text(), 0..3);
    let others = (country, list, any::<bool>(), "(https://[a-z]{1,9}\\.example)?").prop_map(|(country, deal_ids, public_sector, website)| {
        json!({ "country": country, "deal_ids": deal_ids, "public_sector": public_sector, "website": website, "domains": ["a.example", "b.example"] })
    });
    Kind {
        list: "customers",
        fields: Some(
            "name,customer_id,external_id,description,extended_name,external_customer_id,ref_id,crm_id,account_id,deal_ids,domains,public_sector,website,address_line1,city,state,postal_code,country",
        ),
        record: record(
            &[
                "name",
                "description",
                "extended_name",
                "external_customer_id",
                "ref_id",
                "crm_id",
                "account_id",
                "address_line1",
                "city",
                "state",
                "postal_code",
            ],
            others,
        ),
        distinct: |n, it| {
            let name = it.get("name").and_then(Json::as_str).unwrap_or_default();
            it.insert("name".into(), format!("{name} {n}").into());
            it.insert("customer_id".into(), format!("{n:05}").into());
        },
    }
}

fn devices() -> Kind {
    const TEXTS: &[&str] = &["name", "kind", "client_version"];
    let seen = proptest::option::of(0_i64..4_000_000_000);
    let others = seen.prop_map(|it| {
        let seen = it.map(|it| kit::time::Instant::from_micros(it * 1_000_000 + 17).to_string());
        json!({ "last_seen_at": seen, "product": "PBX" })
    });
    Kind {
        list: "devices",
        fields: None,
        record: record(TEXTS, others),
        distinct: |n, it| {
            let odd = ODD[n % ODD.len()];
            _ = it.insert("identifier".into(), format!("{odd} {n}").into())
        },
    }
}

fn blocks() -> Kind {
    const TEXTS: &[&str] = &["sales_order", "po_number", "note"];
    let price = proptest::option::of(0_u32..1_000_000);
    let days = proptest::option::of(proptest::collection::btree_set(-365_i64..=365, 0..4));
    let others = (1_i64..10_000_000, price, days, 0_u32..28).prop_map(|(licences, price, days, day)| {
        let price = price.map(|it| format!("{}.{:02}", it / 100, it % 100));
        json!({ "licences": licences, "unit_price": price, "currency": price.as_ref().map(|_| "EUR"), "warning_days": days, "order_date": format!("2025-01-{:02}", day + 1), "product": "PBX" })
    });
    Kind {
        list: "licence_blocks",
        fields: None,
        record: record(TEXTS, others),
        distinct: |_, _| {},
    }
}

fn products() -> Kind {
    let value = prop_oneof![
        text().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<bool>().prop_map(Json::from)
    ];
    let features = proptest::collection::vec((text(), value), 0..4).prop_map(|all| {
        let one = |(n, (name, value)): (usize, (String, Json))| json!({ "name": format!("{name} {n}"), "value": value });
        let all: Vec<Json> = all.into_iter().enumerate().map(one).collect();
        json!({ "features": all })
    });
    Kind {
        list: "products",
        fields: Some("code,name,kind,description,features,status"),
        record: record(&["description"], features),
        distinct: |n, it| {
            let odd = ODD[n % ODD.len()];
            it.insert("name".into(), format!("{odd} {n}").into());
            it.insert("code".into(), format!("{n:05}").into());
        },
    }
}

/// Makes records, takes their export through every form, and compares.
async fn comes_back(app: &App, kind: Kind) {
    let admin = app.admin().await;
    let mut runner = TestRunner::default();
    let customer = match kind.list {
        "customers" | "products" => Json::Null,
        _ => admin.create("/customers", json!({ "name": "Acme" })).await["id"].clone(),
    };
    let mut product = Json::Null;
    if matches!(kind.list, "devices" | "licence_blocks") {
        let new = json!({ "name": "Cloud PBX", "code": "PBX" });
        product = admin.create("/products", new).await["id"].clone();
    }
    if kind.list == "devices" {
        let block = json!({ "customer_id": customer, "product_id": product, "licences": 1 });
        admin.create("/licence_blocks", block).await;
    }
    for n in 0..RECORDS {
        let mut record = kind.record.new_tree(&mut runner).unwrap().current();
        (kind.distinct)(n, &mut record);
        if !customer.is_null() {
            record.insert("customer_id".into(), customer.clone());
        }
        if record.shift_remove("product").is_some() {
            record.insert("product_id".into(), product.clone());
        }
        let made = admin
            .post(&format!("/{}", kind.list), record.clone().into())
            .await;
        assert_eq!(made.status, 201, "{record:?} {}", made.text());
    }
    for format in FORMATS {
        let file = admin
            .get(&format!("/{}/export?format={format}", kind.list))
            .await;
        let import = bring_in(&admin, &kind, format, file.bytes).await;
        let planned = plan(&admin, &import, json!({})).await;
        let changed = rows(&admin, &import, "updated").await;
        let refused = rows(&admin, &import, "refused").await;
        let unchanged = [0, 0, i64::try_from(RECORDS).unwrap(), 0, 0];
        assert_eq!(
            counts(&planned),
            unchanged,
            "{format} {changed:#?} {refused:#?}"
        );
        let Some(fields) = kind.fields else {
            continue;
        };
        let chosen =
            |format: &str| format!("/{}/export?format={format}&fields={fields}", kind.list);
        let before = admin.get(&chosen("json")).await.ok();
        // An empty cell leaves a value as it is, and for a new record there is none.
        let other = App::sqlite().await;
        let stranger = other.admin().await;
        let file = admin.get(&chosen(format)).await;
        let import = bring_in(&stranger, &kind, format, file.bytes).await;
        let planned = plan(&stranger, &import, json!({})).await;
        let refused = rows(&stranger, &import, "refused").await;
        assert_eq!(counts(&planned)[0], unchanged[2], "{format} {refused:#?}");
        apply(&stranger, &import).await;
        let after = stranger.get(&chosen("json")).await.ok();
        for (before, after) in before
            .as_array()
            .unwrap()
            .iter()
            .zip(after.as_array().unwrap())
        {
            assert_eq!(before, after, "{format}");
        }
    }
}

async fn bring_in(client: &Client, kind: &Kind, format: &str, file: Vec<u8>) -> Json {
    let path = format!("/imports?object={}&file_name=f.{format}", kind.list);
    let kept = client
        .send(Method::POST, &path, Some("application/octet-stream"), file)
        .await;
    kept.expect(201)
}

story!(customers_come_back, |app| async move {
    comes_back(&app, customers()).await;
});

story!(sites_come_back, |app| async move {
    comes_back(&app, sites()).await;
});

story!(contacts_come_back, |app| async move {
    comes_back(&app, contacts()).await;
});

story!(devices_come_back, |app| async move {
    comes_back(&app, devices()).await;
});

story!(licence_blocks_come_back, |app| async move {
    comes_back(&app, blocks()).await;
});

story!(products_come_back, |app| async move {
    comes_back(&app, products()).await;
});

story!(cleared_is_not_empty, |app| async move {
    let admin = app.admin().await;
    let given = json!({ "name": "A", "city": "Köln", "description": "d", "country": "DE", "domains": ["a.example"] });
    admin.create("/customers", given).await;
    let cells = |city: &str| match city {
        "" => ["name,city\nA,\n".to_owned(), "{\"name\":\"A\"}".into()],
        it => [
            format!("name,city,country,domains\nA,{it},{it},{it}\n"),
            "{\"name\":\"A\",\"city\":null,\"country\":null,\"domains\":null}".into(),
        ],
    };
    let [empty, _] = cells("");
    assert_eq!(
        counts(&plan(&admin, &upload(&admin, "f.csv", empty).await, json!({})).await),
        [0, 0, 1, 0, 0]
    );
    let [cleared, null] = cells("\\N");
    for (name, file) in [
        ("f.csv", cleared),
        ("f.ndjson", null.clone()),
        ("f.json", format!("[{null}]")),
    ] {
        let planned = plan(&admin, &upload(&admin, name, file).await, json!({})).await;
        assert_eq!(counts(&planned), [0, 1, 0, 0, 0], "{name}");
    }
    let [_, null] = cells("\\N");
    bring(&admin, &null).await;
    let a = &admin.items("/customers?name=a").await[0];
    assert_eq!(
        (&a["city"], &a["country"], &a["domains"]),
        (&json!(""), &Json::Null, &json!([]))
    );
    assert_eq!(a["description"], "d");
    for format in FORMATS {
        let file = admin
            .get(&format!("/customers/export?format={format}"))
            .await;
        let import = upload(&admin, "f", file.bytes).await;
        assert_eq!(
            counts(&plan(&admin, &import, json!({})).await),
            [0, 0, 1, 0, 0],
            "{format}"
        );
    }
});
