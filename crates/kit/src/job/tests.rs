//! Leases, checkpoints, cancellation and schedules against a real database.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::access::{Place, Source};
use crate::call::Origin;
use crate::conn::{Db, Options};
use crate::sql;
use crate::state::Settings;
use crate::time::{Clock, Instant};

async fn state(dir: &TempDir) -> State {
    let url = format!("sqlite:{}", dir.path().join("jobs.db").display());
    let db = Db::open(&url, &Options::default()).await.expect("opens");
    db.migrate().await.expect("migrates");
    State::new(
        db,
        Clock::fixed(Instant::parse("2030-01-01").expect("a date")),
        Settings::default(),
    )
}

fn pace() -> Pace {
    Pace {
        pause: Duration::ZERO,
        look: Duration::from_millis(10),
        ..Pace::default()
    }
}

fn nobody() -> LoadCaller {
    Arc::new(|_, _| Box::pin(async { Ok(None) }))
}

async fn start(state: &State, caller: Arc<Caller>) -> Uuid {
    let mut call = Call::new(state, caller, Origin::default());
    let id = enqueue(&mut call, "count", None, &json!({ "to": 5 }))
        .await
        .expect("enqueues");
    call.commit(vec![]).await.expect("commits");
    id
}

fn operator() -> Arc<Caller> {
    Caller::operator("Operator", Source::Cli)
}

#[derive(Serialize, Deserialize, Default)]
struct At {
    next: i64,
}

/// Writes one preference-like row for each number, so that a number done twice is an error.
async fn count(mut job: JobContext, stop_at: Option<(i64, Stop)>) -> Outcome {
    let mut at: At = job.checkpoint()?.unwrap_or_default();
    let mut stop_at = stop_at;
    while at.next < 5 {
        job.go_on().await?;
        if stop_at.as_ref().is_some_and(|it| it.0 == at.next)
            && let Some((_, stop)) = stop_at.take()
        {
            return Err(stop);
        }
        let mut call = job.call(Source::Job).await?;
        call.execute(sql!(
            "insert into schedules (name, due_at, lease_until, error) values ($1, 0, 0, '')",
            format!("{}", at.next)
        ))
        .await?;
        at.next += 1;
        job.progress(
            &mut call,
            Progress {
                done: at.next,
                total: 5,
                message: "counting".into(),
            },
            &at,
        )
        .await?;
        call.commit(vec![]).await?;
    }
    Ok(json!({ "counted": at.next }))
}

async fn standing(state: &State, id: Uuid) -> (JobState, i64, String) {
    state
        .db
        .read()
        .query_one(sql!(
            "select state, progress_done, error from jobs where id = $1",
            id
        ))
        .await
        .expect("a job")
}

async fn rows(state: &State) -> i64 {
    let (rows,): (i64,) = state
        .db
        .read()
        .query_one(sql!("select count(*) from schedules"))
        .await
        .expect("a count");
    rows
}

#[tokio::test]
async fn a_job_goes_on_from_its_checkpoint() {
    let dir = TempDir::new().expect("a directory");
    let state = state(&dir).await;
    let failures = Arc::new(Mutex::new(vec![
        Stop::Failed(Error::Retry),
        Stop::Released,
        Stop::Failed(Error::internal("oh")),
    ]));
    let handlers = Handlers::default().on("count", move |job| {
        let stop = failures
            .lock()
            .expect("a lock")
            .pop()
            .map(|it| (job.progress.done + 1, it));
        count(job, stop)
    });
    let runner = Runner::new(&state, handlers, nobody()).with_pace(pace());
    let id = start(&state, operator()).await;
    assert_eq!(runner.run_due().await.expect("runs"), 4);
    assert_eq!(
        standing(&state, id).await,
        (JobState::Done, 5, String::new())
    );
    assert_eq!(rows(&state).await, 5);
}

