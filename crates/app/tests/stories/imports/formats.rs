//! XLSX and JSON beside CSV and NDJSON, in and out (IMP-01, EXP-01, EXP-03).

use std::io::Write;

use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

pub const FORMATS: [&str; 4] = ["csv", "xlsx", "json", "ndjson"];

/// A workbook as a spreadsheet program writes it: sheets with their state and rows.
pub fn workbook(sheets: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(vec![]));
    let mut part = |name: &str, text: &str| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    let (mut named, mut links) = (String::new(), String::new());
    for (n, (name, state, rows)) in sheets.iter().enumerate() {
        named += &format!("<sheet name=\"{name}\" state=\"{state}\" r:id=\"r{n}\"/>");
        links += &format!("<Relationship Id=\"r{n}\" Type=\"x/worksheet\" Target=\"s{n}.xml\"/>");
        let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
        part(&format!("xl/s{n}.xml"), &sheet);
    }
    links += "<Relationship Id=\"s\" Type=\"x/styles\" Target=\"styles.xml\"/>";
    part(
        "xl/styles.xml",
        "<styleSheet><numFmts><numFmt numFmtId=\"170\" formatCode=\"00000\"/></numFmts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"170\"/></cellXfs></styleSheet>",
    );
    part(
        "_rels/.rels",
        "<Relationships><Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
    );
    let named = format!("<workbook><sheets>{named}</sheets></workbook>");
    part("xl/workbook.xml", &named);
    let links = format!("<Relationships>{links}</Relationships>");
    part("xl/_rels/workbook.xml.rels", &links);
    zip.finish().unwrap().into_inner()
}

/// A row of texts; what begins with `<` is a cell as it is.
pub fn row(number: u32, cells: &[&str]) -> String {
    let cells = cells.iter().map(|it| match it.strip_prefix('<') {
        Some(_) => (*it).to_owned(),
        None => format!("<c t=\"inlineStr\"><is><t>{it}</t></is></c>"),
    });
    let cells: String = cells.collect();
    format!("<row r=\"{number}\">{cells}</row>")
}

