//! The database layer on SQLite, and on PostgreSQL too when `TEST_POSTGRES_URL` is the address of a
//! throw-away server (a database is made there for each test, and dropped).

#![allow(clippy::unwrap_used)]

mod disk;
mod house;

use jiff::{Timestamp, civil::date};
use kit::conn::*;
use rust_decimal::Decimal;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// Runs a test on each engine there is.
async fn each<F: Future<Output = ()>>(schema: &str, options: Options, test: impl Fn(Db) -> F) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.sqlite");
    let sqlite = Db::open(&format!("sqlite:{}", path.display()), &options)
        .await
        .unwrap();
    run(&sqlite, schema).await;
    test(sqlite).await;

    let Ok(url) = std::env::var("TEST_POSTGRES_URL") else {
        return;
    };
    let (server, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let name = format!(
        "t_{}",
        dir.path()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .replace('.', "")
    );
    let name = name.to_lowercase();
    let template = "template template0 encoding 'UTF8' locale 'C'";
    server
        .batch_execute(&format!("create database {name} {template}"))
        .await
        .unwrap();
    let (head, query) = url.split_once('?').unwrap_or((&url, ""));
    let head = &head[..head.rfind('/').unwrap()];
    let postgres = Db::open(&format!("{head}/{name}?{query}"), &options)
        .await
        .unwrap();
    run(&postgres, schema).await;
    test(postgres.clone()).await;
    postgres.close().await;
    server
        .batch_execute(&format!("drop database {name} with (force)"))
        .await
        .unwrap();
}

/// Tests may use text put together at run time: they leak it.
fn text(text: impl Into<String>) -> Sql {
    Sql::new(String::leak(text.into()))
}

