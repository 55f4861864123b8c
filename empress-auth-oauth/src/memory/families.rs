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

    /// Takes out the oldest tokens of a grant, and of this newest generation of it, where it has too many; answers whether
    /// an access token was among them.
    pub(super) fn forget_oldest(&self, id: TokenId, newest: u32) -> bool {
        let Some((access, refresh)) = self.families.get(&id).map(|family| {
            let refresh = &family.refresh_tokens;
            // The newest ones come last.
            let last = refresh.iter().rev().take(limits::SIBLINGS + 1).copied();
            let too_many = refresh.len().saturating_sub(limits::TOKENS);
            let oldest = refresh.iter().take(too_many).copied();
            let too_many = family.access_tokens.len().saturating_sub(limits::TOKENS);
            let access = family.access_tokens.iter().take(too_many).copied();
            let access: Vec<_> = access.collect();
            (
                access,
                (last.collect::<Vec<_>>(), oldest.collect::<Vec<_>>()),
            )
        }) else {
            return false;
        };
        let (last, mut gone) = refresh;
        if let Some(sibling) = last.get(limits::SIBLINGS) {
            let row = self.refresh_tokens.get(sibling);
            gone.extend(row.filter(|row| row.generation == newest).map(|row| row.id));
        }
        if gone.is_empty() && access.is_empty() {
            return false;
        }
        if let Some(mut family) = self.families.get_mut(&id) {
            family.refresh_tokens.retain(|token| !gone.contains(token));
            family.access_tokens.drain(..access.len());
        }
        for token in &gone {
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
