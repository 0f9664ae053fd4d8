//! `Session<S>` and `Option<Session<S>>` as axum extractors, and `Error` as a response.

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;

use crate::{Error, ErrorKind, ErrorResponse, Exchange, Session, SessionData};

impl<S: SessionData, State: Send + Sync> FromRequestParts<State> for Session<S> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Self::Rejection> {
        let session = <Self as OptionalFromRequestParts<State>>::from_request_parts(parts, state).await?;
        session.ok_or_else(|| {
            let hint = "add `.layer(SessionLayer::new(store))` after the routes, and after middleware that uses the session";
            Error::hinted(ErrorKind::MissingLayer, hint)
        })
    }
}

impl<S: SessionData, State: Send + Sync> OptionalFromRequestParts<State> for Session<S> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Option<Self>, Self::Rejection> {
        match parts.extensions.get::<Exchange>() {
            Some(exchange) => exchange.load().await.map(|handle| Some(Self::new(handle))),
            None => Ok(None),
        }
    }
}

/// The error's status and one plain sentence; the layer puts the configuration's own answer in its place.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let answer = ErrorResponse::plain(&self);
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let content_type = HeaderValue::try_from(answer.content_type);
        let mut response = (status, answer.body).into_response();
        if let Ok(content_type) = content_type {
            response.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        if self.kind() == ErrorKind::MissingLayer {
            crate::log::request_failed(&self);
        }
        response.extensions_mut().insert(self);
        response
    }
}
