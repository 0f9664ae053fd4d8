//! The stores that both sides can share, each with an Astro app that uses it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use session_tests::astro::Driver;

/// On files.
pub(crate) fn files() -> Arc<Driver> {
    static SHARED: Mutex<Weak<Driver>> = Mutex::new(Weak::new());
    shared(&SHARED, || Driver::files(&folder("files")))
}

/// On a Redis server.
pub(crate) fn redis() -> Arc<Driver> {
    static SHARED: Mutex<Weak<Driver>> = Mutex::new(Weak::new());
    shared(&SHARED, Driver::redis)
}

/// One app and one server for all tests that run at the time; the last of them stops both.
fn shared(slot: &Mutex<Weak<Driver>>, start: impl FnOnce() -> Driver) -> Arc<Driver> {
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    slot.upgrade().unwrap_or_else(|| {
        let driver = Arc::new(start());
        *slot = Arc::downgrade(&driver);
        driver
    })
}

/// A folder below cargo's own for tests' files; `cargo clean` takes it away.
pub(crate) fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("astro").join(name)
}

/// Makes each contract, an asynchronous function of a driver, a test on every driver.
macro_rules! on_every_driver {
    ($($contract:ident)*) => {
        crate::drivers::on_every_driver!(@ files $($contract)*);
        crate::drivers::on_every_driver!(@ redis $($contract)*);
    };
    (@ $driver:ident $($contract:ident)*) => {
        mod $driver {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $contract() {
                    super::$contract(&crate::drivers::$driver()).await;
                }
            )*
        }
    };
}
pub(crate) use on_every_driver;
