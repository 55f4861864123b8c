//! The program as scripts and people use it: what it answers is a contract, and each of its words is tried here.

#[cfg(test)]
mod broken_configurations;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod completions;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod crowds;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod execute;
#[cfg(test)]
mod first_start;
#[cfg(test)]
mod help;
#[cfg(test)]
mod issuer;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod master_key;
#[cfg(test)]
mod migrate;
#[cfg(test)]
mod output;
#[cfg(test)]
mod restoring;
#[cfg(test)]
mod serving;
#[cfg(test)]
mod signing_keys;
#[cfg(test)]
mod slow_clients;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod unread_log;
#[cfg(test)]
mod users;
