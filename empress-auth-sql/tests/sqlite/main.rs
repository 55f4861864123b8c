//! The store on SQLite, from outside.

#[cfg(test)]
mod contract;
#[cfg(test)]
mod feed;
#[cfg(test)]
mod open;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod support;
