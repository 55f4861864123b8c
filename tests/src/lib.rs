//! What the scenarios are told with: an application described once and served by either adapter, or the program; people
//! with credentials in memory or in SQLite; a store that can fail; and a client that sends the bytes it is given.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a scenario that cannot go on has failed"
)]
#![expect(
    clippy::exhaustive_structs,
    clippy::exhaustive_enums,
    reason = "nobody depends on it"
)]

mod actix;
mod app;
mod browser;
mod client;
mod command;
mod cookie;
mod directory;
mod failing_keys;
mod failing_store;
mod guarded;
mod issuer;
mod live;
mod log;
mod long_run;
mod op;
mod own_store;
mod plain_pages;
mod program;
mod random;
mod server;
mod smuggling;
mod soon;
mod stage;
mod tower;
mod websocket;
mod world;

pub use self::actix::serve as serve_actix;
pub use self::app::{Account, Accounts, Adapter, App, Cors, PAGES, READ, ReadInvoices};
pub use self::browser::{Browser, Callback, Form, Step, encode};
pub use self::client::{Answer, Connection, Request, send_to};
pub use self::command::{node_directory, output_of, run_node, run_python};
pub use self::cookie::Cookie;
pub use self::failing_keys::FailingKeys;
pub use self::failing_store::FailingStore;
pub use self::guarded::Runs;
pub use self::issuer::Issuer;
pub use self::log::Log;
pub use self::long_run::{amount, now};
pub use self::op::{
    CALLBACK, CHALLENGE, Op, OpClient, SCOPES, STATE, VERIFIER, decode, unverified_claims,
    unverified_header,
};
pub use self::own_store::OwnStore;
pub use self::plain_pages::PlainPages;
pub use self::random::Random;
pub use self::server::Server;
pub use self::smuggling::{Smuggling, smuggling};
pub use self::soon::soon;
pub use self::stage::{Stage, StoreKind};
pub use self::tower::serve as serve_tower;
pub use self::websocket::{Frame, WebSocket};
pub use self::world::{PASSWORD, SITE, World, basic, wait};

/// What the README shows, compiled as it stands.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;

/// The same for the README of the provider's crate, which knows no adapter.
#[cfg(doctest)]
#[doc = include_str!("../../empress-auth-oauth/README.md")]
#[derive(Debug)]
pub struct ProviderReadme;

/// The same for the page on other issuers.
#[cfg(doctest)]
#[doc = include_str!("../../docs/other-issuers.md")]
#[derive(Debug)]
pub struct OtherIssuers;

/// The same for the page on moving here.
#[cfg(doctest)]
#[doc = include_str!("../../docs/migrating.md")]
#[derive(Debug)]
pub struct Migrating;
