//! Tokens that carry no id of ours: DRF's, which is derived, and those that were made elsewhere.

use std::time::SystemTime;

use super::rules::token_of;
use super::{ATTEMPTS, TokenIssuer, last4};
use crate::actor::Actor;
use crate::api_token::{ApiToken, NewToken, TokenForm, TokenRow};
use crate::clock::unix_millis;
use crate::digest::SecretDigest;
use crate::issue_error::{IssueError, IssueErrorKind};
use crate::master_key::MasterKey;
use crate::permission;
use crate::secret::MadeToken;
use crate::store::StoreErrorKind;
use crate::token_text::{TokenId, TokenKind, TokenText};

impl TokenIssuer {
    /// Takes over a token that exists elsewhere and whose digest `digest` is: DRF's, knox's, Sanctum's, …
    ///
    /// # Errors
    ///
    /// `NotPermitted` unless the actor administers; `Conflict` if the digest is there already; as [`create`](Self::create).
    pub async fn import(
        &self,
        actor: impl Into<Actor>,
        username: &str,
        new: NewToken,
        digest: SecretDigest,
    ) -> Result<TokenId, IssueError> {
        let actor = &actor.into();
        permission::check_administers(actor)?;
        if digest.password_hash().is_some() {
            return Err(IssueError::invalid(
                "a token is found by its digest, which a slow hash is not",
            ));
        }
        let now = self.clock.now();
        let token = ApiToken {
            form: TokenForm::Imported,
            ..token_of(actor, username, new, now)?
        };
        let grounds = actor.grounds(now);
        let mut attempts = 1..ATTEMPTS;
        loop {
            let row = TokenRow {
                token: ApiToken {
                    id: self.row_id(now)?,
                    ..token.clone()
                },
                digest: digest.clone(),
            };
            let id = row.token.id;
            let put = self
                .tokens
                .insert_token(row, self.limit_per_user, &grounds)
                .await;
            match put {
                Ok(_) => return Ok(id),
                // Two ids of one millisecond met, or the digest is there already: then it is in the end, too.
                Err(error)
                    if error.kind() == StoreErrorKind::Conflict && attempts.next().is_some() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The user's DRF token: the same one each time until it is revoked, and stored nowhere in clear.
    ///
    /// It may do everything its user may and does not end, whoever asks first.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create); `NotPermitted` also with a credential of limited scopes, and with a token that ends.
    pub async fn drf_token(
        &self,
        actor: impl Into<Actor>,
        username: &str,
        master_key: &MasterKey,
    ) -> Result<MadeToken, IssueError> {
        let actor = &actor.into();
        permission::check_owner_or_admin(actor, username, &permission::writes_own_tokens())?;
        if actor.identity().is_some_and(permission::is_limited) {
            return Err(IssueError::not_permitted_because(
                "A DRF token can do more than the credential it is asked for with.",
            ));
        }
        let now = self.clock.now();
        let new = NewToken::named("api-token-auth");
        for _ in 0..ATTEMPTS {
            let user = self
                .users
                .user(username)
                .await?
                .ok_or_else(|| IssueError::not_found("user"))?;
            let text = master_key.drf_token(&user.id, user.token_epoch);
            let token = token_of(actor, username, new.clone(), now)?;
            let token = ApiToken {
                id: self.row_id(now)?,
                form: TokenForm::Drf,
                last4: last4(&text),
                expires_at: None,
                ..token
            };
            let row = TokenRow {
                token,
                digest: SecretDigest::sha256_of(text.as_bytes()),
            };
            match self
                .tokens
                .put_drf_token(row, user.token_epoch, &actor.grounds(now))
                .await
            {
                Ok(id) => return Ok(MadeToken { id, text }),
                // It was revoked between the two calls: the next one is another.
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(IssueError::new(
            IssueErrorKind::Unavailable,
            "the token was revoked again and again",
        ))
    }

    /// The id of a row whose token carries none.
    fn row_id(&self, now: SystemTime) -> Result<TokenId, IssueError> {
        let millis = unix_millis(now);
        let key = self.tokens.store_key();
        Ok(TokenText::generate(TokenKind::Api, millis, key, &self.entropy)?.0)
    }
}
