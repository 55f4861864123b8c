//! How does one who writes an access log learn who called?

use std::sync::{Arc, OnceLock};

use crate::identity::Identity;

/// Where a route leaves the caller that it authenticated: put one into a request's extensions and keep a clone.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use bytes::Bytes;
/// # use empress_auth_core::endpoint::{CallerSlot, Dispatcher, Endpoints};
/// # use empress_auth_core::{Authenticator, MemoryStore};
/// # use http::Request;
/// # let store = MemoryStore::new();
/// # let routes = Endpoints::new(store.clone()).rest();
/// # let dispatchers = Dispatcher::group(routes, &Authenticator::new(store));
/// # let (_, me) = dispatchers.iter().find(|(path, _)| &**path == "/api/v1/me").unwrap();
/// let caller = CallerSlot::default();
/// let head = Request::get("/api/v1/me").extension(caller.clone()).body(())?;
/// me.respond(head, async |_limit| Ok(Bytes::new())).await;
/// assert!(caller.get().is_none(), "nobody was authenticated");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct CallerSlot(Arc<OnceLock<Identity>>);

impl CallerSlot {
    /// The caller, if one was authenticated.
    #[must_use]
    pub fn get(&self) -> Option<&Identity> {
        self.0.get()
    }

    pub(super) fn fill(&self, identity: Identity) {
        // A request is authenticated once; should it be twice, the first stays.
        let _ = self.0.set(identity);
    }
}
