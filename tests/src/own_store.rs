//! A store on an application's own table: no memory, no key for tags, every kind of token in it.

use std::sync::Arc;

use empress_auth_core::{
    CredentialStore, Lookup, Scopes, SecretDigest, StoreError, StoredCredential, StoredUser,
    TokenId, TokenKind,
};

/// Tokens found by the id that they carry.
#[derive(Debug, Clone, Default)]
pub struct OwnStore(Vec<(TokenId, Arc<StoredCredential>)>);

impl OwnStore {
    /// Adds a token of this kind for `username` and answers its text.
    pub fn add(&mut self, kind: TokenKind, username: &str, scopes: Scopes) -> String {
        let id = TokenId::from_number(self.0.len().try_into().expect("a number"));
        let checked = format!("{id}{:0>27}", self.0.len());
        let text = format!("{}{checked}{}", kind.prefix(), checksum(&checked));
        let digest = SecretDigest::sha256_of(text.as_bytes());
        let user = StoredUser::new(username, username).with_roles(["Manager"]);
        let row = StoredCredential::new(&id.to_string(), digest, user).with_scopes(scopes);
        self.0.push((id, Arc::new(row)));
        text
    }
}

/// Six base62 digits of the CRC-32.
fn checksum(checked: &str) -> String {
    let number = TokenId::from_number(u64::from(crc32fast::hash(checked.as_bytes())));
    // An id is written with eleven of the same digits.
    number.to_string().split_off(5)
}

impl CredentialStore for OwnStore {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        let (Lookup::Token(wanted) | Lookup::SessionId(wanted)) = what else {
            return Ok(None);
        };
        let found = self.0.iter().find(|(id, _)| *id == wanted);
        Ok(found.map(|(_, row)| StoredCredential::clone(row)))
    }
}
