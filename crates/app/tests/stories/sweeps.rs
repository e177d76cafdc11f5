//! Sweeps: every operation of the API document is visited, so a new one cannot be forgotten.

use aide::openapi::ReferenceOr;
use axum::http::Method;
use kit::state::Settings;

use crate::harness;

/// Operations that nobody needs to be logged in for, with the reason.
const OPEN: &[(&str, &str)] = &[
    ("session_create", "it is how one logs in"),
    (
        "enum_list",
        "the log-in page's and public forms' choices; no secrets",
    ),
    (
        "session_second_factor",
        "it is the second step of logging in",
    ),
    (
        "password_reset_create",
        "for those who forgot their password",
    ),
    ("password_reset_look", "a link's secret is asked for"),
    ("password_reset_complete", "a link's secret is asked for"),
    ("invitation_look", "a link's secret is asked for"),
    ("invitation_accept", "a link's secret is asked for"),
    (
        "session_methods",
        "it is how one logs in; asked by domain alone",
    ),
    ("session_sso", "it is how one logs in"),
    (
        "session_sso_complete",
        "it is how one logs in; a state and its cookie are asked for",
    ),
];

/// Every operation with its method and path.
pub fn operations(state: &kit::State) -> Vec<(String, Method, String)> {
    let (_, document) = app::router::api(state.clone());
    let mut all = vec![];
    for (path, item) in document.paths.iter().flat_map(|it| &it.paths) {
        let ReferenceOr::Item(item) = item else {
            panic!("{path} is a reference")
        };
        for (method, operation) in app::document::operations(item) {
            let id = operation
                .operation_id
                .clone()
                .unwrap_or_else(|| panic!("{method} {path} has no operation id"));
            all.push((id, method.parse().unwrap(), path.clone()));
        }
    }
    all
}

fn filled(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap();
        out.push_str(if name == "name" {
            "countries"
        } else {
            "01890000-0000-7000-8000-000000000001"
        });
        rest = after;
    }
    out + rest
}

story!(strangers_get_401_everywhere, |app| async move {
    app.admin().await;
    let stranger = app.stranger();
    let mut visited = 0;
    for (id, method, path) in operations(&app.state) {
        if OPEN.iter().any(|it| it.0 == id) {
            continue;
        }
        let answer = stranger
            .send(
                method,
                &filled(&path),
                Some("application/json"),
                b"{}".to_vec(),
            )
            .await;
        // A body is read before the call: its own refusals may come first, never an answer.
        assert!(
            matches!(answer.status.as_u16(), 401 | 422),
            "{id}: {}",
            answer.status
        );
        visited += 1;
    }
    assert!(visited > 60, "{visited}");
});

story!(absent_ids_are_404_everywhere, |app| async move {
    let admin = app.admin().await;
    for (id, method, path) in operations(&app.state) {
        if !path.contains("{id}") {
            continue;
        }
        let answer = admin
            .with("if-match", "*")
            .send(
                method,
                &filled(&path),
                Some("application/json"),
                b"{}".to_vec(),
            )
            .await;
        assert!(
            matches!(answer.status.as_u16(), 404 | 422),
            "{id}: {} {}",
            answer.status,
            answer.text()
        );
        let odd = admin
            .with("if-match", "*")
            .send(
                Method::GET,
                &path.replace("{id}", "not-an-id"),
                None,
                vec![],
            )
            .await;
        assert!(
            matches!(odd.status.as_u16(), 404 | 405),
            "{id}: {}",
            odd.status
        );
    }
});

#[test]
fn operation_ids_are_named_after_their_resource() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let ids: Vec<String> = runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let db = kit::conn::scratch::sqlite(folder.path(), "ids", &Default::default())
            .await
            .unwrap();
        let state = kit::State::new(db, kit::time::Clock::system(), Settings::default());
        operations(&state).into_iter().map(|it| it.0).collect()
    });
    let mut sorted = ids.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), ids.len(), "an operation id stands twice");
    insta::assert_snapshot!(sorted.join("\n"));
}

story!(problems_look_alike, |app| async move {
    let admin = app.admin().await;
    assert_eq!(admin.get("/nothing").await.problem(404), "not_found");
    assert_eq!(
        admin
            .send(Method::DELETE, "/customers", None, vec![])
            .await
            .problem(405),
        "method_not_allowed"
    );
    let huge = vec![b'x'; 3 * 1024 * 1024];
    assert_eq!(
        admin
            .send(Method::POST, "/customers", Some("application/json"), huge)
            .await
            .problem(413),
        "too_large"
    );
    let answer = admin.with("x-request-id", "mine-1").get("/customers").await;
    assert_eq!(answer.headers["x-request-id"], "mine-1");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["cache-control"], "no-store");
});
