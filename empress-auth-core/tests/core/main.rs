//! What core promises, tested from outside, with real concurrency where it is about time and order.

#[cfg(test)]
mod cache_key;
#[cfg(test)]
mod callers;
#[cfg(test)]
mod cancellation;
#[cfg(test)]
mod capacity;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod edits;
#[cfg(test)]
mod ended;
#[cfg(test)]
mod escalation;
#[cfg(test)]
mod flights;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod interrupted;
#[cfg(feature = "jwt")]
#[cfg(test)]
mod jwt;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod probe;
#[cfg(test)]
mod rechecked;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod secrecy;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod support;
#[cfg(test)]
mod uses;
#[cfg(test)]
mod watching;
