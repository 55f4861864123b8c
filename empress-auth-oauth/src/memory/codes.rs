//! Codes in memory: one write redeems one.

use empress_auth_core::{AuditAction, MemoryWrite, StoreError, TokenId};

use super::families::log_grant;
use super::holders::{Held, Item};
use super::{ProviderTables, conflict, not_found};
use crate::grant::{CodeRow, CodeUse, Grant, Granted, IssuedTokens, limits};
use crate::store::Redeemed;

impl ProviderTables {
    pub(super) fn insert_code(
        &self,
        code: CodeRow,
        write: MemoryWrite<'_>,
    ) -> Result<(), StoreError> {
        let granted = &code.granted;
        if !self.is_usable(&granted.client_id, granted.user_id.as_deref(), write) {
            return Err(not_found("client or enabled user"));
        }
        if self.codes.contains_key(&code.id) {
            return Err(conflict("the code"));
        }
        self.sweep(code.issued_at);
        self.make_room_for_code(granted);
        self.holders.lock().insert(granted, Item::Code(code.id));
        self.hand.lock().push(Item::Code(code.id));
        self.codes.insert(code.id, code);
        Ok(())
    }

    pub(super) fn redeem_code(
        &self,
        id: TokenId,
        mut grant: Grant,
        tokens: IssuedTokens,
        write: MemoryWrite<'_>,
    ) -> Result<Redeemed, StoreError> {
        let found = self
            .codes
            .get(&id)
            .map(|code| (code.used, code.granted.clone()));
        let granted = match found {
            Some((CodeUse::Redeemed(grant), _)) => return Ok(Redeemed::Again(grant)),
            Some((CodeUse::Spent, _)) | None => return Ok(Redeemed::Gone),
            Some((CodeUse::Unused, granted)) => granted,
        };
        if !self.is_usable(&granted.client_id, granted.user_id.as_deref(), write) {
            return Ok(Redeemed::Gone);
        }
        // Since the code was read its user may have logged in again.
        grant.granted.session_id = granted.session_id;
        self.check_new_grant(&grant, &tokens)?;
        if let Some(mut code) = self.codes.get_mut(&id) {
            code.used = CodeUse::Redeemed(grant.id);
        }
        self.holders.lock().remove(&granted, Item::Code(id));
        self.sweep(grant.created_at);
        self.make_room_for_grant(&grant, write);
        let (action, at) = (AuditAction::GrantCreated, grant.created_at);
        log_grant(action, &grant, grant.from, at, write);
        self.insert_family(grant, Some(id), tokens);
        Ok(Redeemed::First)
    }

    /// Takes out the oldest codes of a user for a client, if there are too many.
    fn make_room_for_code(&self, granted: &Granted) {
        let held = self.held_by(granted);
        let too_many = (held.codes.len() + 1).saturating_sub(limits::CODES);
        for code in held.codes.into_iter().take(too_many) {
            self.remove_code(code);
        }
    }

    /// Ends the oldest grants of a user to a client, if there are too many.
    fn make_room_for_grant(&self, grant: &Grant, write: MemoryWrite<'_>) {
        let held = self.held_by(&grant.granted);
        let too_many = (held.grants.len() + 1).saturating_sub(limits::GRANTS);
        for oldest in held.grants.into_iter().take(too_many) {
            self.end_family(oldest, grant.created_at, write);
        }
    }

    fn held_by(&self, granted: &Granted) -> Held {
        let user_id = granted.user_id.as_deref().unwrap_or_default();
        let holders = self.holders.lock();
        holders.of_both(user_id, &granted.client_id)
    }

    pub(super) fn spend_code(&self, id: TokenId) {
        if let Some(mut code) = self.codes.get_mut(&id)
            && code.used == CodeUse::Unused
        {
            code.used = CodeUse::Spent;
        }
    }
}
