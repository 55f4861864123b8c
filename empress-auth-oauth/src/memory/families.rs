//! Grants with the tokens made under them, and how they end.

use std::time::SystemTime;

use empress_auth_core::{Actor, AuditAction, MemoryWrite, StoreError, Subject, TokenId};

use super::holders::{Held, Item};
use super::{ProviderTables, conflict};
use crate::grant::{Grant, Granted, IssuedTokens, LastUsed, limits};

/// A grant as it lies in its table.
pub(super) struct Family {
    pub(super) grant: Grant,
    /// The code that it was made for.
    pub(super) code: Option<TokenId>,
    pub(super) last_used: Option<LastUsed>,
    /// In the order in which they were made; some may be gone.
    pub(super) access_tokens: Vec<TokenId>,
    pub(super) refresh_tokens: Vec<TokenId>,
}

impl ProviderTables {
    /// # Errors
    ///
    /// `Conflict` if a token of one of these ids is there.
    pub(super) fn check_new(&self, tokens: &IssuedTokens) -> Result<(), StoreError> {
        let refresh = tokens.refresh.as_ref();
        if self.access_tokens.contains_key(&tokens.access.id)
            || refresh.is_some_and(|row| self.refresh_tokens.contains_key(&row.id))
        {
            return Err(conflict("the token"));
        }
        Ok(())
    }

    /// # Errors
    ///
    /// `Conflict` if a grant or token of one of these ids is there.
    pub(super) fn check_new_grant(
        &self,
        grant: &Grant,
        tokens: &IssuedTokens,
    ) -> Result<(), StoreError> {
        if self.families.contains_key(&grant.id) {
            return Err(conflict("the grant"));
        }
        self.check_new(tokens)
    }

    pub(super) fn insert_family(&self, grant: Grant, code: Option<TokenId>, tokens: IssuedTokens) {
        let id = grant.id;
        self.holders.lock().insert(&grant.granted, Item::Grant(id));
        self.hand.lock().push(Item::Grant(id));
        let family = Family {
            grant,
            code,
            last_used: None,
            access_tokens: vec![tokens.access.id],
            refresh_tokens: tokens.refresh.iter().map(|row| row.id).collect(),
        };
        self.families.insert(id, family);
        self.insert_tokens(tokens);
    }

    /// Puts tokens of a family that names them.
    pub(super) fn insert_tokens(&self, tokens: IssuedTokens) {
        let IssuedTokens { access, refresh } = tokens;
        self.access_tokens.insert(access.id, access);
        if let Some(refresh) = refresh {
            self.refresh_tokens.insert(refresh.id, refresh);
        }
    }

    /// How many refresh tokens of a generation a grant has; as many as may be at most.
    pub(super) fn siblings(&self, id: TokenId, generation: u32) -> usize {
        self.newest_refresh_tokens(id, limits::SIBLINGS)
            .iter()
            .filter_map(|token| self.refresh_tokens.get(token))
            .filter(|row| row.generation == generation)
            .count()
    }

    /// When a grant may have another refresh token; `None` if it has room.
    pub(super) fn room_at(&self, id: TokenId) -> Option<SystemTime> {
        let newest = self.newest_refresh_tokens(id, limits::TOKENS);
        let oldest = newest.get(limits::TOKENS - 1)?;
        let issued_at = self.refresh_tokens.get(oldest)?.issued_at;
        Some(issued_at + limits::KEPT)
    }

    /// The last ones first.
    fn newest_refresh_tokens(&self, id: TokenId, limit: usize) -> Vec<TokenId> {
        let family = self.families.get(&id);
        family.map_or_else(Vec::new, |family| {
            let newest_first = family.refresh_tokens.iter().rev();
            newest_first.take(limit).copied().collect()
        })
    }

    /// Takes out the oldest tokens of a grant where it has too many; answers whether an access token was among them.
    pub(super) fn forget_oldest(&self, id: TokenId) -> bool {
        let Some((access, refresh)) = self.families.get_mut(&id).map(|mut family| {
            let access = take_oldest(&mut family.access_tokens);
            (access, take_oldest(&mut family.refresh_tokens))
        }) else {
            return false;
        };
        for token in &refresh {
            self.refresh_tokens.remove(token);
        }
        for token in &access {
            self.access_tokens.remove(token);
        }
        !access.is_empty()
    }

    /// Takes a grant out with all its tokens and the code that it was made for.
    pub(super) fn remove_family(&self, id: TokenId) -> Option<Family> {
        let (_, family) = self.families.remove(&id)?;
        for id in &family.access_tokens {
            self.access_tokens.remove(id);
        }
        for id in &family.refresh_tokens {
            self.refresh_tokens.remove(id);
        }
        if let Some(code) = &family.code {
            self.codes.remove(code);
        }
        let granted = &family.grant.granted;
        self.holders.lock().remove(granted, Item::Grant(id));
        Some(family)
    }

    /// Takes a code out that was not redeemed.
    pub(super) fn remove_code(&self, id: TokenId) {
        if let Some((_, code)) = self.codes.remove(&id) {
            self.holders.lock().remove(&code.granted, Item::Code(id));
        }
    }

    /// Ends what a user or client holds, under the event of the write that does so.
    pub(super) fn end_held(&self, held: Held) {
        for code in held.codes {
            self.remove_code(code);
        }
        for grant in held.grants.into_iter().chain(held.own) {
            self.remove_family(grant);
        }
    }

    /// Ends one grant, which is an event of its own; answers whether it was there.
    pub(super) fn end_family(&self, id: TokenId, at: SystemTime, write: MemoryWrite<'_>) -> bool {
        let Some(family) = self.remove_family(id) else {
            return false;
        };
        log_grant(AuditAction::GrantEnded, &family.grant, None, at, write);
        withdraw(&family.grant.granted, write);
        true
    }
}

fn take_oldest(tokens: &mut Vec<TokenId>) -> Vec<TokenId> {
    let too_many = tokens.len().saturating_sub(limits::TOKENS);
    tokens.drain(..too_many).collect()
}

/// Logs what became of a user's grant; what a client has for itself is not logged.
pub(super) fn log_grant(
    action: AuditAction,
    grant: &Grant,
    from: Option<std::net::IpAddr>,
    at: SystemTime,
    write: MemoryWrite<'_>,
) {
    if let Some(user_id) = &grant.granted.user_id {
        let grounds = Actor::assert_local_operator()
            .with_address(from)
            .grounds(at);
        write.log(action, user_id, Some(&grant.id.to_string()), &grounds);
    }
}

/// Ends what is remembered of the holder's tokens.
pub(super) fn withdraw(granted: &Granted, write: MemoryWrite<'_>) {
    write.withdraw(match &granted.user_id {
        Some(user_id) => Subject::User(user_id),
        None => Subject::Client(&granted.client_id),
    });
}
