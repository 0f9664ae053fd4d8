//! The closures of `update`: what they may do, and that nothing of them is left behind.

use std::sync::Arc;

use session_runtime::testing::{Fault, FaultyStore, Operation};
use session_runtime::{
    Error, ErrorKind, Exchange, MemoryStore, Session, SessionConfig, SessionData, Sessions, Untyped, testing,
};

#[derive(SessionData)]
struct Shop {
    #[session(default)]
    cart: Vec<u32>,
    total: u32,
}

#[derive(SessionData)]
struct Strict {
    #[session(on_conflict = "interrupt")]
    total: u32,
}

type Act<S> = fn(&Session<S>) -> Result<(), Error>;

#[test]
fn a_closure_cannot_change_its_own_session() -> Result<(), Error> {
    let changes: [Act<Shop>; 7] = [
        |session| session.total().set(1),
        |session| session.total().remove(),
        |session| session.cart().take().map(drop),
        |session| session.total().update(|total| *total = Some(1)),
        |session| session.untyped().set("other", 1),
        |session| session.regenerate(),
        |session| session.destroy(),
    ];
    for (nth, change) in changes.into_iter().enumerate() {
        let session: Session<Shop> = testing::session();
        session.total().set(7)?;
        let own = session.clone();
        session.cart().update(move |cart| {
            let refused = change(&own).map_err(|error| error.kind());
            cart.push(u32::from(refused == Err(ErrorKind::Closed)));
        })?;
        assert_eq!((session.cart().get()?, session.total().get()?), (vec![1], Some(7)), "change {nth}");
    }
    Ok(())
}

#[test]
fn a_closure_may_read_and_discard_and_change_another_session() -> Result<(), Error> {
    let (session, other): (Session<Shop>, Session<Shop>) = (testing::session(), testing::session());
    session.total().set(7)?;
    let (own, another) = (session.clone(), other.clone());
    session.cart().update(move |cart| {
        cart.push(own.total().get().unwrap_or_default().unwrap_or_default());
        let inner = own.clone();
        let seen = another.cart().update(move |cart| cart.push(inner.total().get().map_or(0, |_| 1)));
        assert!(seen.is_ok());
    })?;
    assert_eq!((session.cart().get()?, other.cart().get()?), (vec![7], vec![1]));
    let own = session.clone();
    session.cart().update(move |cart| {
        own.discard();
        cart.push(1);
    })?;
    assert_eq!(session.cart().get()?, [1], "what was there before was discarded");
    session.total().set(8)
}

/// A closure that holds its session, as one does that reads another key.
fn remember(session: &Session<Shop>, held: &Arc<()>) -> Result<(), Error> {
    let (own, held) = (session.clone(), Arc::clone(held));
    session.cart().update(move |cart| {
        let _ = &held;
        cart.extend(own.total().get().ok().flatten());
    })
}

async fn begun(sessions: &Sessions, held: &Arc<()>) -> Result<Exchange, Error> {
    let exchange = sessions.begin([]);
    remember(&exchange.load().await?.view(), held)?;
    Ok(exchange)
}

#[tokio::test]
async fn nothing_is_left_of_a_request_whatever_became_of_it() -> Result<(), Error> {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let sessions = Sessions::new(store, SessionConfig::default());
    let held = Arc::new(());
    assert!(begun(&sessions, &held).await?.finish(200).await.error.is_none());
    begun(&sessions, &held).await?.finish(500).await;
    begun(&sessions, &held).await?.abandon();
    for fault in [Fault::Fails, Fault::LosesAnswer] {
        faults.on(Operation::Put, fault);
        faults.on(Operation::Load, Fault::Fails);
        assert!(begun(&sessions, &held).await?.finish(200).await.error.is_some());
        faults.clear();
    }
    faults.next(Operation::Put, Fault::Hangs);
    let exchange = begun(&sessions, &held).await?;
    let given_up = tokio::time::timeout(std::time::Duration::from_millis(10), exchange.finish(200)).await;
    assert!(given_up.is_err());
    drop(exchange);
    let exchange = begun(&sessions, &held).await?;
    exchange.load().await?.destroy()?;
    exchange.finish(200).await;
    assert_eq!(Arc::strong_count(&held), 1);
    Ok(())
}

/// Looks at its session when it is dropped, as a guard or a logger may.
struct Looks(Session<Shop>);

impl Drop for Looks {
    fn drop(&mut self) {
        let _ = self.0.total().set(u32::from(self.0.cart().exists()));
    }
}

#[test]
fn a_closure_may_use_its_session_when_it_is_dropped() -> Result<(), Error> {
    let ends: [Act<Shop>; 4] = [
        |session| session.cart().set(vec![]),
        |session| session.cart().remove(),
        |session| session.destroy(),
        |session| {
            session.discard();
            Ok(())
        },
    ];
    for end in ends {
        let session: Session<Shop> = testing::session();
        let guard = Looks(session.clone());
        session.cart().update(move |cart| {
            let _ = &guard;
            cart.push(1);
        })?;
        end(&session)?;
        assert!(session.total().get()?.is_some(), "it was dropped, and no lock was held");
    }
    Ok(())
}

#[tokio::test]
async fn what_one_declaration_asks_for_holds_although_another_one_was_used_first() -> Result<(), Error> {
    let changes: [Act<Untyped>; 3] = [
        |session| {
            session.set("total", 1)?;
            session.view::<Strict>().total().update(|total| *total = Some(2))
        },
        |session| {
            session.view::<Strict>().total().set(1)?;
            session.set("total", 2)
        },
        |session| {
            session.view::<Shop>().total().update(|total| *total = Some(1))?;
            session.view::<Strict>().total().update(|total| *total = Some(2))
        },
    ];
    for (nth, change) in changes.into_iter().enumerate() {
        let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
        let cookie = testing::cookie(&sessions, |session: &Session| session.set("total", 0)).await?;
        let mine = sessions.begin([cookie.as_bytes()]);
        change(&mine.load().await?.untyped())?;
        let other = sessions.begin([cookie.as_bytes()]);
        other.load().await?.untyped().set("total", 9)?;
        assert!(other.finish(200).await.error.is_none());
        let error = mine.finish(200).await.error.map(|error| error.kind());
        assert_eq!(error, Some(ErrorKind::Interrupted), "change {nth}");
    }
    Ok(())
}
