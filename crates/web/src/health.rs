//! What machines ask: alive, ready, metrics.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use crate::state::App;

/// `GET /healthz`: the process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: able to serve; otherwise 503 with what is missing, a line each.
pub async fn ready(State(app): State<App>) -> impl IntoResponse {
    let mut missing = app
        .missing
        .as_ref()
        .map(|missing| missing())
        .unwrap_or_default();
    if let Err(error) = app.store.ping().await {
        missing.push(format!("store: {error}"));
    }
    if missing.is_empty() {
        (StatusCode::OK, "ready\n".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, missing.join("\n") + "\n")
    }
}

/// `GET /metrics`: Prometheus' text format.
pub async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let text = app
        .metrics
        .as_ref()
        .map(|render| render())
        .unwrap_or_default();
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
}
