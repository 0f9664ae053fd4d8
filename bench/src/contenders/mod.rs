//! One file per library. Each answers [`Kind`]s with an application and the cookie of a client that is already known to it.

mod actix_session;
mod axum_session;
mod bare;
mod floors;
mod ours;
mod tower_sessions;

use std::pin::Pin;

use ::axum::Router;
use ::axum::body::Body;
use ::axum::http::{Request, Response, header};
use tower::Service;

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
}

/// Everyone, each warmed up by having made its sessions.
pub async fn all() -> Vec<Contender> {
    vec![
        bare::route().await,
        bare::empty_layer().await,
        floors::json().await,
        floors::typed().await,
        ours::contender().await,
        tower_sessions::contender().await,
        axum_session::contender().await,
        actix_session::contender().await,
    ]
}

/// The application and the cookie of every kind, built by `app` and filled by a request to `/fill/…`.
pub(crate) async fn axum_contender(name: &'static str, app: Router) -> Contender {
    // `with_state(())` finishes the router; otherwise axum builds its layers anew for each request.
    let app = app.with_state(());
    let mut runners = Vec::new();
    for kind in Kind::ALL {
        let fill = match kind {
            Kind::LargeTexts => "/fill/large",
            Kind::ShortStrings => "/fill/short",
            _ => "/fill/typical",
        };
        let cookie = match kind.with_cookie() {
            true => Some(cookies(&call(&mut app.clone(), fill, None).await)),
            false => None,
        };
        runners.push((kind, axum_runner(app.clone(), kind, cookie)));
    }
    Contender { name, runners }
}

fn axum_runner(app: Router, kind: Kind, cookie: Option<String>) -> Runner {
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

async fn call(app: &mut Router, path: &'static str, cookie: Option<&str>) -> Response<Body> {
    let mut request = Request::get(path);
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = app.call(request).await.expect("infallible");
    assert!(response.status().is_success(), "{path}: {}", response.status());
    response
}

/// What a browser would send next time.
fn cookies(response: &Response<Body>) -> String {
    let set = response.headers().get_all(header::SET_COOKIE).iter();
    let pairs = set.filter_map(|value| value.to_str().ok()?.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}
