//! What a provider keeps in SQLite.

mod audit;
mod contract;
mod feed;
mod ids;
mod races;
mod secrets;
mod support;