story!(a_workbook_comes_in, |app| async move {
    let admin = app.admin().await;
    let rows = [
        row(
            2,
            &[
                "Company",
                "Customer ID",
                "Postal code",
                "City",
                "Public sector",
                "Description",
                "Address",
            ],
        ),
        row(
            4,
            &[
                "Northgate",
                "007",
                "<c s=\"2\"><v>1067</v></c>",
                "+49 30",
                "<c t=\"b\"><v>1</v></c>",
                "=1+1",
                "<c s=\"1\"><v>46083</v></c>",
            ],
        ),
        row(
            5,
            &[
                "<c t=\"str\"><f>A4&amp;\"x\"</f><v>Harbour</v></c>",
                "<c><v>12.0</v></c>",
                "",
                "\\N",
                "<c t=\"b\"><v>0</v></c>",
                "'=x",
                "",
            ],
        ),
        row(
            9,
            &["Bad", "<c t=\"e\"><v>#REF!</v></c>", "<c><f>1+1</f></c>"],
        ),
        row(12, &["Wide", "1", "", "", "", "", "", "more"]),
    ];
    let hidden = row(1, &["name"]) + &row(2, &["Hidden"]);
    let file = workbook(&[
        ("Lists", "hidden", &hidden),
        ("Cover", "visible", &row(1, &["Only a title"])),
        ("Customers", "visible", &rows.concat()),
    ]);
    // What it is called does not matter.
    let import = upload(&admin, "export.csv", file.clone()).await;
    assert_eq!(
        (import["format"].as_str(), import["message"].as_str()),
        (Some("xlsx"), Some("Read from the sheet “Customers”."))
    );
    assert_eq!(import["counts"]["rows"], 4);
    assert_eq!(import["sample"][0][2], "01067");
    assert_eq!(import["sample"][2][1], "#REF!");
    let mapping = json!({ "name": "Company", "customer_id": "Customer ID", "postal_code": "Postal code", "city": "City", "public_sector": "Public sector", "description": "Description", "address_line1": "Address" });
    let planned = plan(
        &admin,
        &import,
        json!({ "mapping": mapping, "good_rows_only": true }),
    )
    .await;
    assert_eq!(counts(&planned), [2, 0, 0, 2, 0], "{planned}");
    let refused = rows_of(&admin, &import).await;
    let told = |n: usize, m: usize| refused[n]["errors"][m].clone();
    assert_eq!(
        (&refused[0]["line"], &refused[1]["line"]),
        (&json!(9), &json!(12))
    );
    assert_eq!(
        told(0, 0),
        json!({ "column": "Customer ID", "field": "customer_id", "value": "#REF!", "code": "formula_error", "message": "is the error of a formula. Correct it in the workbook, or write the value itself." })
    );
    assert!(
        told(0, 1)["message"]
            .as_str()
            .unwrap()
            .starts_with("was never calculated")
    );
    assert_eq!(told(1, 0)["code"], "too_many_cells");
    apply(&admin, &import).await;
    let made = admin.items("/customers?sort=name").await;
    let values = |n: usize| {
        [
            "name",
            "customer_id",
            "postal_code",
            "city",
            "public_sector",
            "description",
            "address_line1",
        ]
        .map(|it| made[n][it].to_string().replace('"', ""))
    };
    assert_eq!(values(0), ["Harbour", "12", "", "", "false", "'=x", ""]);
    assert_eq!(
        values(1),
        [
            "Northgate",
            "007",
            "01067",
            "+49 30",
            "true",
            "=1+1",
            "2026-03-02"
        ]
    );

    // What was refused comes back as a workbook, as it was: still refused until it is corrected.
    let refused = admin.get(&path(&import, "/refused")).await;
    let again = upload(&admin, "refused.xlsx", refused.bytes).await;
    assert_eq!(again["headers"][7], "import_errors");
    let planned = plan(&admin, &again, json!({ "mapping": mapping })).await;
    assert_eq!(counts(&planned), [0, 0, 0, 2, 0], "{planned}");
    // As CSV and JSON too.
    let text = admin
        .get(&path(&import, "/refused?format=csv"))
        .await
        .text();
    assert!(
        text.lines().count() == 3 && text.contains("Wide,1,,,,,,\"The row has 8 cells"),
        "{text}"
    );
    let list = admin.get(&path(&import, "/refused?format=json")).await.ok();
    assert_eq!(
        (&list[1]["Company"], &list[1]["Column 8"]),
        (&json!("Wide"), &json!("more"))
    );
});

async fn rows_of(client: &Client, import: &Json) -> Vec<Json> {
    rows(client, import, "refused").await
}

story!(a_json_list_comes_in, |app| async move {
    let admin = app.admin().await;
    let file = r#"[ {"name": "A", "customer_id": 7, "domains": ["a.example", "b.example"], "city": "]},{"},
        {"name": "B", "public_sector": true, "website": null}
        , 5, {"name": "C", "country": "Atlantis"}, {"name": "D"} ]"#;
    let import = upload(&admin, "f.txt", file).await;
    assert_eq!(
        (import["format"].as_str(), &import["counts"]["rows"]),
        (Some("json"), &json!(5))
    );
    let planned = plan(&admin, &import, json!({ "good_rows_only": true })).await;
    assert_eq!(counts(&planned), [3, 0, 0, 2, 0], "{planned}");
    let refused = rows_of(&admin, &import).await;
    let lines: Vec<_> = refused
        .iter()
        .map(|it| it["line"].as_i64().unwrap())
        .collect();
    assert_eq!(lines, [3, 4]);
    assert_eq!(refused[0]["errors"][0]["code"], "not_json");
    apply(&admin, &import).await;
    let a = &admin.items("/customers?name=a").await[0];
    assert_eq!(
        (&a["customer_id"], &a["domains"], &a["city"]),
        (
            &json!("7"),
            &json!(["a.example", "b.example"]),
            &json!("]},{")
        )
    );

    let list = admin.get(&path(&import, "/refused")).await;
    assert_eq!(list.headers["content-type"], "application/json");
    assert_eq!(list.body[0]["record"], "5");
    assert_eq!(list.body[1]["country"], "Atlantis");
    let corrected = list
        .text()
        .replace("Atlantis", "DE")
        .replace("\"record\":\"5\"", "\"name\":\"E\"");
    let import = upload(&admin, "refused.json", corrected).await;
    assert_eq!(
        counts(&plan(&admin, &import, json!({})).await),
        [2, 0, 0, 0, 0]
    );

    for (file, told) in [
        ("[{\"name\": \"A\"}, {\"name\"", "Was it cut off?"),
        (
            "[{\"name\": \"A\"} {\"name\": \"B\"}]",
            "a comma is missing",
        ),
        ("[{\"name\": \"A\"}] []", "behind the list's end"),
        ("[{\"name\": \"A\"},]", "a record is missing"),
    ] {
        let answer = send(&admin, "customers", "f.json", file.into()).await;
        assert_eq!(answer.pointers(), [""]);
        assert!(answer.text().contains(told), "{}", answer.text());
    }
});

