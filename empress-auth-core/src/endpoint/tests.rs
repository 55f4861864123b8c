//! Dispatchers are called directly, on a store in memory: no sockets.

mod dispatch;
mod drf;
mod frappe;
mod keys;
mod login_form;
mod matrix;
mod observers;
mod rest;
mod tokens;
mod users;
mod world;
