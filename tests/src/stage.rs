//! Where a scenario is played.

use empress_auth_core::endpoint::Route;

use crate::app::Adapter;
use crate::program;
use crate::server::Server;
use crate::world::World;

/// Who serves, and from which store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// An application on a framework, with a store in the same process.
    Application(Adapter, StoreKind),
    /// The program, in a process of its own, on SQLite.
    Program,
}

/// Where the application keeps its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// In memory.
    Memory,
    /// In an SQLite file.
    Sqlite,
}

impl Stage {
    /// Whether anything can be played here; if not, that was said.
    #[must_use]
    pub fn is_set(self) -> bool {
        self != Self::Program || program::is_built()
    }

    /// The framework, for scenarios that choose what it serves.
    #[must_use]
    pub fn adapter(self) -> Adapter {
        match self {
            Self::Application(adapter, _) => adapter,
            Self::Program => panic!("the program serves nobody's application"),
        }
    }

    /// The people of a scenario, with a store of their own.
    #[must_use]
    pub fn world(self) -> World {
        match self {
            Self::Application(_, StoreKind::Memory) => World::in_memory(),
            Self::Application(_, StoreKind::Sqlite) => World::in_sqlite(),
            Self::Program => World::shared(),
        }
    }

    /// Starts all endpoints for pages at [`SITE`](crate::SITE), as the program serves them, and nothing beside them.
    ///
    /// What the world withdraws after that the program hears a moment later.
    #[must_use]
    pub fn serve_endpoints(self, world: &World) -> Server {
        match self {
            Self::Application(adapter, _) => {
                let endpoints = world.endpoints();
                let routes: Vec<Route> = [endpoints.all(), endpoints.frappe_root()].concat();
                adapter.serve_alone(world.auth_with_sessions(), routes)
            }
            Self::Program => program::serve(world),
        }
    }
}