async fn run(db: &Db, statements: &str) {
    let mut tx = db.write();
    for statement in statements.split(';').filter(|it| !it.trim().is_empty()) {
        tx.execute(text(statement)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn numbers(db: &Db) -> BTreeSet<i64> {
    let rows = db
        .read()
        .query::<(i64,)>(sql!("select n from t order by n"))
        .await
        .unwrap();
    rows.into_iter().map(|(n,)| n).collect()
}

const NUMBERS: &str = "create table t (n bigint not null);
                       create unique index t_n_unique on t (n)";

fn add(n: i64) -> Sql {
    sql!("insert into t (n) values ($1)", n)
}

/// So slow that every deadline passes: some 10^12 rows.
const ENDLESS: &str =
    "with recursive a(n) as (select 1 union all select n + 1 from a where n < 1000000)
    select count(*) from a x, a y where x.n + y.n = -1";

#[derive(Record, Debug, PartialEq, Clone)]
struct Everything {
    id: Uuid,
    #[record(flatten)]
    words: Words,
    a_int: Option<i64>,
    a_bool: Option<bool>,
    an_instant: Option<Timestamp>,
    a_date: Option<jiff::civil::Date>,
    #[record(skip)]
    not_there: Vec<u8>,
    a_decimal: Option<Decimal>,
    a_json: Option<JsonOf<Vec<i32>>>,
    some_bytes: Option<Vec<u8>>,
    r#type: Option<Uuid>,
}

#[derive(Record, Debug, PartialEq, Clone)]
struct Words {
    a_text: Option<String>,
    tags: Option<Vec<String>>,
}

const EVERYTHING: &str = "create table everything (
    extra bigint, id uuid not null primary key, a_text text, tags json, a_int bigint, a_bool boolean,
    an_instant bigint, a_date text, a_decimal text, a_json json, some_bytes bytea, type uuid)";

impl Everything {
    fn full(id: u128) -> Self {
        Everything {
            id: Uuid::from_u128(id),
            words: Words {
                a_text: Some("Ünï ' \" \\ $1 ? % 🙂".into()),
                tags: Some(vec!["a".into(), "1".into()]),
            },
            a_int: Some(i64::MIN),
            a_bool: Some(true),
            an_instant: Timestamp::from_microsecond(1_700_000_000_123_456).ok(),
            a_date: Some(date(2024, 2, 29)),
            not_there: vec![],
            a_decimal: Some("12345678901234567890.0100".parse().unwrap()),
            a_json: Some(JsonOf(vec![1, -2])),
            some_bytes: Some((0..=255).collect()),
            r#type: Some(Uuid::max()),
        }
    }

    fn empty(id: u128) -> Self {
        Everything {
            id: Uuid::from_u128(id),
            words: Words {
                a_text: None,
                tags: None,
            },
            a_int: None,
            a_bool: None,
            an_instant: None,
            a_date: None,
            not_there: vec![],
            a_decimal: None,
            a_json: None,
            some_bytes: None,
            r#type: None,
        }
    }

    fn insert(&self) -> Sql {
        sql!(
            "insert into everything (id, a_text, tags, a_int, a_bool, an_instant, a_date, a_decimal,
             a_json, some_bytes, type) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            self.id,
            &self.words.a_text,
            self.words.tags.clone(),
            self.a_int,
            self.a_bool,
            self.an_instant,
            self.a_date,
            self.a_decimal,
            &self.a_json,
            self.some_bytes.as_ref(),
            self.r#type
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_value_comes_back_as_it_went_in() {
    each(EVERYTHING, Options::default(), |db| async move {
        let wanted = vec![
            Everything::full(1),
            Everything::empty(2),
            Everything::full(3),
            Everything::empty(4),
        ];
        let mut tx = db.write();
        assert_eq!(tx.execute(wanted[0].insert()).await.unwrap(), 1);
        assert_eq!(tx.execute(wanted[1].insert()).await.unwrap(), 1);
        const COLUMNS: &[&str] = &[
            "id",
            "a_text",
            "tags",
            "a_int",
            "a_bool",
            "an_instant",
            "a_date",
            "a_decimal",
            "a_json",
            "some_bytes",
            "type",
        ];
        // The NULLs first: the array's types must not hang on them.
        let rows = [&wanted[3], &wanted[2]].map(|it| it.insert().values().to_vec());
        assert_eq!(
            tx.insert("everything", COLUMNS, rows.to_vec())
                .await
                .unwrap(),
            2
        );
        let all = tx
            .query::<Everything>(sql!("select * from everything order by id"))
            .await
            .unwrap();
        assert_eq!(all, wanted);
        let mut only = sql!(
            "select * from everything where a_text = $1",
            &wanted[0].words.a_text
        );
        only.and("a_date = ?", date(2024, 2, 29))
            .and("a_int in (?, ?)", (i64::MIN, 1_i64))
            .push(" order by id");
        assert_eq!(tx.query::<Everything>(only).await.unwrap().len(), 2);
        assert_eq!(tx.statements(), 5);
        tx.commit().await.unwrap();
        assert_eq!(
            Everything::COLUMNS,
            [
                "id",
                "a_text",
                "tags",
                "a_int",
                "a_bool",
                "an_instant",
                "a_date",
                "a_decimal",
                "a_json",
                "some_bytes",
                "type"
            ]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_an_error_that_tells() {
    each(NUMBERS, Options::default(), |db| async move {
        #[derive(Record, Debug)]
        #[allow(dead_code)]
        struct Wrong {
            n: i64,
            missing: i64,
        }
        run(&db, "insert into t values (7)").await;
        let error = db
            .read()
            .query::<Wrong>(sql!("select * from t"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("`missing`"), "{error}");
        let error = db
            .read()
            .query::<(String,)>(sql!("select n from t"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("`n` does not fit"), "{error}");
        let optional = db
            .read()
            .query::<(Option<String>,)>(sql!("select n from t"))
            .await;
        assert!(optional.is_err(), "a number is not a missing text");
        let mut none = sql!("select n from t");
        none.and("n = ?", ());
        for wrong in [text("select n from t where n = $1"), {
            let mut sql = text("select n from t where n = $1");
            sql.add(1_i64).add(2_i64);
            sql
        }] {
            let error = db.read().query::<(i64,)>(wrong).await.unwrap_err();
            assert!(error.to_string().contains("for 1 parameters"), "{error}");
        }
        let error = db
            .read()
            .query::<(i64, i64)>(sql!("select n from t"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("fewer columns"), "{error}");
        let one = db
            .read()
            .query_one::<(i64,)>(sql!("select n from t where n = 8"))
            .await;
        assert!(one.is_err());
        run(&db, "insert into t values (8)").await;
        assert!(
            db.read()
                .query_optional::<(i64,)>(sql!("select n from t"))
                .await
                .is_err()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_transaction_never_happened() {
    each(NUMBERS, Options::default(), |db| async move {
        let mut tx = db.write();
        tx.execute(add(1)).await.unwrap();
        assert_eq!(
            tx.query::<(i64,)>(sql!("select n from t")).await.unwrap(),
            [(1,)]
        );
        assert!(numbers(&db).await.is_empty());
        drop(tx);
        let mut tx = db.write();
        tx.execute(add(2)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(numbers(&db).await, BTreeSet::from([2]));
        // Nothing begins before the first statement: this one holds nobody up.
        let idle = db.write();
        run(&db, "insert into t values (3)").await;
        idle.commit().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_failure_ends_a_transaction() {
    each(NUMBERS, Options::default(), |db| async move {
        let mut tx = db.write();
        tx.execute(add(1)).await.unwrap();
        let error = tx.execute(add(1)).await.unwrap_err();
        assert!(error.is(Kind::Unique, "t_n_unique"), "{error:?}");
        // Others need not wait until it is dropped.
        run(&db, "insert into t values (5)").await;
        assert!(tx.execute(add(2)).await.is_err());
        assert!(tx.commit().await.is_err());
        assert_eq!(numbers(&db).await, BTreeSet::from([5]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_do_not_write() {
    each(NUMBERS, Options::default(), |db| async move {
        if db.engine() == "SQLite" {
            assert!(db.read().execute(add(1)).await.is_err());
            assert!(numbers(&db).await.is_empty());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn constraints_have_one_name_on_both_engines() {
    let schema = "create table c (id uuid not null primary key, code text not null,
            amount bigint not null constraint c_amount_check check (amount > 0),
            external_id text not null, parent_id uuid constraint c_parent_fkey references c (id),
            nick text unique, unique (amount, nick));
        create unique index c_code_unique on c (code, amount);
        create unique index c_external_unique on c (external_id) where external_id <> '';
        create unique index c_external_too on c (external_id) where amount > 5;
        create unique index c_lower_unique on c (lower(code)) where amount = 7";
    each(schema, Options::default(), |db| async move {
        let row = |id: u128,
                   code: &str,
                   amount: i64,
                   external: &str,
                   parent: u128,
                   nick: Option<&str>| {
            let parent = (parent > 0).then(|| Uuid::from_u128(parent));
            sql!(
                "insert into c values ($1, $2, $3, $4, $5, $6)",
                Uuid::from_u128(id),
                code,
                amount,
                external,
                parent,
                nick
            )
        };
        let mut tx = db.write();
        tx.execute(row(1, "a", 1, "x", 0, Some("n"))).await.unwrap();
        tx.execute(row(2, "b", 1, "", 1, None)).await.unwrap();
        tx.execute(row(3, "c", 1, "", 1, None)).await.unwrap();
        tx.execute(row(4, "q", 7, "y", 1, None)).await.unwrap();
        tx.commit().await.unwrap();
        let cases = [
            (row(1, "d", 1, "", 0, None), Kind::Unique, "c_pkey"),
            (row(9, "a", 1, "", 0, None), Kind::Unique, "c_code_unique"),
            (row(9, "Q", 7, "", 0, None), Kind::Unique, "c_lower_unique"),
            (
                row(9, "d", 1, "x", 0, None),
                Kind::Unique,
                "c_external_unique",
            ),
            (row(9, "d", 2, "", 0, Some("n")), Kind::Unique, "c_nick_key"),
            (row(9, "d", 0, "", 0, None), Kind::Check, "c_amount_check"),
            (
                row(9, "d", 1, "", 8, None),
                Kind::Reference,
                "c_parent_fkey",
            ),
            (
                sql!(
                    "insert into c (id, code, amount) values ($1, 'd', 1)",
                    Uuid::nil()
                ),
                Kind::NotNull,
                "c.external_id",
            ),
            (
                sql!("delete from c where id = $1", Uuid::from_u128(1)),
                Kind::Reference,
                "c_parent_fkey",
            ),
        ];
        for (sql, kind, name) in cases {
            let error = db.write().execute(sql.clone()).await.unwrap_err();
            assert!(error.is(kind, name), "{}: {error:?} {sql:?}", db.engine());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rows_at_once() {
    each(NUMBERS, Options::default(), |db| async move {
        let rows =
            |numbers: std::ops::Range<i64>| numbers.map(|n| vec![Value::Int(Some(n))]).collect();
        let mut tx = db.write();
        tx.slow();
        assert_eq!(
            tx.insert("t", &["n"], rows(0..10_000)).await.unwrap(),
            10_000
        );
        assert_eq!(tx.insert("t", &["n"], vec![]).await.unwrap(), 0);
        tx.commit().await.unwrap();
        let mut tx = db.write();
        let error = tx
            .insert("t", &["n"], rows(9_999..20_000))
            .await
            .unwrap_err();
        assert!(error.is(Kind::Unique, "t_n_unique"), "{error:?}");
        drop(tx);
        let count = sql!("select count(*) from t");
        assert_eq!(
            db.read().query_one::<(i64,)>(count).await.unwrap(),
            (10_000,)
        );
        let mut some = sql!("select n from t where n >= $1", 10_i64);
        some.and_in("n", (5..16).map(|n| Value::Int(Some(n))).collect())
            .push(" order by n");
        assert_eq!(some.values().len(), 17);
        assert_eq!(db.read().query::<(i64,)>(some).await.unwrap().len(), 6);
        let mut none = sql!("select n from t where true");
        none.and_in("n", vec![]);
        assert!(db.read().query::<(i64,)>(none).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_come_in_batches_and_stop_when_nobody_listens() {
    each(
        NUMBERS,
        Options {
            pool_size: 2,
            ..Options::default()
        },
        |db| async move {
            let mut tx = db.write();
            let rows = (0..12_345).map(|n| vec![Value::Int(Some(n))]).collect();
            tx.insert("t", &["n"], rows).await.unwrap();
            tx.commit().await.unwrap();
            let (mut next, mut batches) = (0, 0);
            let mut stream =
                db.stream::<(i64,)>(sql!("select n from t where n >= $1 order by n", 5_i64));
            while let Some(batch) = stream.recv().await {
                for (n,) in batch.unwrap() {
                    assert_eq!(n, next + 5);
                    next += 1;
                }
                batches += 1;
            }
            assert_eq!((next, batches), (12_340, 25));
            let mut wrong = db.stream::<(i64,)>(sql!("select n from nowhere"));
            assert!(wrong.recv().await.unwrap().is_err());
            assert!(wrong.recv().await.is_none());
            // More listeners that leave than there are connections: none of them keeps one.
            for _ in 0..8 {
                let mut stream = db.stream::<(i64,)>(sql!("select a.n from t a, t b"));
                assert_eq!(stream.recv().await.unwrap().unwrap().len(), 500);
            }
            let whole = db.stream::<(i64,)>(sql!("select n from t"));
            let mut whole = timeout(Duration::from_secs(5), async move {
                let mut whole = whole;
                whole.recv().await.unwrap().unwrap();
                whole
            })
            .await
            .unwrap();
            whole.close();
        },
    )
    .await;
}

const ON_PURPOSE: &str = "a panic in the middle";

/// Any other panic is a failed assertion.
fn on_purpose(panic: Box<dyn std::any::Any + Send>) {
    if panic.downcast_ref::<&str>() != Some(&ON_PURPOSE) {
        std::panic::resume_unwind(panic);
    }
}

/// 16 writers that commit, fail, panic, give up or are cancelled, all on the same batches: whoever
/// was told "committed" is there whole, whoever was not is not, and nobody suffers for another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_batch_holds_exactly_what_was_committed() {
    let options = Options {
        wait_timeout: Duration::from_secs(60),
        ..Options::default()
    };
    each(NUMBERS, options, |db| async move {
        run(&db, "insert into t values (-1)").await;
        let told = Arc::new(AtomicU32::new(0));
        let workers = (0..16_i64).map(|worker| {
            let (db, told) = (db.clone(), told.clone());
            tokio::spawn(async move {
                let (mut sure, mut open) = (BTreeSet::new(), Vec::new());
                for round in 0..150_i64 {
                    let n = (worker * 1000 + round) * 2;
                    let (db, told) = (db.clone(), told.clone());
                    let work = async move {
                        let mut tx = db.write();
                        tx.execute(add(n)).await.unwrap();
                        if round % 7 == 3 {
                            tokio::task::yield_now().await;
                        }
                        match (worker * 31 + round * 17) % 11 {
                            0 => return false,
                            1 => std::panic::resume_unwind(Box::new(ON_PURPOSE)),
                            2 => {
                                let error = tx.execute(add(-1)).await.unwrap_err();
                                assert!(error.is(Kind::Unique, "t_n_unique"));
                                return false;
                            }
                            _ => {}
                        }
                        tx.execute(add(n + 1)).await.unwrap();
                        tx.commit().await.unwrap();
                        told.fetch_add(1, SeqCst);
                        true
                    };
                    if (worker + round) % 5 == 0 {
                        // Cut off at any point: it happened as a whole or not at all.
                        let cut = Duration::from_micros((round as u64 * 37) % 3000);
                        let safe =
                            futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(work));
                        match timeout(cut, safe).await {
                            Ok(Ok(true)) => sure.extend([n, n + 1]),
                            Ok(Ok(false)) => {}
                            Ok(Err(panic)) => on_purpose(panic),
                            Err(_) => open.push(n),
                        }
                    } else {
                        let task = tokio::spawn(work);
                        match task.await {
                            Ok(true) => sure.extend([n, n + 1]),
                            Ok(false) => {}
                            Err(error) => on_purpose(error.into_panic()),
                        }
                    }
                }
                (sure, open)
            })
        });
        let (mut sure, mut open) = (BTreeSet::from([-1]), Vec::new());
        for worker in workers.collect::<Vec<_>>() {
            let (these, those) = worker.await.unwrap();
            sure.extend(these);
            open.extend(those);
        }
        // What was cut off may still be on its way to its end.
        run(&db, "insert into t values (-2)").await;
        sleep(Duration::from_millis(200)).await;
        let mut there = numbers(&db).await;
        assert!(there.remove(&-2));
        let mut happened = 0;
        for n in open {
            assert_eq!(there.contains(&n), there.contains(&(n + 1)), "half of {n}");
            happened += u32::from(there.remove(&n) && there.remove(&(n + 1)));
        }
        assert_eq!(there, sure);
        let told = told.load(SeqCst);
        println!(
            "{}: {told} commits, {happened} of those cut off",
            db.engine()
        );
        assert!(told > 1000);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_the_writer_ends() {
    let options = Options {
        wait_timeout: Duration::from_millis(300),
        pool_size: 1,
        ..Options::default()
    };
    each(NUMBERS, options, |db| async move {
        let mut holder = db.write();
        holder.execute(add(1)).await.unwrap();
        let started = Instant::now();
        assert_eq!(db.write().execute(add(2)).await.unwrap_err(), Error::Busy);
        assert!(started.elapsed() < Duration::from_secs(3));
        // A request that left while waiting is passed over.
        let waiting = tokio::spawn({
            let db = db.clone();
            async move { db.write().execute(add(3)).await }
        });
        sleep(Duration::from_millis(50)).await;
        waiting.abort();
        let _ = waiting.await;
        holder.commit().await.unwrap();
        run(&db, "insert into t values (4)").await;
        assert_eq!(numbers(&db).await, BTreeSet::from([1, 4]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_have_a_time_limit() {
    let options = Options {
        statement_timeout: Duration::from_millis(200),
        ..Options::default()
    };
    each(NUMBERS, options, |db| async move {
        for slow in [false, true] {
            let mut tx = db.read();
            let sql = Sql::new(ENDLESS);
            let sql = if slow { sql.slow() } else { sql };
            assert_eq!(tx.query::<(i64,)>(sql).await.unwrap_err(), Error::Timeout);
            // A read that failed took nothing with it.
            assert!(tx.query::<(i64,)>(sql!("select n from t")).await.is_ok());
        }
        assert_eq!(
            db.write()
                .query::<(i64,)>(Sql::new(ENDLESS))
                .await
                .unwrap_err(),
            Error::Timeout
        );
        run(&db, "insert into t values (1)").await;
    })
    .await;
}

/// SQLite gives up the whole transaction with an interrupted write. Who waited for that batch to
/// become durable is told to try again, and was not half done.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_batch_is_tried_again() {
    let options = Options {
        statement_timeout: Duration::from_millis(50),
        ..Options::default()
    };
    each(NUMBERS, options, |db| async move {
        if db.engine() != "SQLite" {
            return;
        }
        let mut first = db.write();
        first.execute(add(1)).await.unwrap();
        let slow = tokio::spawn({
            let db = db.clone();
            async move {
                let mut tx = db.write();
                tx.execute(add(2)).await.unwrap();
                let endless = format!("insert into t {ENDLESS}");
                tx.execute(text(endless).slow()).await
            }
        });
        sleep(Duration::from_millis(100)).await;
        assert_eq!(first.commit().await, Err(Error::Retry));
        assert_eq!(slow.await.unwrap(), Err(Error::Timeout));
        assert!(numbers(&db).await.is_empty());
        run(&db, "insert into t values (3)").await;
        assert_eq!(numbers(&db).await, BTreeSet::from([3]));
    })
    .await;
}

/// A reference that is only checked at the end makes the commit itself fail (and is never declared
/// for just that reason).
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_fails_is_told_to_all_of_the_batch() {
    let schema = "create table t (n bigint not null primary key,
        of bigint references t (n) deferrable initially deferred)";
    each(schema, Options::default(), |db| async move {
        if db.engine() != "SQLite" {
            return;
        }
        let mut good = db.write();
        good.execute(sql!("insert into t values (1, 1)"))
            .await
            .unwrap();
        let bad = tokio::spawn({
            let db = db.clone();
            async move {
                let mut tx = db.write();
                tx.execute(sql!("insert into t values (2, 3)"))
                    .await
                    .unwrap();
                tx.commit().await
            }
        });
        sleep(Duration::from_millis(100)).await;
        assert_eq!(good.commit().await, Err(Error::Retry));
        assert_eq!(bad.await.unwrap(), Err(Error::Retry));
        run(&db, "insert into t values (4, 4)").await;
        assert_eq!(numbers(&db).await, BTreeSet::from([4]));
    })
    .await;
}

/// The writer is handed to a request that has just left, while others wait for the batch to be
/// committed: they do not suffer.
#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_when_its_turn_comes_harms_nobody() {
    each(NUMBERS, Options::default(), |db| async move {
        for round in 0..200_i64 {
            let mut first = db.write();
            first.execute(add(round)).await.unwrap();
            if db.engine() == "SQLite" {
                let late = db.clone();
                let mut leaving = Box::pin(async move { late.write().execute(add(-1)).await });
                assert!(futures::poll!(&mut leaving).is_pending());
                let mut commit = Box::pin(first.commit());
                assert!(futures::poll!(&mut commit).is_pending());
                drop(leaving);
                commit.await.unwrap();
                continue;
            }
            first.commit().await.unwrap();
        }
        assert_eq!(numbers(&db).await.len(), 200);
    })
    .await;
}
