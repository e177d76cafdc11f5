//! Files that nobody means well with: each gets a clear error or a clear plan, in bounded memory, and
//! nothing is half done (IMP-06).

use std::fmt::Write as _;
use std::io::Write as _;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::formats::{FORMATS, row, workbook};
use super::*;

/// What the process may need at most while it looks at them: 200 MB.
const MEMORY: u64 = 200 * 1024 * 1024;

/// A file and what it is called.
type Hostile = (String, Vec<u8>);

/// Forgets what making the files needed.
fn reset_peak() {
    // Where the system has no such thing, there is no peak to read either.
    _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that this process had since; none where the system does not tell.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|it| it.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// A sound file of each form.
async fn sound(client: &Client) -> Vec<Hostile> {
    let mut all = vec![];
    for format in FORMATS {
        let path = format!("/imports/sample/customers.{format}");
        all.push((format!("f.{format}"), client.get(&path).await.bytes));
    }
    all
}

/// Sound files cut off, and sound files of which some bytes are others.
fn damaged(sound: &[Hostile], rounds: usize) -> Vec<Hostile> {
    let mut runner = TestRunner::deterministic();
    let mut random = |below: usize| {
        let tree = (0..below).new_tree(&mut runner).unwrap();
        proptest::strategy::ValueTree::current(&tree)
    };
    let mut all = vec![];
    for (name, file) in sound {
        for _ in 0..rounds {
            let mut cut = file.clone();
            cut.truncate(random(file.len()));
            all.push((name.clone(), cut));
            let mut flipped = file.clone();
            for _ in 0..=random(6) {
                let at = random(file.len());
                flipped[at] ^= 1 << random(8);
            }
            all.push((name.clone(), flipped));
        }
    }
    all
}

/// A workbook with some parts in place of those that it should have.
fn forged(parts: &[(&str, &str)]) -> Vec<u8> {
    let usual = [
        (
            "_rels/.rels",
            "<Relationships><Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
        ),
        (
            "xl/workbook.xml",
            "<workbook><sheets><sheet name=\"S\" r:id=\"r\"/></sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id=\"r\" Type=\"x/worksheet\" Target=\"s.xml\"/><Relationship Id=\"t\" Type=\"x/sharedStrings\" Target=\"t.xml\"/></Relationships>",
        ),
    ];
    let mut zip = ZipWriter::new(std::io::Cursor::new(vec![]));
    let kept = usual
        .iter()
        .filter(|it| parts.iter().all(|new| new.0 != it.0));
    for (name, text) in kept.chain(parts) {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn sheet(rows: &str) -> String {
    format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
}

/// Workbooks that unfold to far more than they are, or point where nothing is.
fn workbooks() -> Vec<Vec<u8>> {
    let head = row(1, &["name"]);
    let blank = " ".repeat(64 << 20);
    let laughs = "<!DOCTYPE w [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;\">]>";
    let strings = format!("<sst>{}</sst>", "<si><t>x</t></si>".repeat(200_000));
    let indexed = row(
        2,
        &[
            "<c t=\"s\"><v>199999</v></c>",
            "<c t=\"s\"><v>4000000000</v></c>",
        ],
    );
    vec![
        // One value, one piece of nothing, one attribute of 64 MiB.
        forged(&[("xl/s.xml", &sheet(&(head.clone() + &row(2, &[&blank]))))]),
        forged(&[(
            "xl/s.xml",
            &sheet(&format!("{head}{blank}{}", row(2, &["A"]))),
        )]),
        forged(&[("xl/s.xml", &sheet(&format!("{head}<row r=\"{blank}2\"/>")))]),
        forged(&[(
            "xl/s.xml",
            &format!("{laughs}{}", sheet(&(head.clone() + &row(2, &["&c;"])))),
        )]),
        forged(&[
            ("xl/s.xml", &sheet(&(head.clone() + &indexed))),
            ("xl/t.xml", &strings),
        ]),
        forged(&[
            ("xl/s.xml", &sheet(&(head.clone() + &indexed))),
            ("xl/t.xml", &format!("<sst><si><t>{blank}</t></si></sst>")),
        ]),
        // A cell at the far end of a far row, columns that go back, rows that go back.
        forged(&[(
            "xl/s.xml",
            &sheet(&format!(
                "{head}<row r=\"2\"><c r=\"XFD2\"><v>1</v></c></row>"
            )),
        )]),
        forged(&[(
            "xl/s.xml",
            &sheet(&format!(
                "{head}<row r=\"2\"><c r=\"ZZZZZZZZ2\"><v>1</v></c></row>"
            )),
        )]),
        forged(&[(
            "xl/s.xml",
            &sheet(&format!(
                "{head}<row r=\"2\"><c r=\"B2\"><v>1</v></c><c r=\"A2\"><v>1</v></c></row>"
            )),
        )]),
        forged(&[(
            "xl/s.xml",
            &sheet(&format!(
                "{head}<row r=\"99999999999999999999\"><c><v>1</v></c></row>"
            )),
        )]),
        forged(&[("xl/s.xml", &sheet(&(row(9, &["name"]) + &row(2, &["A"]))))]),
        forged(&[("xl/s.xml", &"<a>".repeat(100_000))]),
        forged(&[("xl/workbook.xml", "<workbook/>")]),
        forged(&[(
            "xl/workbook.xml",
            "<workbook><sheets><sheet name=\"S\" r:id=\"q\"/></sheets></workbook>",
        )]),
        forged(&[(
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id=\"r\" Type=\"x/worksheet\" Target=\"../../../../etc/passwd\"/></Relationships>",
        )]),
        forged(&[("_rels/.rels", "")]),
        forged(&[("xl/s.xml", &sheet(""))]),
        forged(&[]),
        workbook(&[]),
        workbook(&[("S", "visible", &row(1, &["name", "name", ""]))]),
    ]
}

/// Texts that are not what their form wants.
fn texts() -> Vec<Hostile> {
    let wide = |cell: &str| vec![cell; 10_000].join(",");
    let names: Vec<String> = (0..10_000).map(|n| format!("c{n}")).collect();
    let long = "x".repeat(3 << 20);
    let deep = "[".repeat(200_000);
    let object = format!("{{\"name\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let many: String = (0..10_000).fold(String::new(), |mut all, n| {
        write!(all, "\"c{n}\":1,").unwrap();
        all
    });
    let csv = [
        format!("{}\n{}\n", names.join(","), wide("1")),
        format!("{}\n{}\n", wide("name"), wide("1")),
        format!("name\n{}\n", wide("1")),
        format!("name\n{long}\n"),
        format!("name\n\"{long}\n"),
        format!("{long}\nA\n"),
        "name,name,Name, name ,NAME\nA,B,C,D,E\n".into(),
        ",,,\nA,,,\n".into(),
        "\n\n\n".into(),
        "name".into(),
        "name\r\r\r".into(),
        "\"\n".into(),
        "\u{feff}\u{feff}name\nA\n".into(),
        "name\n\u{feff}A\n".into(),
        "name\n\u{202e}A\n\u{0}\n\u{1b}[31m\n".into(),
        "name,name_key,id,version,deleted_at,provider_id\nA,b,c,d,e,f\n".into(),
        "name,country,website,domains\nA,Atlantis,javascript:alert(1),-bad-.example\n".into(),
        "name\n=cmd|' /C calc'!A0\n@SUM(1)\n+1\n-1\n".into(),
        "id\n'; drop table customers; --\n".into(),
        format!("name\n{}", "A\n".repeat(2_000)),
        "<html><body>Sign in to continue</body></html>".into(),
        "%PDF-1.7\n1 0 obj".into(),
    ];
    let json = [
        deep.clone(),
        format!("[{object}]"),
        format!("[{{{many}\"name\":\"A\"}}]"),
        format!("[{{\"name\":\"{long}\"}}]"),
        format!("[{{\"{long}\":1}}]"),
        "[]".into(),
        "[[]]".into(),
        "[null]".into(),
        "{}".into(),
        "[{}]".into(),
        "[{\"name\":{\"a\":1}}]".into(),
        "[{\"name\":[1,[2]]}]".into(),
        "[{\"name\":1e999}]".into(),
        "[{\"name\":\"\\ud800\"}]".into(),
        "[{\"name\":\"A\",\"name\":\"B\"}]".into(),
        "[{\"name\":\"A\",\"__proto__\":{}}]".into(),
        "[{\"name\":\"A\"}".into(),
        "[{\"name\":true,\"public_sector\":\"perhaps\",\"domains\":7}]".into(),
        "[{\"name\":\"A\",\"customer_id\":123456789012345678901234567890}]".into(),
    ];
    let lines = [
        object,
        deep,
        format!("{{\"name\":\"{long}\"}}\n"),
        "{\"name\":\"A\"}{\"name\":\"B\"}\n".into(),
        "{\"name\":\"A\"},\n{\"name\":\"B\"}\n".into(),
        "{\"name\":\n\"A\"}\n".into(),
        "null\n1\n\"x\"\n".into(),
    ];
    let named = |all: &[String], name: &str| -> Vec<Hostile> {
        let one = |it: &String| (name.to_owned(), it.clone().into_bytes());
        all.iter().map(one).collect()
    };
    let mut all = named(&csv, "f.csv");
    all.extend(named(&json, "f.json"));
    all.extend(named(&lines, "f.ndjson"));
    all
}

/// Bytes that are no UTF-8, or not all of it.
fn encodings() -> Vec<Hostile> {
    let latin = |line: usize| {
        let mut file = "name\n".repeat(line).into_bytes();
        file.extend(b"S\xe3o\n");
        file
    };
    let wide = |little: bool| {
        let units = "\u{feff}name\nSão\n".encode_utf16();
        let bytes = |it: u16| {
            if little {
                it.to_le_bytes()
            } else {
                it.to_be_bytes()
            }
        };
        units.flat_map(bytes).collect::<Vec<u8>>()
    };
    let mut all = vec![
        latin(1),
        latin(1_000),
        wide(true),
        wide(false),
        vec![0; 5_000],
        vec![0xff; 5_000],
        vec![],
    ];
    all.extend((0..40_u8).map(|n| {
        let byte = |at: u32| (at.wrapping_mul(2_654_435_761).rotate_left(u32::from(n)) >> 24) as u8;
        (0..3_000).map(byte).collect::<Vec<u8>>()
    }));
    // Compressed files that are no workbooks, and their beginnings.
    all.extend([
        b"PK\x03\x04".to_vec(),
        b"PK\x05\x06\0\0".to_vec(),
        b"\x1f\x8b\x08\0".to_vec(),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(),
    ]);
    all.into_iter().map(|it| ("f.csv".into(), it)).collect()
}

story!(hostile_files_do_nothing, |app| async move {
    let admin = app.admin().await;
    let sound = sound(&admin).await;
    let mut files = texts();
    files.extend(encodings());
    files.extend(workbooks().into_iter().map(|it| ("f.xlsx".into(), it)));
    let rounds = (500 - files.len()).div_ceil(2 * sound.len());
    files.extend(damaged(&sound, rounds));
    assert!(files.len() >= 500);
    reset_peak();
    let (mut taken, mut refused) = (0, 0);
    for (n, (name, file)) in files.iter().enumerate() {
        let answer = send(&admin, "customers", name, file.clone()).await;
        if answer.status != 201 {
            refused += 1;
            assert!(
                matches!(answer.status.as_u16(), 400 | 413 | 422),
                "{n} {name}: {}",
                answer.text()
            );
            let told = match &answer.body["errors"][0]["message"] {
                Json::String(it) => it,
                _ => answer.body["detail"].as_str().unwrap(),
            };
            assert!(told.len() > 10 && told.len() < 600, "{n} {name}: {told}");
            continue;
        }
        taken += 1;
        let planned = admin
            .post(
                &path(&answer.body, "/plan"),
                json!({ "good_rows_only": true }),
            )
            .await;
        if planned.status != 202 {
            // Nothing in it is called like a name.
            assert_eq!(planned.status, 422, "{n} {name}: {}", planned.text());
            continue;
        }
        work(&app).await;
        let planned = admin.get(&path(&answer.body, "")).await.ok();
        assert!(
            matches!(planned["state"].as_str(), Some("planned" | "failed")),
            "{n} {name}: {planned}"
        );
        let is_told = planned["state"] == "planned"
            || planned["message"].as_str().is_some_and(|it| it.len() > 10);
        assert!(is_told, "{n} {name}: {planned}");
    }
    assert!(
        taken > 20 && refused > 100,
        "{taken} taken, {refused} refused"
    );
    assert_eq!(count(&app, "customers").await, 0, "a plan writes nothing");
    assert_eq!(
        count(&app, "imports").await,
        taken,
        "nothing is left of the others"
    );
    if let Some(peak) = peak() {
        assert!(peak < MEMORY, "the process had {} MB", peak >> 20);
    }
});
