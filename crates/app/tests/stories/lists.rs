use serde_json::{Value as Json, json};

use crate::harness;
use crate::harness::Client;

async fn names(client: &Client, path: &str) -> Vec<String> {
    client
        .items(path)
        .await
        .iter()
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn fill(admin: &Client) {
    for (name, city, country, stage) in [
        ("Zeta", "Bonn", "DE", "customer"),
        ("alpha", "", "FR", "prospect"),
        ("São Bento", "São Paulo", "BR", "customer"),
        ("대학교 서울", "Seoul", "KR", "former"),
        ("100% Pure", "Leeds", "GB", "customer"),
        ("under_score", "Oslo", "NO", "customer"),
        ("O'Neil", "Cork", "IE", "prospect"),
    ] {
        let country = if country.is_empty() {
            Json::Null
        } else {
            json!(country)
        };
        admin
            .create(
                "/customers",
                json!({ "name": name, "city": city, "country": country, "stage": stage }),
            )
            .await;
    }
}

story!(search_folds_and_takes_signs_as_they_are, |app| async move {
    let admin = app.admin().await;
    fill(&admin).await;
    for (needle, found) in [
        ("sao", "São Bento"),
        ("S%C3%83O", "São Bento"),
        ("%EB%8C%80%ED%95%99%EA%B5%90", "대학교 서울"),
        ("100%25", "100% Pure"),
        ("_", "under_score"),
        ("o%27", "O'Neil"),
        ("LEEDS", "100% Pure"),
        ("c-000006", "under_score"),
    ] {
        assert_eq!(
            names(&admin, &format!("/customers?q={needle}")).await,
            [found],
            "{needle}"
        );
    }
    assert!(names(&admin, "/customers?q=%25%25").await.is_empty());
    assert_eq!(names(&admin, "/customers?q=").await.len(), 7);
});

story!(filters_and_sorts, |app| async move {
    let admin = app.admin().await;
    fill(&admin).await;
    for (query, found) in [
        ("sort=name&limit=2", vec!["100% Pure", "alpha"]),
        ("sort=-name&limit=1", vec!["대학교 서울"]),
        ("country=DE", vec!["Zeta"]),
        ("country.in=DE,FR", vec!["alpha", "Zeta"]),
        (
            "country.not=DE&stage=customer&sort=-country",
            vec!["under_score", "100% Pure", "São Bento"],
        ),
        (
            "city.contains=o&sort=city",
            vec!["Zeta", "O'Neil", "under_score", "대학교 서울", "São Bento"],
        ),
        ("city.empty=true", vec!["alpha"]),
        ("name.starts=o", vec!["O'Neil"]),
        ("name=ZETA", vec!["Zeta"]),
        ("name.gt=u&name.lt=zf", vec!["under_score", "Zeta"]),
        (
            "stage=customer&sort=stage,-name&limit=2",
            vec!["Zeta", "under_score"],
        ),
        ("created_at.gt=2030-01-01", vec![]),
        ("sites_count=0&limit=1", vec!["100% Pure"]),
        ("public_sector=true", vec![]),
        ("customer_id.in=C-000001,c-000002", vec!["alpha", "Zeta"]),
    ] {
        let mut got = names(&admin, &format!("/customers?{query}")).await;
        let mut found = found;
        if query.contains("city.contains") {
            got.sort();
            found.sort();
        }
        assert_eq!(got, found, "{query}");
    }
    for (query, code) in [
        ("nme=x", "unknown_parameter"),
        ("sort=nme", "unknown_parameter"),
        ("name.like=x", "unknown_operator"),
        ("limit=201", "invalid_parameter"),
        ("limit=0", "invalid_parameter"),
        ("sort=description", "not_sortable"),
        ("created_at.gt=yesterday", "invalid_filter"),
        ("stage=maybe", "invalid_filter"),
        ("cursor=xyz", "invalid_cursor"),
        (
            "reseller_id=01890000-0000-7000-8000-000000000001",
            "unknown_reference",
        ),
        ("count=all", "invalid_parameter"),
    ] {
        assert_eq!(
            admin.get(&format!("/customers?{query}")).await.problem(400),
            code,
            "{query}"
        );
    }
    assert!(
        admin
            .get("/customers?nme=x")
            .await
            .text()
            .contains("did you mean name?")
    );
    assert_eq!(
        admin
            .get("/customers?under=01890000-0000-7000-8000-000000000001")
            .await
            .problem(404),
        "not_found"
    );
});

story!(
    pages_meet_every_row_once_in_both_directions,
    |app| async move {
        let admin = app.admin().await;
        for n in 0..23 {
            admin.create("/customers", json!({ "name": format!("N{:02}", n), "city": format!("City {}", n % 3), "stage": if n % 2 == 0 { "customer" } else { "prospect" } })).await;
        }
        for sort in [
            "name",
            "-name",
            "city",
            "-city,name",
            "stage,-city,name",
            "-created_at",
            "sites_count",
            "owner_id",
            "public_sector,-name",
        ] {
            let whole = names(&admin, &format!("/customers?sort={sort}&limit=200")).await;
            assert_eq!(whole.len(), 23);
            let (mut forward, mut pages, mut path) = (
                vec![],
                vec![],
                format!("/customers?sort={sort}&limit=5&count=capped"),
            );
            loop {
                let body = admin.get(&path).await.ok();
                assert_eq!(
                    (
                        body["page"]["count"].as_i64(),
                        body["page"]["count_is_exact"].as_bool()
                    ),
                    (Some(23), Some(true))
                );
                let items: Vec<String> = body["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|it| it["name"].as_str().unwrap().to_owned())
                    .collect();
                forward.extend(items.clone());
                pages.push((items, body["page"]["prev"].clone()));
                match body["page"]["next"].as_str() {
                    Some(next) => {
                        path = format!("/customers?sort={sort}&limit=5&count=capped&cursor={next}")
                    }
                    None => break,
                }
            }
            assert_eq!(forward, whole, "{sort}");
            // Back again from the last page.
            for n in (1..pages.len()).rev() {
                let prev = pages[n].1.as_str().unwrap();
                assert_eq!(
                    names(
                        &admin,
                        &format!("/customers?sort={sort}&limit=5&cursor={prev}")
                    )
                    .await,
                    pages[n - 1].0,
                    "{sort}"
                );
            }
        }
        let next = admin.get("/customers?sort=name&limit=5").await.ok()["page"]["next"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(
            admin
                .get(&format!("/customers?sort=-name&cursor={next}"))
                .await
                .problem(400),
            "cursor_mismatch"
        );
        assert_eq!(
            admin
                .get(&format!("/customers?sort=name&q=n&cursor={next}"))
                .await
                .problem(400),
            "cursor_mismatch"
        );
    }
);

story!(fields_expand_columns, |app| async move {
    let admin = app.admin().await;
    let reseller = admin.create("/resellers", json!({ "name": "R" })).await;
    admin
        .create(
            "/customers",
            json!({ "name": "A", "reseller_id": reseller["id"] }),
        )
        .await;
    let item = admin
        .items("/customers?fields=name,city&expand=reseller")
        .await[0]
        .clone();
    let mut keys: Vec<_> = item.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    assert_eq!(keys, ["city", "id", "name", "reseller"]);
    assert_eq!(
        item["reseller"],
        json!({ "id": reseller["id"], "name": "R" })
    );
    let columns = admin.get("/customers/columns").await.ok();
    let status = columns
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "status")
        .unwrap()
        .clone();
    assert_eq!(
        (
            status["type"].as_str(),
            status["sortable"].as_bool(),
            status["values"].as_array().unwrap().len()
        ),
        (Some("choice"), Some(true), 5)
    );
});

story!(exports_stream_what_the_list_shows, |app| async move {
    let admin = app.admin().await;
    fill(&admin).await;
    admin
        .create(
            "/customers",
            json!({ "name": "=1+1", "description": "a;\"b\", c" }),
        )
        .await;
    let csv = admin.get("/customers/export?format=csv&fields=customer_id,name,description,domains&sort=customer_id").await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<String> = csv.text().lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "customer_id,name,description,domains");
    assert_eq!(lines.len(), 9);
    assert_eq!(lines[8], "C-000008,'=1+1,\"a;\"\"b\"\", c\",");
    let ndjson = admin
        .get("/customers/export?format=ndjson&fields=name&q=sao")
        .await;
    assert_eq!(ndjson.text(), "{\"name\":\"São Bento\"}\n");
    assert_eq!(
        admin.get("/customers/export?format=pdf").await.problem(400),
        "invalid_parameter"
    );
});