#[tokio::test]
async fn a_job_that_never_gets_on_is_given_up() {
    let dir = TempDir::new().expect("a directory");
    let state = state(&dir).await;
    let ended = Arc::new(AtomicUsize::new(0));
    let seen = ended.clone();
    let handlers = Handlers::default()
        .on("count", |_| async { panic!("a bug") })
        .ended("count", move |_, it| {
            assert_eq!(it.state, JobState::Failed);
            seen.fetch_add(1, Ordering::SeqCst);
            Box::pin(async { Ok(()) })
        });
    let runner = Runner::new(&state, handlers, nobody()).with_pace(pace());
    let id = start(&state, operator()).await;
    assert_eq!(runner.run_due().await.expect("runs"), 12);
    assert_eq!(standing(&state, id).await.0, JobState::Failed);
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_lost_lease_takes_its_chunk_back() {
    let dir = TempDir::new().expect("a directory");
    let state = state(&dir).await;
    let handlers = Handlers::default().on("count", |mut job: JobContext| async move {
        // Meanwhile another node believed this one dead.
        let mut other = job.state.db.write();
        other
            .execute(sql!(
                "update jobs set lease_token = $1 where id = $2",
                Uuid::from_u128(7),
                job.job_id
            ))
            .await?;
        other.commit().await?;
        let mut call = job.call(Source::Job).await?;
        call.execute(sql!(
            "insert into schedules (name, due_at, lease_until, error) values ('x', 0, 0, '')"
        ))
        .await?;
        let held = job
            .progress(&mut call, Progress::default(), &json!({}))
            .await;
        assert!(matches!(held, Err(Stop::Lost)));
        held.map(|()| json!({}))
    });
    let runner = Runner::new(&state, handlers, nobody()).with_pace(pace());
    let id = start(&state, operator()).await;
    assert_eq!(runner.run_due().await.expect("runs"), 1);
    assert_eq!(standing(&state, id).await.0, JobState::Running);
    assert_eq!(rows(&state).await, 0);
}

#[tokio::test]
async fn a_dead_nodes_job_is_taken_when_its_lease_runs_out() {
    let dir = TempDir::new().expect("a directory");
    let state = state(&dir).await;
    let runner = Runner::new(
        &state,
        Handlers::default().on("count", |job| count(job, None)),
        nobody(),
    )
    .with_pace(pace());
    let id = start(&state, operator()).await;
    let (_, first) = runner.claim(None).await.expect("asks").expect("takes it");
    assert_eq!(runner.run_due().await.expect("runs"), 0, "its lease holds");
    let mut tx = state.db.write();
    tx.execute(sql!(
        "update jobs set lease_until = 1 where id = $1 and lease_token = $2",
        id,
        first
    ))
    .await
    .expect("expires");
    tx.commit().await.expect("commits");
    assert_eq!(runner.run_due().await.expect("runs"), 1);
    assert_eq!(standing(&state, id).await.0, JobState::Done);
}

#[tokio::test]
async fn cancelled_at_the_next_chunk() {
    let dir = TempDir::new().expect("a directory");
    let state = state(&dir).await;
    let handlers = Handlers::default().on("count", |mut job: JobContext| async move {
        let mut call = job.call(Source::Job).await?;
        cancel(&mut call, job.job_id).await?;
        job.progress(
            &mut call,
            Progress {
                done: 1,
                ..Progress::default()
            },
            &At { next: 1 },
        )
        .await?;
        call.commit(vec![]).await?;
        count(job, None).await
    });
    let runner = Runner::new(&state, handlers, nobody()).with_pace(pace());
    let id = start(&state, operator()).await;
    runner.run_due().await.expect("runs");
    let job = standing(&state, id).await;
    assert_eq!(
        (job.0, job.1, rows(&state).await),
        (JobState::Cancelled, 1, 0)
    );
    // What waits is cancelled before it starts.
    let id = start(&state, operator()).await;
    let mut call = Call::new(&state, operator(), Origin::default());
    assert!(cancel(&mut call, id).await.expect("asks"));
    call.commit(vec![]).await.expect("commits");
    runner.run_due().await.expect("runs");
    assert_eq!(standing(&state, id).await.0, JobState::Cancelled);
}

#[tokio::test]
async fn rights_are_those_of_the_moment() {
    let dir = TempDir::new().expect("a directory");
    let state = state(&dir).await;
    let runner = Runner::new(
        &state,
        Handlers::default().on("count", |job| count(job, None)),
        nobody(),
    )
    .with_pace(pace());
    let former = Caller {
        user_id: Uuid::from_u128(1),
        home: Place::Provider(Uuid::from_u128(2)),
        ..(*operator()).clone()
    };
    let id = start(&state, Arc::new(former)).await;
    runner.run_due().await.expect("runs");
    let job = standing(&state, id).await;
    assert_eq!(job.0, JobState::Failed);
    assert!(job.2.contains("no longer"), "{}", job.2);
    assert_eq!(rows(&state).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runner_hears_of_jobs_and_stops_gracefully() {
    let dir = TempDir::new().expect("a directory");
    let state = state(&dir).await;
    let runner = Runner::new(
        &state,
        Handlers::default().on("count", |job| count(job, None)),
        nobody(),
    )
    .with_pace(pace());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(runner.clone().run(async {
        let _ = stopped.await;
    }));
    let ids = [start(&state, operator()).await];
    for id in ids {
        let (state, error) = runner.see_through(id, |_| {}).await.expect("ends");
        assert_eq!((state, error.as_str()), (JobState::Done, ""));
    }
    stop.send(()).expect("a runner");
    running.await.expect("stops");
}

#[tokio::test]
async fn recurring_work_is_done_once_each_time() {
    let dir = TempDir::new().expect("a directory");
    let state = state(&dir).await;
    let times = Arc::new(AtomicUsize::new(0));
    let seen = times.clone();
    let work: Chore = Arc::new(move |_| {
        seen.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(()) })
    });
    let (hour, lease) = (Duration::from_secs(3600), Duration::from_secs(60));
    assert!(
        schedule::tick(&state, "purge", hour, &work, lease)
            .await
            .expect("runs")
    );
    assert!(
        !schedule::tick(&state, "purge", hour, &work, lease)
            .await
            .expect("waits")
    );
    state.clock.set(state.clock.now().plus_seconds(3601));
    assert!(
        schedule::tick(&state, "purge", hour, &work, lease)
            .await
            .expect("runs again")
    );
    assert_eq!(times.load(Ordering::SeqCst), 2);
}
