//! What one would write without a session library, and without what a library is for: no expiry, no protection of
//! parallel requests, no typed errors. The whole session as JSON bytes, as text in Astro's form, or as a struct, in a
//! concurrent map.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::get;
use dashmap::DashMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use session_runtime::devalue::{self, Document};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::bag::{self, Bag};
use super::{Contender, axum_contender};
use crate::data::{self, WIDE_KEY, Whole, Wide};

/// What a session may be.
trait Value: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {}

impl<T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static> Value for T {}

/// How a session lies in the map.
trait Form: Clone + Send + Sync + 'static {
    type Kept<T: Value>: Clone + Send + Sync;

    fn keep<T: Value>(value: T) -> Self::Kept<T>;
    fn look<T: Value, R>(kept: &Self::Kept<T>, look: impl FnOnce(&T) -> R) -> R;
    fn change<T: Value>(kept: &mut Self::Kept<T>, change: impl FnOnce(&mut T));

    fn look_at_cart<R>(kept: &Self::Kept<Whole>, look: impl FnOnce(&[String]) -> R) -> R {
        Self::look(kept, |whole: &Whole| look(&whole.cart))
    }
}

#[derive(Clone)]
struct Json;

impl Form for Json {
    type Kept<T: Value> = Vec<u8>;

    fn keep<T: Value>(value: T) -> Vec<u8> {
        serde_json::to_vec(&value).expect("JSON")
    }

    fn look<T: Value, R>(kept: &Vec<u8>, look: impl FnOnce(&T) -> R) -> R {
        look(&serde_json::from_slice(kept).expect("JSON"))
    }

    fn change<T: Value>(kept: &mut Vec<u8>, change: impl FnOnce(&mut T)) {
        let mut value = serde_json::from_slice(kept).expect("JSON");
        change(&mut value);
        *kept = serde_json::to_vec(&value).expect("JSON");
    }
}

#[derive(Clone)]
struct Devalue;

impl Form for Devalue {
    type Kept<T: Value> = Arc<str>;

    fn keep<T: Value>(value: T) -> Arc<str> {
        devalue::to_string(&value).expect("devalue").into()
    }

    fn look<T: Value, R>(kept: &Arc<str>, look: impl FnOnce(&T) -> R) -> R {
        look(&devalue::from_str(kept).expect("devalue"))
    }

    fn change<T: Value>(kept: &mut Arc<str>, change: impl FnOnce(&mut T)) {
        let mut value = devalue::from_str(kept).expect("devalue");
        change(&mut value);
        *kept = Self::keep(value);
    }

    /// The form allows to read one part and leave the others.
    fn look_at_cart<R>(kept: &Arc<str>, look: impl FnOnce(&[String]) -> R) -> R {
        let document = Document::parse(Arc::clone(kept)).expect("devalue");
        look(&document.root().field("cart").expect("a cart").decode::<Vec<String>>().expect("strings"))
    }
}

#[derive(Clone)]
struct Typed;

impl Form for Typed {
    type Kept<T: Value> = T;

    fn keep<T: Value>(value: T) -> T {
        value
    }

    fn look<T: Value, R>(kept: &T, look: impl FnOnce(&T) -> R) -> R {
        look(kept)
    }

    fn change<T: Value>(kept: &mut T, change: impl FnOnce(&mut T)) {
        change(kept);
    }
}

/// A session of keys that nothing declares.
type Keys = BTreeMap<String, Wide>;

/// The sessions of the two shapes that are asked for.
#[derive(Clone)]
struct Sessions<F: Form> {
    typical: Arc<DashMap<Uuid, F::Kept<Whole>>>,
    wide: Arc<DashMap<Uuid, F::Kept<Keys>>>,
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
    let kept = sessions.typical.get(&id(&headers).expect("an id")).expect("a session");
    F::look_at_cart(&kept, |cart| cart.len()).to_string()
}

async fn update<F: Form>(State(sessions): State<Sessions<F>>, headers: HeaderMap) -> &'static str {
    let mut kept = sessions.typical.get_mut(&id(&headers).expect("an id")).expect("a session");
    F::change(&mut kept, |whole: &mut Whole| data::change(&mut whole.cart));
    "hello"
}

async fn create<F: Form>(State(sessions): State<Sessions<F>>) -> impl IntoResponse {
    let id = Uuid::new_v4();
    sessions.typical.insert(id, F::keep(data::whole()));
    (cookie(id), "hello")
}

async fn wide<F: Form>(State(sessions): State<Sessions<F>>, headers: HeaderMap) -> String {
    let kept = sessions.wide.get(&id(&headers).expect("an id")).expect("a session");
    F::look(&kept, |all: &Keys| all[WIDE_KEY].len()).to_string()
}

async fn fill_wide<F: Form>(State(sessions): State<Sessions<F>>, large: bool) -> impl IntoResponse {
    let id = Uuid::new_v4();
    let all: Keys = (0..data::KEYS).map(|nth| (data::wide_key(nth), data::wide(nth, large))).collect();
    sessions.wide.insert(id, F::keep(all));
    (cookie(id), "hello")
}

/// One of the wide sessions, and its id.
struct Open<F: Form> {
    sessions: Sessions<F>,
    id: Uuid,
}

impl<F: Form> FromRequestParts<Sessions<F>> for Open<F> {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, sessions: &Sessions<F>) -> Result<Self, StatusCode> {
        let id = id(&parts.headers).ok_or(StatusCode::FORBIDDEN)?;
        Ok(Self { sessions: sessions.clone(), id })
    }
}

impl<F: Form> Bag for Open<F> {
    async fn fetch(&self, key: &str) -> Option<Wide> {
        let kept = self.sessions.wide.get(&self.id)?;
        F::look(&kept, |all: &Keys| all.get(key).cloned())
    }

    async fn keep(&self, key: &str, value: Wide) {
        let Some(mut kept) = self.sessions.wide.get_mut(&self.id) else { return };
        F::change(&mut kept, |all: &mut Keys| drop(all.insert(key.to_owned(), value)));
    }

    async fn end(&self) {
        self.sessions.wide.remove(&self.id);
    }
}

async fn fill<F: Form>(
    State(sessions): State<Sessions<F>>,
    Path((keys, bytes)): Path<(usize, usize)>,
) -> impl IntoResponse {
    let id = Uuid::new_v4();
    let all: Keys = (0..keys).map(|nth| (data::wide_key(nth), bag::text(bytes))).collect();
    sessions.wide.insert(id, F::keep(all));
    (cookie(id), "hello")
}

async fn contender<F: Form>(name: &'static str) -> Contender {
    let sessions = Sessions::<F> { typical: Arc::default(), wide: Arc::default() };
    let app = Router::new()
        .merge(bag::routes::<Open<F>, _>())
        .route("/fill/{keys}/{bytes}", get(fill::<F>))
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

pub(crate) async fn devalue() -> Contender {
    contender::<Devalue>("floor: devalue text").await
}

pub(crate) async fn typed() -> Contender {
    contender::<Typed>("floor: typed struct").await
}
