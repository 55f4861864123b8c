//! The store on SQLite, from outside.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod cursors;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod feed;
#[cfg(test)]
mod open;
#[cfg(test)]
#[cfg(feature = "oauth")]
mod provider;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod support;
#[cfg(test)]
mod writers;
