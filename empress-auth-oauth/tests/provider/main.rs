//! What the provider answers to clients, through the dispatchers that the adapters mount.
#![cfg(test)]

mod client_auth;
mod client_credentials;
mod codes;
mod cors;
mod introspection;
mod jwts;
mod limits;
mod metadata;
mod refreshing;
mod revocation;
mod token_endpoint;
mod userinfo;
mod world;
