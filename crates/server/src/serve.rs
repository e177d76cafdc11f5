//! `tenantry serve`.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use app::audit;
use app::mail::smtp::Smtp;
use axum::Router;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kit::conn::{Db, Options};
use kit::job::Pace;
use kit::outbound::Outbound;
use kit::state::Settings;
use kit::{State, time::Clock};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::compression::CompressionLayer;

use crate::config::{Common, Serve};
use crate::{Outcome, console};

pub async fn run(common: &Common, serve: Serve) -> Outcome {
    common.log();
    let started = std::time::Instant::now();
    let db = common
        .open_with(Options {
            pool_size: serve.pool_size,
            ..Options::default()
        })
        .await?;
    let applied = db
        .migrate()
        .await
        .map_err(|it| format!("cannot bring the database up to date: {it}"))?;
    if !applied.is_empty() {
        tracing::info!(applied = applied.join(", "), "migrated");
    }
    let listener = TcpListener::bind(serve.listen).await.map_err(|it| format!("cannot listen on {}: {it}. Another program may be there; choose another with --listen.", serve.listen))?;
    let address = listener.local_addr().map_err(|it| it.to_string())?;
    let base_url = serve
        .base_url
        .clone()
        .unwrap_or_else(|| format!("http://{address}"));
    let demo = crate::demo::is_demo(&db).await?;
    let smtp = smtp(&serve)?;
    let settings = Settings {
        keys: crate::keys::load(&db, &common.key_file(&serve.keys)).await?,
        outbound: outbound(&serve)?,
        sends_mail: smtp.is_some(),
        base_url: base_url.trim_end_matches('/').to_owned(),
        proxies: serve.proxies.clone(),
        log_ins_per_account: serve.log_ins_per_account,
        log_ins_per_address: serve.log_ins_per_address,
        requests_per_token: serve.requests_per_token,
        demo,
    };
    if demo && !address.ip().is_loopback() {
        return Err("the demo has known passwords and is served on loopback only; see tenantry init for a real installation".into());
    }
    let state = State::new(db.clone(), Clock::system(), settings);
    app::people::built_in::write(&state)
        .await
        .map_err(|it| it.sentence())?;
    let metrics = PrometheusBuilder::new()
        .install_recorder()
        .map_err(|it| it.to_string())?;
    let (stop, stopped) = watch::channel(false);
    let pace = Pace {
        lease: Duration::from_secs(serve.lease_seconds),
        ..Pace::default()
    };
    let runner = app::background::runner(&state).with_pace(pace);
    let background = match serve.no_jobs {
        true => None,
        false => {
            let keys = audit::Keys::open(&serve.seals.key(common))?;
            let checkpoints = audit::Checkpoints::open(serve.seals.checkpoints(common))?;
            let jobs = tokio::spawn(runner.run(until(stopped.clone())));
            let seals = audit::seal_all(state.clone(), keys, checkpoints, stopped.clone());
            Some((jobs, tokio::spawn(seals)))
        }
    };
    let mail = smtp.filter(|_| !serve.no_jobs).map(|smtp| {
        let worker = app::mail::worker::Worker::new(&state, smtp);
        tokio::spawn(worker.run(until(stopped.clone())))
    });

    println!(
        "Tenantry {} on {base_url} ({}, ready in {} ms)",
        env!("CARGO_PKG_VERSION"),
        db.engine(),
        started.elapsed().as_millis()
    );
    if is_empty(&db).await? {
        println!(
            "The database is empty. Set it up with: tenantry init --email you@example.org --password-stdin --provider 'Your organisation'"
        );
    } else if demo {
        println!("{}", crate::demo::LOG_INS);
    }
    let served = axum::serve(
        listener,
        router(&state, metrics).into_make_service_with_connect_info::<SocketAddr>(),
    );
    let served = served.with_graceful_shutdown(async move {
        signal().await;
        tracing::info!("stopping: finishing what has begun");
        let _ = stop.send(true);
    });
    let drain = Duration::from_secs(serve.drain_seconds);
    tokio::select! {
        outcome = served => outcome.map_err(|it| it.to_string())?,
        why = db.failed() => give_up(&why).await,
        () = async { until(stopped).await; tokio::time::sleep(drain).await } => tracing::warn!("some requests did not finish in time"),
    }
    if let Some(mail) = mail {
        let _ = tokio::time::timeout(drain, mail).await;
    }
    if let Some((jobs, seals)) = background {
        let _ = tokio::time::timeout(drain, futures::future::join(jobs, seals)).await;
    }
    db.close().await;
    Ok(())
}

