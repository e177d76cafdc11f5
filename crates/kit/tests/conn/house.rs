//! Searching, keeping house, losing connections, migrating: what is not the daily read and write.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_search_asks_the_index_only_for_what_is_rare() {
    each("create table c (id bigint not null primary key, search_text text not null)", Options::default(), |db| async move {
        let sqlite = db.engine() == "SQLite";
        if sqlite {
            let mut tx = db.write();
            for statement in [
                "create virtual table c_fts using fts5(search_text, content='c', tokenize='trigram', detail='full')",
                "create trigger c_fts_insert after insert on c begin
                   insert into c_fts(rowid, search_text) values (new.rowid, new.search_text); end",
            ] {
                tx.execute(text(statement)).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
        let mut tx = db.write();
        let row = |n: i64| {
            let words = if n == 77 { "a \"rare\" one or%" } else { "common text" };
            vec![Value::Int(Some(n)), Value::Text(Some(words.into()))]
        };
        tx.insert("c", &["id", "search_text"], (0..5000).map(row).collect()).await.unwrap();
        tx.commit().await.unwrap();
        for (needle, indexed, rare) in [("common", true, false), ("\"rare\"", true, true), ("or%", true, true), ("ra", false, false), ("zzz", true, true)] {
            let mut tx = db.read();
            let plan = tx.search_plan("c", needle).await.unwrap();
            assert_eq!(plan != SearchPlan::Walk, indexed && sqlite, "{needle}");
            assert_eq!(*plan.sorted() != SearchPlan::Walk, rare && sqlite, "{needle}");
            for plan in [&plan, plan.sorted()] {
                let mut sql = sql!("select c.id from ");
                plan.from(&mut sql);
                sql.push("c where c.search_text like ").bind(format!("%{needle}%"));
                plan.push(&mut sql, "c");
                let found = tx.query::<(i64,)>(sql).await.unwrap();
                assert_eq!(found.contains(&(77,)), needle != "common" && needle != "zzz", "{needle}");
            }
        }
        assert_eq!(db.read().search_plan("nowhere", "needle").await.unwrap(), SearchPlan::Walk);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_house_keeping_works() {
    each(NUMBERS, Options::default(), |db| async move {
        db.check().await.unwrap();
        db.ready().await.unwrap();
        db.analyze().await.unwrap();
        assert!(db.integrity().await.unwrap().is_empty());
        let plan = db
            .explain(sql!("select n from t where n = $1", 1_i64))
            .await
            .unwrap();
        assert!(
            plan.concat().contains("t_n_unique") || plan.concat().contains("Scan"),
            "{plan:?}"
        );
        let now = db.now().await.unwrap();
        assert!(
            now > 1_700_000_000_000_000 && now < 10_000_000_000_000_000,
            "{now}"
        );
        let later = db.now().await.unwrap();
        assert!(later >= now && later < now + 60_000_000);
        run(&db, "insert into t values (1)").await;
        db.close().await;
        assert!(db.write().execute(add(2)).await.is_err());
        assert!(
            db.read()
                .query::<(i64,)>(sql!("select n from t"))
                .await
                .is_err()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_fails_without_the_rest() {
    each(NUMBERS, Options::default(), |db| async move {
        let mut tx = db.write();
        tx.execute(add(1)).await.unwrap();
        for n in [2, 1, 3, 1] {
            tx.begin_part().await.unwrap();
            tx.execute(add(10 + n)).await.unwrap();
            let added = tx.execute(add(n)).await;
            assert_eq!(added.is_err(), n == 1);
            match added {
                Ok(_) => tx.keep_part().await.unwrap(),
                Err(_) => {
                    // Until it is undone nothing else may be done, nor anything be kept.
                    assert!(tx.execute(add(9)).await.is_err());
                    tx.undo_part().await.unwrap();
                }
            }
        }
        // A part can be given up although no statement of it failed.
        tx.begin_part().await.unwrap();
        tx.execute(add(4)).await.unwrap();
        tx.undo_part().await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(numbers(&db).await, BTreeSet::from([1, 2, 3, 12, 13]));

        let mut tx = db.write();
        tx.begin_part().await.unwrap();
        tx.execute(add(1)).await.unwrap_err();
        assert!(tx.commit().await.is_err());
        let mut tx = db.write();
        tx.execute(add(1)).await.unwrap_err();
        assert!(tx.undo_part().await.is_err());
        run(&db, "insert into t values (5)").await;
        assert_eq!(numbers(&db).await, BTreeSet::from([1, 2, 3, 5, 12, 13]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn like_minds_case_on_both() {
    each(
        "create table w (word text not null)",
        Options::default(),
        |db| async move {
            run(&db, "insert into w values ('Word')").await;
            let count = |pattern: &str| sql!("select count(*) from w where word like $1", pattern);
            assert_eq!(
                db.read().query_one::<(i64,)>(count("Wo%")).await.unwrap(),
                (1,)
            );
            assert_eq!(
                db.read().query_one::<(i64,)>(count("wo%")).await.unwrap(),
                (0,)
            );
        },
    )
    .await;
}

/// PostgreSQL only: what a connection may suffer is told as "try again", and the next one works.
#[tokio::test(flavor = "multi_thread")]
async fn lost_connections_and_stale_plans_are_tried_again() {
    let options = Options {
        pool_size: 2,
        ..Options::default()
    };
    each(NUMBERS, options, |db| async move {
        if db.engine() == "SQLite" {
            return;
        }
        let mut tx = db.write();
        tx.execute(add(1)).await.unwrap();
        let (pid,) = tx
            .query_one::<(i64,)>(sql!("select pg_backend_pid()::bigint"))
            .await
            .unwrap();
        let kill = sql!(
            "select pg_terminate_backend($1::int)",
            Value::Int(Some(pid))
        );
        db.read().query::<(bool,)>(kill).await.unwrap();
        sleep(Duration::from_millis(100)).await;
        assert_eq!(tx.execute(add(2)).await.unwrap_err(), Error::Retry);
        drop(tx);
        assert!(numbers(&db).await.is_empty());

        #[derive(Record)]
        struct Row {
            n: i64,
        }
        let select = sql!("select * from t");
        for _ in 0..4 {
            let rows = db.read().query::<Row>(select.clone()).await.unwrap();
            assert_eq!(rows.iter().map(|it| it.n).sum::<i64>(), 0);
        }
        run(
            &db,
            "alter table t add column extra bigint not null default 0",
        )
        .await;
        let mut retried = 0;
        for _ in 0..4 {
            match db.read().query::<Row>(select.clone()).await {
                Ok(_) => {}
                Err(Error::Retry) => retried += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
        assert!(retried >= 1);
        assert!(db.read().query::<Row>(select.clone()).await.is_ok());

        // A statement whose future was dropped is stopped, and its connection is not given to others.
        for _ in 0..4 {
            let mut tx = db.write();
            tx.execute(add(9)).await.unwrap();
            let endless = tx.query::<(i64,)>(Sql::new(ENDLESS));
            assert!(timeout(Duration::from_millis(50), endless).await.is_err());
            assert!(tx.commit().await.is_err());
        }
        let started = Instant::now();
        assert!(numbers(&db).await.is_empty());
        assert!(started.elapsed() < Duration::from_secs(2));
    })
    .await;
}

const fn migration(name: &'static str, engine: &'static str, sql: &'static str) -> Migration {
    Migration { name, engine, sql }
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_run_once_whoever_starts_them() {
    const FIRST: &[Migration] = &[
        migration(
            "0001_a",
            "",
            "create table a (id bigint not null primary key); insert into a values (1)",
        ),
        migration(
            "0002_b",
            "sqlite",
            "create table b (id bigint references a (id)); insert into b values (1)",
        ),
        migration(
            "0002_b",
            "postgres",
            "create table b (id bigint references a (id)); insert into b values (1)",
        ),
    ];
    each("", Options::default(), |db| async move {
        let four = (0..4).map(|_| {
            let db = db.clone();
            tokio::spawn(async move { db.apply(FIRST).await.unwrap() })
        });
        let mut applied = Vec::new();
        for one in four.collect::<Vec<_>>() {
            applied.extend(one.await.unwrap());
        }
        applied.sort();
        assert_eq!(applied, ["0001_a", "0002_b"]);
        assert!(db.apply(FIRST).await.unwrap().is_empty());
        // One that fails leaves nothing behind, and those before it stay.
        let rebuilt = match db.engine() {
            // With foreign keys on, this would take b's rows along or fail.
            "SQLite" => {
                "create table n (id bigint not null primary key); insert into n select id from a;
                         drop table a; alter table n rename to a"
            }
            _ => "select 1",
        };
        let next = [
            migration("0003_c", "", rebuilt),
            migration(
                "0004_d",
                "",
                "create table d (id bigint); insert into d values (nonsense)",
            ),
            migration("0005_e", "", "create table e (id bigint)"),
        ];
        let error = db.apply(&next).await.unwrap_err();
        assert!(error.to_string().contains("0004_d"), "{error}");
        let done = sql!("select name from migrations order by name");
        let done = db.read().query::<(String,)>(done).await.unwrap();
        assert_eq!(done.len(), 3, "{done:?}");
        for gone in ["select id from d", "select id from e"] {
            assert!(db.read().query::<(i64,)>(Sql::new(gone)).await.is_err());
        }
        let (applied_at,) = db
            .read()
            .query_one::<(i64,)>(sql!("select max(applied_at) from migrations"))
            .await
            .unwrap();
        assert!((db.now().await.unwrap() - applied_at).abs() < 60_000_000);
        assert!(db.integrity().await.unwrap().is_empty());
        if db.engine() == "SQLite" {
            let orphans = [migration("0006_f", "", "delete from a")];
            let error = db.apply(&orphans).await.unwrap_err();
            assert!(error.to_string().contains("rows of b"), "{error}");
        }
        assert!(db.pending_migrations().await.is_ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_sorts_otherwise_is_refused() {
    let Ok(url) = std::env::var("TEST_POSTGRES_URL") else {
        return;
    };
    let server = Db::open(&url, &Options::default()).await.unwrap();
    let name = format!("sorts_{}", std::process::id());
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let how = "template template0 encoding 'UTF8' locale 'C' locale_provider icu icu_locale 'en'";
    client
        .batch_execute(&format!("create database {name} {how}"))
        .await
        .unwrap();
    let (head, query) = url.split_once('?').unwrap_or((&url, ""));
    let head = &head[..head.rfind('/').unwrap()];
    let other = Db::open(&format!("{head}/{name}?{query}"), &Options::default())
        .await
        .unwrap();
    let error = other.check().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("template template0 encoding 'UTF8' locale 'C'"),
        "{error}"
    );
    other.close().await;
    server.close().await;
    client
        .batch_execute(&format!("drop database {name} with (force)"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_in_full() {
    let nowhere = Db::open("sqlite:/nowhere/at/all.sqlite", &Options::default())
        .await
        .err()
        .unwrap();
    assert!(
        nowhere.to_string().contains("/nowhere/at/all.sqlite"),
        "{nowhere}"
    );
    let nobody = Db::open("postgres://nobody@127.0.0.1:1/none", &Options::default())
        .await
        .err()
        .unwrap();
    assert!(nobody.to_string().contains("connect"), "{nobody}");
    assert!(Db::open("mysql://x", &Options::default()).await.is_err());
}

#[test]
fn statements_are_put_together() {
    let mut inner = sql!("select id from b where x = $1 and y = $2", 1_i64, 2_i64);
    inner
        .and("(z, id) > (?, ?)", (3_i64, Uuid::nil()))
        .and("(p = ? or q = ?)", "same");
    assert_eq!(
        inner.text(),
        "select id from b where x = $1 and y = $2 and (z, id) > ($3, $4) and (p = $5 or q = $5)"
    );
    let mut outer = sql!("select * from a where w = $1 and id in (", true);
    outer
        .append(inner)
        .push(")")
        .and_in("k", vec![Value::Int(Some(1)); 3])
        .push(" limit ")
        .bind(10);
    assert_eq!(
        outer.text(),
        "select * from a where w = $1 and id in (select id from b where x = $2 and y = $3 and \
         (z, id) > ($4, $5) and (p = $6 or q = $6)) and k in ($7,$8,$9,$10) limit $11"
    );
    assert_eq!(outer.values().len(), 11);
    let nothing: Option<String> = None;
    let given = sql!(
        "$1 $2 $3 $4",
        &nothing,
        None::<&str>,
        Some("x"),
        Value::Bool(None)
    );
    assert_eq!(given.values()[0], given.values()[1]);
}
