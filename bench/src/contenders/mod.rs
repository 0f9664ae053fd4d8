//! One file per library. Each answers [`Kind`]s with an application and the cookie of a client that is already known to it.

mod actix_session;
mod axum_session;
mod bag;
mod bare;
mod client;
mod floors;
mod ours;
mod tower_sessions;

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use ::axum::body::Body;
use ::axum::http::{Request, Response, header};
use session_runtime::MemoryStore;
use tower::Service;

pub use self::client::{Client, Reply};

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// No cookie, the handler does not touch the session.
    Anonymous,
    /// A cookie, the handler does not touch the session.
    Untouched,
    /// Reads the cart.
    Read,
    /// Reads the cart, changes one item, writes it.
    Update,
    /// A new visitor: the user, the cart and a timestamp are set.
    Create,
    /// Reads one of a hundred keys of 1 kB, each one text.
    LargeTexts,
    /// Reads one of a hundred keys of 1 kB, each seventy short strings.
    ShortStrings,
}

impl Kind {
    pub const ALL: [Self; 7] = [
        Self::Anonymous,
        Self::Untouched,
        Self::Read,
        Self::Update,
        Self::Create,
        Self::LargeTexts,
        Self::ShortStrings,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Untouched => "cookie, untouched",
            Self::Read => "read the cart",
            Self::Update => "read, change, write",
            Self::Create => "create",
            Self::LargeTexts => "1 of 100 keys, 1 kB texts",
            Self::ShortStrings => "1 of 100 keys, short strings",
        }
    }

    /// Whether the client comes with a cookie.
    #[must_use]
    pub fn with_cookie(self) -> bool {
        !matches!(self, Self::Anonymous | Self::Create)
    }

    /// How many requests one round makes: enough to be long against the clock, few enough for many rounds.
    #[must_use]
    pub fn requests(self) -> u32 {
        match self {
            Self::Anonymous | Self::Untouched => 4_000,
            Self::Read | Self::Update => 2_000,
            Self::Create => 1_000,
            Self::LargeTexts | Self::ShortStrings => 60,
        }
    }
}

pub type Done<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Makes so many requests, one after the other; the box is opened once per call, not once per request.
pub type Runner = Box<dyn FnMut(u32) -> Done<'static>>;

/// A library with an application for each kind of request it can answer.
pub struct Contender {
    pub name: &'static str,
    pub runners: Vec<(Kind, Runner)>,
    /// Any request to the same application.
    pub client: Client,
    /// Ours, to be asked for its size, and to be swept.
    pub store: Option<MemoryStore>,
}

/// Where a layer is: `Router::layer` puts it around each route, calling it with the router around them all.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    Routes,
    Around,
}

/// Everyone, each warmed up by having made its sessions.
pub async fn all() -> Vec<Contender> {
    let mut all = vec![
        bare::route().await,
        bare::empty_layer(Place::Routes).await,
        bare::empty_layer(Place::Around).await,
        bare::extending_layer(Place::Routes).await,
        bare::extending_layer(Place::Around).await,
        ours::contender(Place::Around, None).await,
    ];
    all.extend(keeping(None).await);
    all
}

/// Everyone who keeps sessions, for so long where that can be chosen.
pub async fn keeping(idle: Option<Duration>) -> Vec<Contender> {
    vec![
        floors::json().await,
        floors::devalue().await,
        floors::typed().await,
        ours::contender(Place::Routes, idle).await,
        tower_sessions::contender(idle).await,
        axum_session::contender().await,
        actix_session::contender().await,
    ]
}

/// A finished axum application, with or without a layer around it.
pub(crate) trait App:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + 'static
{
}

impl<A> App for A where
    A: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + 'static
{
}

/// The application and the cookie of every kind, filled by a request to `/fill/…`.
///
/// The router in it is to be finished by `with_state(())`; otherwise axum builds its layers anew for each request.
pub(crate) async fn axum_contender(name: &'static str, app: impl App) -> Contender {
    let client = client::of_axum(app.clone());
    filled(name, client, |kind, cookie| axum_runner(app.clone(), kind, cookie)).await
}

/// A contender for every kind, each with a session of its own where the kind comes with one.
pub(crate) async fn filled(
    name: &'static str,
    client: Client,
    runner: impl Fn(Kind, Option<String>) -> Runner,
) -> Contender {
    let mut runners = Vec::new();
    for kind in Kind::ALL {
        let fill = match kind {
            Kind::LargeTexts => "/fill/large",
            Kind::ShortStrings => "/fill/short",
            _ => "/fill/typical",
        };
        let cookie = match kind.with_cookie() {
            true => Some(client.session(fill).await),
            false => None,
        };
        runners.push((kind, runner(kind, cookie)));
    }
    Contender { name, runners, client, store: None }
}

fn axum_runner(app: impl App, kind: Kind, cookie: Option<String>) -> Runner {
    Box::new(move |requests| {
        let (mut app, cookie) = (app.clone(), cookie.clone());
        Box::pin(async move {
            for _ in 0..requests {
                call(&mut app, path(kind), cookie.as_deref()).await;
            }
        })
    })
}

/// The route that answers a kind of request.
pub(crate) fn path(kind: Kind) -> &'static str {
    match kind {
        Kind::Anonymous | Kind::Untouched => "/untouched",
        Kind::Read => "/read",
        Kind::Update => "/update",
        Kind::Create => "/create",
        Kind::LargeTexts | Kind::ShortStrings => "/wide",
    }
}

async fn call(app: &mut impl App, path: &'static str, cookie: Option<&str>) -> Response<Body> {
    let mut request = Request::get(path);
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = app.call(request).await.expect("infallible");
    assert!(response.status().is_success(), "{path}: {}", response.status());
    response
}
