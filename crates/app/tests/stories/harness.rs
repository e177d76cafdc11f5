//! An installation in a test: the whole API in-process, on either engine, with people who can call
//! it. Each test has a database of its own.

#![allow(dead_code, reason = "each test file uses a part")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use kit::conn::{Db, Options, scratch};
use kit::state::Settings;
use kit::time::{Clock, Instant};
use kit::{State, access, call};
use serde_json::{Value as Json, json};
use tower::ServiceExt;

/// Runs one story on SQLite and on PostgreSQL: `story!(name, |app| async move { … })`.
macro_rules! story {
    ($name:ident, |$app:ident| $body:expr) => {
        mod $name {
            use super::*;
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let $app = harness::App::sqlite().await;
                $body.await
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let $app = harness::App::postgres().await;
                $body.await
            }
        }
    };
}

/// When every story begins.
pub const START: &str = "2026-03-02T09:00:00Z";
pub const PASSWORD: &str = "correct horse battery 9";

#[derive(Clone)]
pub struct App {
    pub state: State,
    pub router: Router,
    folder: Arc<tempfile::TempDir>,
}

/// Somebody with a token.
#[derive(Clone)]
pub struct Client {
    pub app: App,
    pub token: Option<String>,
    pub user_id: String,
    /// Sent with every request.
    pub headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub body: Json,
}

impl App {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = scratch::sqlite(folder.path(), "story", &Options::default())
            .await
            .unwrap();
        Self::on(db, folder).await
    }

    pub async fn postgres() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::tempdir().unwrap();
        let server = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL is not set: run `cargo xtask test`, which starts a throw-away PostgreSQL");
        let name = format!(
            "story_{}_{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        let options = Options {
            pool_size: 4,
            ..Options::default()
        };
        let db = scratch::postgres(&server, &name, &options).await.unwrap();
        Self::on(db, folder).await
    }

    async fn on(db: Db, folder: tempfile::TempDir) -> Self {
        db.migrate().await.unwrap();
        let clock = Clock::fixed(Instant::parse(START).unwrap());
        let settings = Settings {
            requests_per_token: 100_000,
            keys: kit::vault::Keys::random(),
            ..Settings::default()
        };
        let state = State::new(db, clock, settings);
        app::people::built_in::write(&state).await.unwrap();
        let (api, _) = app::router::api(state.clone());
        let router = app::router::outside(state.clone(), api);
        Self {
            state,
            router,
            folder: Arc::new(folder),
        }
    }

    /// An installation with a house provider and its first admin, as `tenantry init` makes it.
    pub async fn admin(&self) -> Client {
        let mut call = call::Call::new(
            &self.state,
            access::Caller::operator("init", access::Source::Cli),
            call::Origin::default(),
        );
        let input = kit::body::read(
            json!({ "name": "House", "code": "house", "time_zone": "Europe/Berlin" })
                .as_object()
                .unwrap()
                .clone(),
        )
        .unwrap();
        app::tree::provider::create(&mut call, input, true)
            .await
            .unwrap();
        call.commit(vec![]).await.unwrap();
        app::people::admin::create_admin(&self.state, "admin@house.example", PASSWORD, "Ada Admin")
            .await
            .unwrap();
        self.token("admin@house.example").await
    }

    pub async fn token(&self, email: &str) -> Client {
        let token = app::people::admin::create_token(&self.state, email, "test")
            .await
            .unwrap();
        let mut client = Client {
            app: self.clone(),
            token: Some(token),
            user_id: String::new(),
            headers: vec![],
        };
        let session = client.get("/session").await.ok();
        client.user_id = session["user"]["id"].as_str().unwrap().to_owned();
        client
    }

    /// A user whose password was set by somebody else, as if they had chosen one already.
    pub async fn choose_password(&self, email: &str) -> Client {
        let mut tx = self.state.db.write();
        tx.execute(kit::sql!(
            "update users set must_change_password = false where email_key = $1",
            kit::text::key(email)
        ))
        .await
        .unwrap();
        tx.commit().await.unwrap();
        self.state.rights_changed();
        self.token(email).await
    }

    /// Nobody.
    pub fn stranger(&self) -> Client {
        Client {
            app: self.clone(),
            token: None,
            user_id: String::new(),
            headers: vec![],
        }
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub fn forward(&self, seconds: i64) {
        self.state
            .clock
            .set(self.state.clock.now().plus_seconds(seconds));
    }
}

impl Client {
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut it = self.clone();
        it.headers.push((name.into(), value.into()));
        it
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        let path = if path.starts_with("/api/") {
            path.to_owned()
        } else {
            format!("/api/v1{path}")
        };
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = self
            .app
            .router
            .clone()
            .oneshot(request.body(Body::from(body)).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX)
            .await
            .unwrap()
            .to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or(Json::Null);
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
            body,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, vec![]).await
    }
    pub async fn post(&self, path: &str, body: Json) -> Answer {
        self.send(
            Method::POST,
            path,
            Some("application/json"),
            body.to_string().into_bytes(),
        )
        .await
    }
    pub async fn put(&self, path: &str, body: Json) -> Answer {
        self.send(
            Method::PUT,
            path,
            Some("application/json"),
            body.to_string().into_bytes(),
        )
        .await
    }
    pub async fn patch(&self, path: &str, body: Json) -> Answer {
        self.send(
            Method::PATCH,
            path,
            Some("application/merge-patch+json"),
            body.to_string().into_bytes(),
        )
        .await
    }
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, vec![]).await
    }

    /// Creates and answers the record.
    pub async fn create(&self, path: &str, body: Json) -> Json {
        self.post(path, body).await.expect(201)
    }

    /// The items of a list.
    pub async fn items(&self, path: &str) -> Vec<Json> {
        let body = self.get(path).await.ok();
        body["items"].as_array().unwrap().clone()
    }

    /// A user with a role at a node, and a token of theirs.
    pub async fn colleague(&self, email: &str, role: &str, node_id: Option<&str>) -> Client {
        let roles = self.get("/roles").await.ok();
        let roles = roles
            .as_array()
            .or_else(|| roles["items"].as_array())
            .unwrap()
            .clone();
        let role = roles
            .iter()
            .find(|it| it["name"] == role)
            .unwrap_or_else(|| panic!("no role {role}"));
        let user = json!({ "email": email, "display_name": email, "password": PASSWORD, "password_repeat": PASSWORD, "role_id": role["id"], "node_id": node_id });
        self.create("/users", user).await;
        self.app.choose_password(email).await
    }
}

impl Answer {
    pub fn expect(&self, status: u16) -> Json {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}",
            String::from_utf8_lossy(&self.bytes)
        );
        self.body.clone()
    }
    pub fn ok(&self) -> Json {
        self.expect(200)
    }
    /// The code of a problem with this status.
    pub fn problem(&self, status: u16) -> String {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}",
            String::from_utf8_lossy(&self.bytes)
        );
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert!(self.body["request_id"].is_string());
        self.body["code"].as_str().unwrap().to_owned()
    }
    /// The pointers of a 422.
    pub fn pointers(&self) -> Vec<String> {
        self.problem(422);
        let mut pointers: Vec<_> = self.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["pointer"].as_str().unwrap().to_owned())
            .collect();
        pointers.sort();
        pointers
    }
    pub fn etag(&self) -> String {
        self.headers["etag"].to_str().unwrap().to_owned()
    }
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}
