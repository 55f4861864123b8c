//! The library under test. Everything that knows its API is in this file.

use std::pin::Pin;

use crate::{catalog::Entry, contended::Contended};

/// `Authenticator::start` on a cached token: one token over and over.
pub const START_HOT: &str = "ours: start(), one token";
/// The same, a different token each time.
pub const START_SMALL: &str = "ours: start(), each of 10,000";
/// The same among a million.
pub const START_LARGE: &str = "ours: start(), each of 1,000,000";
/// The layer, and a handler that does not look.
pub const LAYER: &str = "ours: .layer(TokenAuth)";
/// The layer, and a handler that takes `Authenticated`.
pub const EXTRACTOR: &str = "ours: .layer(TokenAuth), handler takes Authenticated";
/// actix: the wrap, and a handler that does not look.
pub const WRAP: &str = "ours: .wrap(TokenAuth)";
/// actix: the wrap, and a handler that takes `Authenticated`.
pub const WRAP_EXTRACTOR: &str = "ours: .wrap(TokenAuth), handler takes Authenticated";
/// No header sent.
pub const NO_HEADER: &str = "ours: no header";
/// A handler that answers the bytes of [`NO_HEADER`].
pub const NO_HEADER_TWIN: &str = "handler answering the bytes of: no header";
/// A token sent that nobody has.
pub const UNKNOWN: &str = "ours: unknown token";
/// A handler that answers the bytes of [`UNKNOWN`].
pub const UNKNOWN_TWIN: &str = "handler answering the bytes of: unknown token";

/// Our lines of the catalog.
#[must_use]
pub fn entries() -> Vec<Entry> {
    Vec::new()
}

/// Two threads, one token: `start` alone, and through the axum layer.
#[must_use]
pub fn contended() -> Vec<Contended> {
    Vec::new()
}

/// Bytes in use, as the counting allocator knows them.
pub struct Memory {
    /// A token in `MemoryStore`, of a million.
    pub per_token: f64,
    /// A verified token in the cache, less the identity's own user data.
    pub per_cached_token: f64,
}

/// Builds the store while asking `in_use` how much is in use.
#[must_use]
pub fn memory(_in_use: &dyn Fn() -> usize) -> Option<Memory> {
    None
}

/// A server that never ends, and the token that it lets in.
pub struct Serving {
    /// What goes behind `Bearer`.
    pub token: String,
    /// To be awaited.
    pub server: Pin<Box<dyn Future<Output = std::io::Result<()>>>>,
}

/// The servers of the wire bench: `axum`, `axum-json`, `actix`, `actix-json`.
pub async fn serve(_variant: &str, _listener: std::net::TcpListener) -> Option<Serving> {
    None
}
