//! What one would write without a session library, and without what a library is for: no expiry, no protection of
//! parallel requests, no typed errors. The whole session as JSON bytes, or as a struct, in a concurrent map.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::get;
use dashmap::DashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::{Contender, axum_contender};
use crate::data::{self, WIDE_KEY, Whole, Wide};

/// How a session lies in the map.
trait Form: Clone + Send + Sync + 'static {
    type Kept<T: Send + Sync + Serialize + for<'de> Deserialize<'de> + Clone + 'static>: Clone + Send + Sync;

    fn keep<T: Send + Sync + Serialize + for<'de> Deserialize<'de> + Clone + 'static>(value: &T) -> Self::Kept<T>;
    fn look<T: Send + Sync + Serialize + for<'de> Deserialize<'de> + Clone + 'static, R>(
        kept: &Self::Kept<T>,
        look: impl FnOnce(&T) -> R,
    ) -> R;
}

#[derive(Clone)]
struct Json;

impl Form for Json {
    type Kept<T: Send + Sync + Serialize + for<'de> Deserialize<'de> + Clone + 'static> = Arc<[u8]>;

    fn keep<T: Send + Sync + Serialize + for<'de> Deserialize<'de> + Clone + 'static>(value: &T) -> Arc<[u8]> {
        serde_json::to_vec(value).expect("JSON").into()
    }

    fn look<T: Send + Sync + Serialize + for<'de> Deserialize<'de> + Clone + 'static, R>(
        kept: &Arc<[u8]>,
        look: impl FnOnce(&T) -> R,
    ) -> R {
        look(&serde_json::from_slice(kept).expect("JSON"))
    }
}

#[derive(Clone)]
struct Typed;

impl Form for Typed {
    type Kept<T: Send + Sync + Serialize + for<'de> Deserialize<'de> + Clone + 'static> = T;

    fn keep<T: Send + Sync + Serialize + for<'de> Deserialize<'de> + Clone + 'static>(value: &T) -> T {
        value.clone()
    }

    fn look<T: Send + Sync + Serialize + for<'de> Deserialize<'de> + Clone + 'static, R>(
        kept: &T,
        look: impl FnOnce(&T) -> R,
    ) -> R {
        look(kept)
    }
}

/// The sessions of the two shapes that are asked for.
#[derive(Clone)]
struct Sessions<F: Form> {
    typical: Arc<DashMap<Uuid, F::Kept<Whole>>>,
    wide: Arc<DashMap<Uuid, F::Kept<BTreeMap<String, Wide>>>>,
}

fn id(headers: &HeaderMap) -> Option<Uuid> {
    let text = headers.get(header::COOKIE)?.to_str().ok()?;
    text.split("; ").find_map(|pair| pair.strip_prefix("id=")?.parse().ok())
}

fn cookie(id: Uuid) -> AppendHeaders<[(header::HeaderName, String); 1]> {
    let text = format!("id={id}; Path=/; HttpOnly; Secure; SameSite=Lax");
    AppendHeaders([(header::SET_COOKIE, text)])
}

async fn untouched<F: Form>(State(_): State<Sessions<F>>) -> &'static str {
    "hello"
}

async fn read<F: Form>(State(sessions): State<Sessions<F>>, headers: HeaderMap) -> String {
    let kept = sessions.typical.get(&id(&headers).expect("an id")).expect("a session").clone();
    F::look(&kept, |whole: &Whole| whole.cart.clone()).len().to_string()
}

async fn update<F: Form>(State(sessions): State<Sessions<F>>, headers: HeaderMap) -> &'static str {
    let mut kept = sessions.typical.get_mut(&id(&headers).expect("an id")).expect("a session");
    let mut whole = F::look(&kept, Whole::clone);
    data::change(&mut whole.cart);
    *kept = F::keep(&whole);
    "hello"
}

async fn create<F: Form>(State(sessions): State<Sessions<F>>) -> impl IntoResponse {
    let id = Uuid::new_v4();
    sessions.typical.insert(id, F::keep(&data::whole()));
    (cookie(id), "hello")
}

async fn wide<F: Form>(State(sessions): State<Sessions<F>>, headers: HeaderMap) -> String {
    let kept = sessions.wide.get(&id(&headers).expect("an id")).expect("a session");
    F::look(&kept, |all: &BTreeMap<String, Wide>| all[WIDE_KEY].clone()).len().to_string()
}

async fn fill_wide<F: Form>(State(sessions): State<Sessions<F>>, large: bool) -> impl IntoResponse {
    let id = Uuid::new_v4();
    let all: BTreeMap<String, Wide> =
        (0..data::KEYS).map(|nth| (data::wide_key(nth), data::wide(nth, large))).collect();
    sessions.wide.insert(id, F::keep(&all));
    (cookie(id), "hello")
}

async fn contender<F: Form>(name: &'static str) -> Contender {
    let sessions = Sessions::<F> { typical: Arc::default(), wide: Arc::default() };
    let app = Router::new()
        .route("/untouched", get(untouched::<F>))
        .route("/read", get(read::<F>))
        .route("/update", get(update::<F>))
        .route("/create", get(create::<F>))
        .route("/wide", get(wide::<F>))
        .route("/fill/typical", get(create::<F>))
        .route("/fill/large", get(|state: State<Sessions<F>>| fill_wide(state, true)))
        .route("/fill/short", get(|state: State<Sessions<F>>| fill_wide(state, false)));
    axum_contender(name, app.with_state(sessions)).await
}

pub(crate) async fn json() -> Contender {
    contender::<Json>("floor: JSON bytes").await
}

pub(crate) async fn typed() -> Contender {
    contender::<Typed>("floor: typed struct").await
}