/// What calls servers elsewhere.
fn outbound(serve: &Serve) -> Result<Outbound, String> {
    let authorities = serve.outbound_ca.as_deref().map(read).transpose()?;
    Outbound::new(serve.outbound_allow.clone(), authorities.as_deref())
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|it| format!("cannot read {}: {it}", file.display()))
}

/// The mail server, if one is named.
pub fn smtp(serve: &Serve) -> Result<Option<Smtp>, String> {
    let Some(url) = &serve.smtp_url else {
        return Ok(None);
    };
    let from = serve.mail_from.as_deref();
    let from = from.ok_or("--smtp-url needs --mail-from: the address that email comes from")?;
    let authority = serve.smtp_ca.as_deref().map(read);
    Smtp::new(url, from, authority.transpose()?.as_deref()).map(Some)
}

/// Everything that is served: API, console, health.
fn router(state: &State, metrics: PrometheusHandle) -> Router {
    let (api, _) = app::router::api(state.clone());
    let inside = api.fallback(console::serve).layer(CompressionLayer::new());
    let health = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready).with_state(state.clone()))
        .route(
            "/metrics",
            get(exposed).with_state((state.clone(), metrics)),
        );
    app::router::outside(state.clone(), inside).merge(health)
}

/// Ready to serve: the database answers.
async fn ready(Shared(state): Shared<State>) -> Response {
    match tokio::time::timeout(Duration::from_secs(2), state.db.ready()).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::error!(%error, "the database does not answer");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
                .into_response()
        }
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer in time\n",
        )
            .into_response(),
    }
}

/// Metrics are for the machine itself: they tell about load and routes. What a proxy passes on comes
/// from elsewhere.
async fn exposed(
    Shared((state, metrics)): Shared<(State, PrometheusHandle)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let near = |it: IpAddr| it.is_loopback() || state.settings.proxies.contains(&it);
    let passed_on = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "via"]
        .iter()
        .any(|it| headers.contains_key(*it));
    match near(peer.ip()) && !passed_on {
        true => metrics.render().into_response(),
        false => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn is_empty(db: &Db) -> Result<bool, String> {
    let users: (i64,) = db
        .read()
        .query_one(kit::sql!("select count(*) from users"))
        .await
        .map_err(|it| it.to_string())?;
    Ok(users.0 == 0)
}

/// Ends the process without closing the database, which would ask the disk once more. The answers
/// of requests under way leave first: whoever waits hears that nobody knows.
async fn give_up(why: &kit::conn::Error) -> ! {
    tokio::time::sleep(Duration::from_millis(250)).await;
    eprintln!(
        "tenantry: stopped, since the disk does not keep what is written: {why}. All that was acknowledged is there. Look after the disk, run tenantry doctor, then start again."
    );
    std::process::exit(1)
}

async fn until(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|it| *it).await;
}

async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    let Ok(mut terminate) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    else {
        let _ = interrupt.await;
        return;
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}

/// Prints the API document; the database is only there because handlers need one to exist.
pub async fn openapi() -> Outcome {
    let file = std::env::temp_dir().join(format!("tenantry-openapi-{}.sqlite", std::process::id()));
    let url = format!("sqlite:{}", file.display());
    let db = Db::open(&url, &Options::default())
        .await
        .map_err(|it| it.to_string())?;
    let (_, document) =
        app::router::api(State::new(db.clone(), Clock::system(), Settings::default()));
    println!(
        "{}",
        serde_json::to_string_pretty(&document).map_err(|it| it.to_string())?
    );
    db.close().await;
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
    Ok(())
}
