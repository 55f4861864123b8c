//! Those who ask, and the servers that they ask: all endpoints and the scenarios' application, on both adapters, on one
//! store.

use std::num::NonZeroU32;

use empress_auth_core::limiter::LoginLimiter;
use empress_auth_core::{Clock, MemoryStore, NewToken, NewUser};
use empress_auth_tests::{Adapter, Server, World};

pub(crate) struct People {
    pub(crate) world: World,
    /// Each with a credential of every kind.
    pub(crate) users: Vec<Person>,
    /// Well-formed tokens that were good once.
    pub(crate) revoked: Vec<String>,
}

pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) keys: String,
}

/// Who has a password.
pub(crate) const LOGINS: [&str; 2] = ["grace", "heidi"];

const USERS: usize = 100;

impl People {
    /// With room for so many verified credentials in the store's memory.
    pub(crate) fn new(remembered: usize) -> Self {
        let clock = Clock::system();
        let store = MemoryStore::with(clock.clone(), remembered);
        let world = World::empty(store, clock);
        let person = |number: usize| {
            let name = format!("user{number}");
            world.user(NewUser::named(&name));
            let (token, keys) = (world.token(&name), world.keys(&name));
            Person { name, token, keys }
        };
        let users: Vec<_> = (0..USERS).map(person).collect();
        for name in LOGINS {
            world.user_with_password(name);
        }
        let revoked = (0..USERS)
            .map(|_| {
                let (id, token) = world.token_with_id("user0", NewToken::named("revoked"));
                world.revoke(id);
                token
            })
            .collect();
        Self {
            world,
            users,
            revoked,
        }
    }

    /// One server on each adapter. Wrong passwords are part of the load, so that nobody is told to wait.
    pub(crate) fn serve(&self) -> [Server; 2] {
        let limiter = LoginLimiter::new()
            .with_failures_per_account(NonZeroU32::MAX)
            .with_failures_per_network(NonZeroU32::MAX);
        let routes = self.world.endpoints().with_login_limiter(limiter).all();
        [Adapter::Tower, Adapter::Actix]
            .map(|adapter| adapter.serve_mounted(self.world.auth(), routes.clone()))
    }
}
