//! Backup and restore with the real binary: every direction between the engines, row by row; files
//! that are not whole; and a backup that is taken while others write.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod doctor;
mod house;
mod load;

use std::collections::BTreeMap;
use std::path::Path;

use house::{BOTH, Engine, good, open, refused, sound, tenantry, text};
use kit::backup::{Header, Writer};
use kit::conn::whole::schema;

/// Every table's rows as lines.
async fn rows(database: &str) -> BTreeMap<String, Vec<String>> {
    let db = open(database).await;
    let mut snapshot = db.snapshot().await.unwrap();
    let mut all = BTreeMap::new();
    for table in snapshot.tables().await.unwrap() {
        let mut lines = vec![];
        let mut each = |line: &[u8]| {
            lines.push(String::from_utf8(line.to_vec()).unwrap());
            Ok(())
        };
        snapshot.lines(&table, &mut each).await.unwrap();
        all.insert(table.name, lines);
    }
    db.close().await;
    all
}

/// The lists as people export them: read by the product's own statements.
fn exported(database: &str) -> BTreeMap<String, String> {
    let lists = [
        "customers",
        "providers",
        "resellers",
        "tenants",
        "sites",
        "contacts",
        "contact_links",
        "users",
        "audit_events",
    ];
    let of = |list: &str| good(database, &["export", list, "--format", "ndjson"]);
    let mut all: BTreeMap<String, String> = lists.map(|it| (it.to_owned(), of(it))).into();
    // Found by the search index: the first word of some name.
    let name = all["customers"].split("\"name\":\"").nth(1).unwrap();
    let word = format!("q={}", name.split([' ', '"']).next().unwrap());
    let found = good(
        database,
        &["export", "customers", "--format", "ndjson", &word],
    );
    assert!(found.lines().count() > 0, "nothing found with {word}");
    all.insert("search".into(), found);
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_direction_keeps_every_row() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Engine::Sqlite.database(folder.path()).await;
    good(&demo, &["demo", "--customers", "60"]);
    let (mut wanted, lists) = (rows(&demo).await, exported(&demo));
    // What waited to be sent is not sent by a restored installation.
    for mail in wanted.get_mut("mail_messages").unwrap() {
        *mail = mail.replace("\"queued\"", "\"failed\"");
    }
    for (table, least) in [
        ("customers", 60),
        ("audit_events", 200),
        ("sites", 30),
        ("users", 3),
    ] {
        assert!(
            wanted[table].len() >= least,
            "{table}: {}",
            wanted[table].len()
        );
    }
    let mut from = demo;
    for source in BOTH {
        let file = folder.path().join(format!("{source:?}.backup"));
        let told = good(&from, &["backup", text(&file)]);
        assert!(told.contains("needs no key"), "{told}");
        let told = good("sqlite:none", &["restore", "--check", text(&file)]);
        assert!(
            told.contains("is whole") && told.contains("Northline"),
            "{told}"
        );
        for target in BOTH {
            let to = target.database(folder.path()).await;
            good(&to, &["restore", text(&file)]);
            let got = rows(&to).await;
            assert_eq!(
                got.keys().collect::<Vec<_>>(),
                wanted.keys().collect::<Vec<_>>()
            );
            for (table, rows) in &wanted {
                assert_eq!(rows, &got[table], "{source:?} to {target:?}: {table}");
            }
            assert_eq!(lists, exported(&to), "{source:?} to {target:?}");
            sound(&to);
            from = to;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_not_whole_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Engine::Sqlite.database(folder.path()).await;
    good(&demo, &["demo", "--customers", "20"]);
    let file = folder.path().join("it.backup");
    good(&demo, &["backup", text(&file)]);
    assert!(refused(&demo, &["backup", text(&file)]).contains("--force"));
    good(&demo, &["backup", "--force", text(&file)]);
    let whole = std::fs::read(&file).unwrap();
    let bad = folder.path().join("bad.backup");
    for engine in BOTH {
        let to = engine.database(folder.path()).await;
        let before = entries(folder.path());
        for part in [1, 50, 90, 99] {
            std::fs::write(&bad, &whole[..whole.len() * part / 100]).unwrap();
            let told = refused(&to, &["restore", text(&bad)]);
            assert!(
                told.contains("cut off") || told.contains("no backup"),
                "{told}"
            );
            refused(&to, &["restore", "--check", text(&bad)]);
        }
        let mut altered = whole.clone();
        altered[whole.len() * 2 / 3] ^= 1;
        std::fs::write(&bad, altered).unwrap();
        let told = refused(&to, &["restore", text(&bad)]);
        assert!(
            told.contains("altered or damaged") || told.contains("cut off"),
            "{told}"
        );
        std::fs::remove_file(&bad).unwrap();
        assert_eq!(before, entries(folder.path()), "nothing is left of them");
        // The same place takes a good one, once.
        good(&to, &["restore", text(&file)]);
        let again = refused(&to, &["restore", text(&file)]);
        assert!(
            again.contains("there already") || again.contains("not empty"),
            "{again}"
        );
    }
}

fn entries(folder: &Path) -> Vec<std::ffi::OsString> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|it| it.unwrap().file_name()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_comes_back_different_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = Engine::Sqlite.database(folder.path()).await;
    good(&empty, &["migrate"]);
    // A number is no JSON object or list: SQLite would make it one of its own numbers.
    let row = r#"["0192f0c1-0000-7000-8000-000000000001","key","print",1,"12"]"#;
    let file = folder.path().join("it.backup");
    let db = open(&empty).await;
    let schema = schema().map(str::to_owned).collect();
    let now = kit::time::Clock::system().now();
    let header = Header::new("0.1.0", schema, "SQLite", now, None);
    let mut writer = Writer::create(&file, &header).unwrap();
    for table in db.snapshot().await.unwrap().tables().await.unwrap() {
        writer.table(&table).unwrap();
        if table.name == "idempotency_keys" {
            writer.row(row.as_bytes()).unwrap();
        }
        writer.end().unwrap();
    }
    writer.finish().unwrap();
    let to = Engine::Sqlite.database(folder.path()).await;
    let told = refused(&to, &["restore", text(&file)]);
    assert!(
        told.contains("idempotency_keys") && told.contains("0192f0c1-0000"),
        "{told}"
    );
    assert!(!Path::new(to.strip_prefix("sqlite:").unwrap()).exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_an_older_version_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    for (source, target) in BOTH.into_iter().zip([Engine::Postgres, Engine::Sqlite]) {
        let from = source.database(folder.path()).await;
        let db = open(&from).await;
        let older: Vec<String> = schema().take(2).map(str::to_owned).collect();
        db.apply(&kit::conn::whole::migrations(&older))
            .await
            .unwrap();
        db.close().await;
        let file = folder.path().join(format!("{source:?}.backup"));
        good(&from, &["backup", text(&file)]);
        let told = good(&from, &["restore", "--check", text(&file)]);
        assert!(told.contains("older"), "{told}");
        let to = target.database(folder.path()).await;
        good(&to, &["restore", text(&file)]);
        sound(&to);
    }
}

#[test]
fn a_wrong_address_makes_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("none.sqlite").display());
    let file = folder.path().join("it.backup");
    assert!(!tenantry(&url, &["backup", text(&file)]).status.success());
    assert_eq!(entries(folder.path()).len(), 0);
}
