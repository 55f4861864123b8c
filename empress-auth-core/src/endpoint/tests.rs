//! Dispatchers are called directly, on a store in memory: no sockets.

mod dispatch;
mod world;

use self::world::{Answer, Ask, World, get, post};
