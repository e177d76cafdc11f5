//! The doctor finds what was broken past Tenantry, mends what can be counted anew, and says what to do
//! about the rest.

use kit::conn::{Db, Sql};
use kit::sql;

use crate::house::{BOTH, Engine, good, open, sound, tenantry};

async fn break_it(db: &Db, statements: Vec<Sql>) {
    for sql in statements {
        let mut tx = db.write();
        assert!(tx.execute(sql).await.unwrap() > 0);
        tx.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_finds_and_mends() {
    let folder = tempfile::tempdir().unwrap();
    for engine in BOTH {
        let database = engine.database(folder.path()).await;
        good(&database, &["demo", "--customers", "20"]);
        sound(&database);
        let db = open(&database).await;
        let mut counted = vec![
            sql!(
                "update customer_rollups set sites = sites + 1 where customer_id in (select id from customers order by name_key limit 3)"
            ),
            sql!(
                "delete from customer_rollups where customer_id in (select id from customers order by name_key desc limit 2)"
            ),
        ];
        counted.push(sql!(
            "update device_counts set used = used + 1 where customer_id in (select customer_id from device_counts order by customer_id limit 1)"
        ));
        if engine == Engine::Sqlite {
            counted.push(sql!(
                "delete from customers_fts where rowid in (select rowid from customers limit 1)"
            ));
        }
        break_it(&db, counted).await;
        let told = sick(&database, &["doctor"]);
        assert_eq!(told.matches("Roll-ups: customer ").count(), 5, "{told}");
        assert!(
            told.contains("To do: count them anew: tenantry doctor --fix"),
            "{told}"
        );
        assert_eq!(
            told.contains("Search index: good"),
            engine == Engine::Postgres,
            "{told}"
        );
        let told = String::from_utf8(tenantry(&database, &["doctor", "--fix"]).stdout).unwrap();
        assert!(told.contains("Roll-ups: 5 counted anew"), "{told}");
        assert!(told.contains("Licence pools: 1 counted anew"), "{told}");
        sound(&database);
        let lost = vec![
            sql!(
                "delete from audit_events where object_id in (select id from sites order by name_key limit 1)"
            ),
            sql!(
                "update customers set owner_id = id where id in (select id from customers order by name_key limit 2)"
            ),
            sql!(
                "update audit_events set at = at + 3000000000000000 where id in (select id from audit_events order by id limit 1)"
            ),
        ];
        break_it(&db, lost).await;
        db.close().await;
        let told = sick(&database, &["doctor", "--fix"]);
        for wanted in [
            "References: 2 customers whose owner is gone",
            "Audit: 1 sites that no event tells of",
            "Audit: 1 events of the future",
        ] {
            assert!(told.contains(wanted), "{told}");
        }
    }
}

fn sick(database: &str, arguments: &[&str]) -> String {
    let output = tenantry(database, arguments);
    assert_eq!(output.status.code(), Some(3));
    String::from_utf8(output.stdout).unwrap()
}
