//! What does authentication cost, and what does it cost elsewhere?
//!
//! Four programs ask that of one catalog of variants, so that every figure is about the same code:
//!
//! 1. `times`: nanoseconds a call, all variants of a group in turn (medians of paired batches);
//! 2. `counts`: allocations a call and bytes a token, under a counting allocator;
//! 3. `instr`: instructions a call under callgrind, the hash replaced by a stand-in;
//! 4. `wire`: requests a second over loopback, beside bare frameworks, DRF, FastAPI and oidc-provider;
//!
//! and a fifth, `stores`, looks at a million tokens in SQLite beside plain rusqlite on the same file.
//!
//! `ours`, `ours_oauth` and `ours_sqlite` are what knows the library; the rest is what it is compared with.

pub mod actix_drive;
pub mod actix_peers;
pub mod axum_drive;
pub mod axum_login_peer;
pub mod axum_peers;
pub mod catalog;
pub mod contended;
pub mod core_peers;
pub mod cpu;
pub mod data;
pub mod hash;
pub mod jwt_peers;
pub mod jwt_servers;
pub mod ours;
pub mod ours_oauth;
pub mod ours_sqlite;
pub mod refusals;
pub mod report;
pub mod server;
pub mod sqlite_file;
pub mod sqlite_peers;
pub mod timing;
pub mod wrk;
