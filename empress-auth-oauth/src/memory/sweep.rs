//! Rows that have expired go a few at a time, with the writes that add others.
//!
//! A hand goes round over all codes and grants: each write that adds one looks at two, so that a table is never more
//! than about twice what is alive. Nothing depends on it: what has expired is refused, whether it is there or not.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use dashmap::DashMap;
use empress_auth_core::TokenId;

use super::ProviderTables;
use super::holders::Item;
use crate::grant::CodeUse;

/// All codes and grants, in the order in which they are looked at; some may be gone.
#[derive(Default)]
pub(super) struct Hand(VecDeque<Item>);

impl Hand {
    pub(super) fn push(&mut self, item: Item) {
        self.0.push_back(item);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// How many codes and grants one write looks at.
const LOOKED_AT: usize = 2;

/// How long an access token stays after it expired, as in SQLite, while its grant goes on: whoever revokes with it what it
/// came with still can.
const KEEP_EXPIRED_ACCESS: Duration = Duration::from_secs(60 * 60);

/// How many tokens of one grant and kind one look takes out.
const TOKENS_AT_ONCE: usize = 16;

impl ProviderTables {
    /// Looks at the next few, and takes out of them what has expired at `now`.
    pub(super) fn sweep(&self, now: SystemTime) {
        for _ in 0..LOOKED_AT {
            let Some(item) = self.hand.lock().0.pop_front() else {
                return;
            };
            let stays = match item {
                Item::Code(id) => self.sweep_code(id, now),
                Item::Grant(id) => self.sweep_family(id, now),
            };
            if stays {
                self.hand.lock().push(item);
            }
        }
    }

    /// Answers whether the code is to be looked at again; one that was redeemed goes with its grant.
    fn sweep_code(&self, id: TokenId, now: SystemTime) -> bool {
        let code = self.codes.get(&id).map(|code| (code.used, code.expires_at));
        match code {
            None | Some((CodeUse::Redeemed(_), _)) => false,
            Some((CodeUse::Unused | CodeUse::Spent, expires_at)) if expires_at <= now => {
                self.remove_code(id);
                false
            }
            Some((CodeUse::Unused | CodeUse::Spent, _)) => true,
        }
    }

    /// Answers whether the grant is to be looked at again: while it has tokens.
    fn sweep_family(&self, id: TokenId, now: SystemTime) -> bool {
        let Some(family) = self.families.get(&id).map(|family| {
            let access_tokens = first(&family.access_tokens);
            let refresh_tokens = first(&family.refresh_tokens);
            (family.grant.expires_at, access_tokens, refresh_tokens)
        }) else {
            return false;
        };
        let (grant_expires_at, access_tokens, refresh_tokens) = family;
        let gone = remove_expired(&self.access_tokens, &access_tokens, |row| {
            let is_kept = now < grant_expires_at && now < row.expires_at + KEEP_EXPIRED_ACCESS;
            row.expires_at <= now && !is_kept
        });
        let gone_too = remove_expired(&self.refresh_tokens, &refresh_tokens, |row| {
            row.expires_at.min(grant_expires_at) <= now
        });
        let is_empty = self.families.get_mut(&id).is_none_or(|mut family| {
            family.access_tokens.drain(..gone);
            family.refresh_tokens.drain(..gone_too);
            family.access_tokens.is_empty() && family.refresh_tokens.is_empty()
        });
        if is_empty {
            self.remove_family(id);
        }
        !is_empty
    }
}

fn first(ids: &[TokenId]) -> Vec<TokenId> {
    ids.iter().take(TOKENS_AT_ONCE).copied().collect()
}

/// Takes out those that have expired before the first that has not, and answers how many of `ids` are gone.
fn remove_expired<R>(
    table: &DashMap<TokenId, R>,
    ids: &[TokenId],
    has_expired: impl Fn(&R) -> bool,
) -> usize {
    let stays = |id: &TokenId| table.get(id).is_some_and(|row| !has_expired(&row));
    let gone = ids.iter().position(stays).unwrap_or(ids.len());
    for id in ids.iter().take(gone) {
        table.remove(id);
    }
    gone
}
