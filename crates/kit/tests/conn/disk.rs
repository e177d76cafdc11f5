//! SQLite without room: what is refused is told, what is told to be done is there.

use kit::conn::*;

/// Lets the file grow to so many pages. The connection that writes is always the same one.
async fn limit(db: &Db, pages: i64) {
    let mut tx = db.write();
    let text = format!("pragma max_page_count = {pages}");
    let (now,): (i64,) = tx.query_one(Sql::new(text.leak())).await.unwrap();
    assert_eq!(now, pages);
    tx.commit().await.unwrap();
}

async fn add(db: Db, bytes: usize) -> Result<()> {
    let mut tx = db.write();
    tx.execute(sql!("insert into t (x) values ($1)", "x".repeat(bytes)))
        .await?;
    tx.commit().await
}

async fn count(db: &Db) -> i64 {
    let sql = sql!("select count(*) from t");
    db.read().query_one::<(i64,)>(sql).await.unwrap().0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_disk_is_told_and_forgotten_once_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("test.sqlite").display());
    let db = Db::open(&url, &Options::default()).await.unwrap();
    let mut tx = db.write();
    tx.execute(sql!("create table t (x text)")).await.unwrap();
    tx.commit().await.unwrap();
    limit(&db, 100).await;
    let writers: Vec<_> = (0..64)
        .map(|_| tokio::spawn(add(db.clone(), 20_000)))
        .collect();
    let mut done = 0;
    let mut full = 0;
    for writer in writers {
        match writer.await.unwrap() {
            Ok(()) => done += 1,
            Err(Error::Full) => full += 1,
            // Lost with the batch of one for whom there was no room; tried again by who asked.
            Err(error) => assert_eq!(error, Error::Retry),
        }
    }
    assert!(full > 0);
    assert_eq!(count(&db).await, done);
    assert_eq!(add(db.clone(), 2_000_000).await, Err(Error::Full));
    limit(&db, 1_000_000).await;
    add(db.clone(), 2_000_000).await.unwrap();
    assert_eq!(count(&db).await, done + 1);
    assert!(db.ready().await.is_ok());
    assert!(db.integrity().await.unwrap().is_empty());
}
