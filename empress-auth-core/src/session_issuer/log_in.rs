//! A password for a session.

use std::fmt;
use std::net::IpAddr;

use zeroize::Zeroizing;

use super::SessionIssuer;
use crate::actor::Actor;
use crate::client_address::Origin;
use crate::clock::unix_millis;
use crate::csrf;
use crate::digest::SecretDigest;
use crate::identity::Identity;
use crate::login;
use crate::password::Password;
use crate::rejection::{Rejection, RejectionKind};
use crate::session::{Session, SessionRow};
use crate::store::{OwnedLookup, StoreError, StoreErrorKind};
use crate::token_text::{TokenId, TokenKind, TokenText};

impl SessionIssuer {
    /// Begins a session for whoever knows the password.
    ///
    /// `from` is the caller's address, for the limits on guessing and for the list of sessions. `shown` is the session that
    /// the browser showed: it ends, whosever it was, and its id is not used again, so that nobody can plant one and wait
    /// for its user to log in (P-11).
    ///
    /// # Errors
    ///
    /// [`WrongPassword`](RejectionKind::WrongPassword), also for an unknown or disabled user;
    /// [`RateLimited`](RejectionKind::RateLimited) after too many failures; [`Busy`](RejectionKind::Busy) and
    /// [`Unavailable`](RejectionKind::Unavailable) if nobody could look.
    pub async fn log_in(
        &self,
        username: &str,
        password: Password,
        from: Option<IpAddr>,
        shown: Option<&[u8]>,
    ) -> Result<MadeSession, Rejection> {
        let origin = from.map_or(Origin::Unknown, Origin::Address);
        self.log_in_from(username, password, origin, shown).await
    }

    /// As [`log_in`](Self::log_in), for an address that a proxy may hide.
    pub(crate) async fn log_in_from(
        &self,
        username: &str,
        password: Password,
        origin: Origin,
        shown: Option<&[u8]>,
    ) -> Result<MadeSession, Rejection> {
        let refused = |refusal| Rejection::refused(refusal, None, true);
        // Verifying takes one of them; hashing anew takes the other.
        let again = Password::new(password.expose_secret());
        let source = &self.source;
        let logged_in = login::check_password(source, username, password, origin)
            .await
            .map_err(refused)?;
        let from = origin.address();
        let actor = Actor::from(&logged_in.identity).with_address(from);
        if let (Some(outdated), Ok(again)) = (&logged_in.outdated, again) {
            login::replace_hash(source, &*self.users, &actor, outdated, again).await;
        }
        let replaces = match shown {
            Some(shown) => self
                .held(shown)
                .await
                .map_err(|error| unavailable(&error))?,
            None => None,
        };
        self.begin(&actor, &logged_in.identity, from, replaces)
            .await
    }

    /// Stores a session for who has just proven a password.
    async fn begin(
        &self,
        actor: &Actor,
        identity: &Identity,
        from: Option<IpAddr>,
        replaces: Option<TokenId>,
    ) -> Result<MadeSession, Rejection> {
        let now = self.source.clock.now();
        let expires_at = now.checked_add(self.terms.lifetime).unwrap_or(now);
        let grounds = actor.grounds(now);
        for _ in 0..ATTEMPTS {
            let key = self.tokens.store_key();
            let made =
                TokenText::generate(TokenKind::Session, unix_millis(now), key, &self.entropy);
            let (id, text) = made.map_err(|error| unavailable(&error))?;
            let username = identity.username();
            let mut session = Session::new(id, username, now, expires_at, self.terms.idle_timeout);
            session.from = from;
            let row = SessionRow::new(session, SecretDigest::sha256_of(text.as_bytes()));
            let inserted = self
                .sessions
                .insert_session(row, replaces, LIMIT_PER_USER, &grounds)
                .await;
            match inserted {
                Ok(session) => return Ok(MadeSession { session, text }),
                Err(error) => match error.kind() {
                    // Two ids of one millisecond met.
                    StoreErrorKind::Conflict => {}
                    // Deleted, disabled or given another password since this one was checked.
                    StoreErrorKind::NotFound | StoreErrorKind::ActorWithdrawn => {
                        return Err(Rejection::new(RejectionKind::WrongPassword));
                    }
                    StoreErrorKind::Unavailable | StoreErrorKind::LimitReached => {
                        return Err(unavailable(&error));
                    }
                },
            }
        }
        Err(unavailable(&"no free session id was found"))
    }

    /// The id of a session whose value somebody shows; `None` for anything else.
    pub(super) async fn held(&self, shown: &[u8]) -> Result<Option<TokenId>, StoreError> {
        let Some(token) = TokenText::parse(shown) else {
            return Ok(None);
        };
        if token.kind != TokenKind::Session || !token.is_tagged_by(self.tokens.store_key()) {
            return Ok(None);
        }
        let asked = self
            .source
            .store
            .find_owned(OwnedLookup::SessionId(token.id));
        Ok(asked
            .await?
            .filter(|row| row.digest.matches(shown) == Some(true))
            .map(|_| token.id))
    }
}

/// A session just made: its digest is stored already, and this is the only copy of its value.
///
/// Made only by [`SessionIssuer::log_in`].
pub struct MadeSession {
    session: Session,
    text: Zeroizing<String>,
}

impl MadeSession {
    /// The session as it is listed.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// The value of the cookie; [`PublicUrl::session_set`](crate::PublicUrl::session_set) makes the cookie.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.text
    }

    /// What a page shows beside the cookie to change something.
    #[must_use]
    pub fn csrf_token(&self) -> String {
        csrf::token_of(self.text.as_bytes())
    }
}

impl fmt::Debug for MadeSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeSession")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// How many sessions a user may have: more than anybody opens in a week, few enough to be listed.
const LIMIT_PER_USER: usize = 1_000;

const ATTEMPTS: usize = 8;

#[cold]
fn unavailable(cause: &dyn fmt::Display) -> Rejection {
    tracing::error!(error = %cause, "nobody could be logged in");
    Rejection::unavailable()
}
