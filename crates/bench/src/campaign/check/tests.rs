//! A look that finds nothing proves something only if it would find each kind of damage.

use rusqlite::Connection;

use super::{Found, all, touched};
use crate::campaign::journal::{Act, Change, Line};
use crate::campaign::model::{Model, texts};

const TABLES: &str = "
    create table providers (id);
    create table customers (id, provider_id, ref_id, name, description, city, version, archived_at, deleted_at);
    create table tenants (customer_id);
    create table sites (customer_id);
    create table contacts (id, email, version);
    create table contact_links (customer_id);
    create table audit_events (object_id, customer_id);
    create table customer_rollups (customer_id, tenants, sites, contacts);
    insert into providers values (1);";

/// A file with the customer `a`, edited once, and the contact `k`; and a model that knows of both.
fn looked(damage: &str, owed: Option<Act>) -> [Found; 2] {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file.sqlite");
    let [name, description, city] = texts("a", 7);
    let rows = format!(
        "insert into customers values (1, 1, 'a', '{name}', '{description}', '{city}', 2, null, null);
         insert into tenants values (1);
         insert into customer_rollups values (1, 1, 0, 0);
         insert into contacts values (2, 'k', 1);
         insert into audit_events values (1, 1), (1, 1), (2, null);"
    );
    let db = Connection::open(&file).unwrap();
    db.execute_batch(&format!("{TABLES}{rows}{damage}"))
        .unwrap();
    let mut model = Model::default();
    let create = Act::Create {
        names: vec!["a".into()],
        text: 1,
    };
    for act in [
        create,
        change(Change::Edit(7)),
        Act::Contact { name: "k".into() },
    ] {
        model.read(0, vec![Line::Sent { lane: 0, act }, Line::Done { lane: 0 }]);
    }
    assert_eq!((model.acknowledged.writes(), model.wrong.len()), (3, 0));
    model.read(
        0,
        owed.into_iter()
            .map(|act| Line::Sent { lane: 0, act })
            .collect(),
    );
    [touched(&file, &model).unwrap(), all(&file, &model).unwrap()]
}

fn change(what: Change) -> Act {
    Act::Change {
        name: "a".into(),
        what,
    }
}

fn counts(found: &Found) -> [usize; 3] {
    [found.lost.len(), found.doubled.len(), found.wrong.len()]
}

#[test]
fn what_was_acknowledged_is_enough() {
    for found in looked("", None) {
        assert_eq!(counts(&found), [0, 0, 0]);
        assert!(found.looked_at > 0);
    }
}

#[test]
fn each_kind_of_damage_is_found() {
    let cases = [
        ("delete from customers", [1, 0, 0]),
        ("insert into customers select * from customers", [0, 1, 0]),
        ("delete from audit_events where rowid = 1", [1, 0, 0]),
        ("insert into audit_events values (1, 1)", [0, 1, 0]),
        ("update customers set version = 1", [1, 0, 0]),
        (
            "update customers set description = 'Text 6 of a'",
            [0, 0, 1],
        ),
        ("update customers set archived_at = 1", [0, 0, 1]),
        ("update customer_rollups set sites = 1", [0, 0, 1]),
        ("delete from customer_rollups", [0, 0, 1]),
        (
            "insert into sites values (1); update customer_rollups set sites = 1",
            [0, 1, 0],
        ),
        ("insert into tenants values (1)", [0, 0, 1]),
    ];
    for (damage, expected) in cases {
        for found in looked(damage, None) {
            assert_eq!(counts(&found), expected, "{damage}");
        }
    }
}

#[test]
fn a_complete_look_sees_contacts_and_strangers() {
    let cases = [
        ("delete from contacts", [1, 0, 0]),
        (
            "insert into contacts values (3, 'k', 1); insert into audit_events values (3, null)",
            [0, 1, 0],
        ),
        ("insert into audit_events values (2, null)", [0, 0, 1]),
        ("update customers set ref_id = 'b'", [1, 0, 1]),
    ];
    for (damage, expected) in cases {
        let [_, complete] = looked(damage, None);
        assert_eq!(counts(&complete), expected, "{damage}");
    }
}

#[test]
fn what_is_owed_may_have_happened_as_a_whole() {
    let done =
        "update customers set version = 3, archived_at = 1; insert into audit_events values (1, 1)";
    let half = "update customers set version = 3, archived_at = 1";
    for found in looked("", Some(change(Change::Archive))) {
        assert_eq!(counts(&found), [0, 0, 0]);
    }
    for found in looked(done, Some(change(Change::Archive))) {
        assert_eq!(counts(&found), [0, 0, 0]);
    }
    for found in looked(half, Some(change(Change::Archive))) {
        assert_eq!(counts(&found), [0, 0, 1]);
    }
    for found in looked(done, None) {
        assert_eq!(counts(&found), [0, 1, 0]);
    }
    // Half a batch.
    let [name, description, city] = texts("b", 9);
    let one = format!(
        "insert into customers values (5, 1, 'b', '{name}', '{description}', '{city}', 1, null, null);
         insert into tenants values (5); insert into customer_rollups values (5, 1, 0, 0);
         insert into audit_events values (5, 5)"
    );
    let batch = Act::Create {
        names: vec!["b".into(), "c".into()],
        text: 9,
    };
    for found in looked(&one, Some(batch)) {
        assert_eq!(counts(&found), [0, 0, 1]);
    }
}
