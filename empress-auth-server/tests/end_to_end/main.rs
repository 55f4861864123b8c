//! The built program, called by what people call it with, killed, watched and starved: what it promises as a whole.

#[path = "../program/support.rs"]
#[cfg(test)]
#[expect(dead_code, reason = "shared with the tests of the command line")]
mod support;

#[path = "../../../tests/proxies/front.rs"]
#[cfg(test)]
mod front;

#[cfg(test)]
mod broken_disk;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod canaries;
#[cfg(test)]
mod cold_start;
#[cfg(test)]
mod database;
#[cfg(test)]
mod fronts;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod guesses;
#[cfg(test)]
mod guides;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod id_token_algs;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod oauth_guide;
#[cfg(test)]
mod oauth_wire;
#[cfg(test)]
mod one_program;
#[cfg(test)]
mod party;
#[cfg(test)]
mod races;
#[cfg(test)]
mod withdrawal;