story!(a_list_goes_out_in_every_form, |app| async move {
    let admin = app.admin().await;
    for name in ["B", "=A", "C"] {
        admin
            .create("/customers", json!({ "name": name, "city": "+49 030" }))
            .await;
    }
    let path = |format: &str| {
        format!(
            "/customers/export?format={format}&fields=name,city,tenants_count&name.not=C&sort=name"
        )
    };
    assert_eq!(
        admin.get(&path("csv")).await.text(),
        "name,city,tenants_count\r\n'=A,'+49 030,1\r\nB,'+49 030,1\r\n"
    );
    let objects = json!([{ "name": "=A", "city": "+49 030", "tenants_count": 1 }, { "name": "B", "city": "+49 030", "tenants_count": 1 }]);
    assert_eq!(admin.get(&path("json")).await.ok(), objects);
    assert_eq!(admin.get(&path("ndjson")).await.text().lines().count(), 2);
    let none = admin.get("/customers/export?format=json&name=nobody").await;
    assert_eq!(none.text(), "[\n]\n");
    let sheet = admin.get(&path("xlsx")).await;
    assert_eq!(
        sheet.headers["content-disposition"],
        "attachment; filename=\"customers.xlsx\""
    );
    let import = upload(&admin, "f.xlsx", sheet.bytes).await;
    assert_eq!(import["headers"], json!(["name", "city", "tenants_count"]));
    assert_eq!(
        import["sample"],
        json!([["=A", "+49 030", "1"], ["B", "+49 030", "1"]])
    );
    assert_eq!(
        admin.get("/customers/export?format=pdf").await.problem(400),
        "invalid_parameter"
    );
    // Every list has them all.
    for list in [
        "providers",
        "resellers",
        "tenants",
        "sites",
        "contacts",
        "users",
        "audit_events",
        "imports",
        "jobs",
        "bin",
    ] {
        for format in FORMATS {
            let file = admin.get(&format!("/{list}/export?format={format}")).await;
            assert_eq!(file.status, 200, "{list} {format}");
        }
    }
});

story!(samples_come_in_every_form, |app| async move {
    let admin = app.admin().await;
    for (n, format) in FORMATS.into_iter().enumerate() {
        let sample = admin
            .get(&format!("/imports/sample/customers.{format}"))
            .await;
        assert_eq!(sample.status, 200);
        let import = upload(&admin, &format!("customers.{format}"), sample.bytes).await;
        assert_eq!(import["format"], format);
        let planned = plan(&admin, &import, json!({ "match": ["name"] })).await;
        let expected = if n == 0 {
            [3, 0, 0, 0, 0]
        } else {
            [0, 0, 3, 0, 0]
        };
        assert_eq!(counts(&planned), expected, "{format} {planned}");
        if n == 0 {
            apply(&admin, &import).await;
        }
    }
    for object in ["tenants", "sites", "contacts"] {
        for format in FORMATS {
            let path = format!("/imports/sample/{object}.{format}");
            let sample = admin.get(&path).await;
            let name = format!("{object}.{format}");
            let import = send(&admin, object, &name, sample.bytes).await.expect(201);
            let (rows, mapped) = (&import["counts"]["rows"], &import["suggested_mapping"]);
            assert_eq!(import["format"], format);
            assert!(
                rows.as_i64().unwrap() > 1 && mapped.as_object().unwrap().len() > 2,
                "{import}"
            );
        }
    }
    assert_eq!(
        admin
            .get("/imports/sample/customers.pdf")
            .await
            .problem(404),
        "not_found"
    );
});
