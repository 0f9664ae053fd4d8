//! A client with a cookie jar that drives an app without a network.

use actix_http::Request;
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{COOKIE, HeaderMap, SET_COOKIE};
use actix_web::test::TestRequest;

/// Sends the session cookie it was last given.
pub(crate) struct Browser<S> {
    app: S,
    pub(crate) cookie: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    /// The values of a header.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).map(|value| value.to_str().unwrap()).collect()
    }
}

impl<S, B> Browser<S>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    pub(crate) fn new(app: S) -> Self {
        Self { app, cookie: None }
    }

    /// The request for a path, begun: it runs when it is awaited.
    pub(crate) fn begin(&self, path: &str) -> S::Future {
        let request = TestRequest::post().uri(path);
        let request = match &self.cookie {
            Some(cookie) => request.insert_header((COOKIE, cookie.as_str())),
            None => request,
        };
        self.app.call(request.to_request())
    }

    pub(crate) async fn post(&mut self, path: &str) -> Reply {
        let reply = match self.begin(path).await {
            Ok(response) => {
                reply(response.status().as_u16(), response.headers().clone(), response.into_body()).await
            }
            // As the server does it.
            Err(error) => {
                let response = error.error_response();
                reply(response.status().as_u16(), response.headers().clone(), response.into_body()).await
            }
        };
        for cookie in reply.all(SET_COOKIE.as_str()) {
            let pair = cookie.split(';').next().unwrap_or_default().to_owned();
            self.cookie = (!pair.ends_with("=deleted")).then_some(pair);
        }
        reply
    }
}

async fn reply(status: u16, headers: HeaderMap, body: impl MessageBody) -> Reply {
    let body = to_bytes(body).await.ok().expect("a whole body");
    Reply { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
}
