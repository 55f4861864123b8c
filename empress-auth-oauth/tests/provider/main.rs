//! What the provider answers to clients, through the dispatchers that the adapters mount.
#![cfg(test)]

mod absent;
mod administration;
mod client_auth;
mod client_credentials;
mod codes;
mod cors;
mod faulty_store;
mod forged;
mod introspection;
mod jwts;
mod limits;
mod log;
mod metadata;
mod outage;
mod refreshing;
mod revocation;
mod secrecy;
mod token_endpoint;
mod userinfo;
mod world;
