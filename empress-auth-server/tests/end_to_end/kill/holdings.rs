//! What one user holds as far as its client was told, and what an operation makes of it.

use std::collections::BTreeMap;

use empress_auth_tests::Request;

use super::stored::{Digest, Stored, StoredGrant};

/// A credential, as a request shows it.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) field: &'static str,
    pub(super) value: String,
}

impl Shown {
    pub(super) fn put_into(&self, request: Request) -> Request {
        request.header(self.field, &self.value)
    }
}

/// What a request does, if it does it.
#[derive(Debug, Clone)]
pub(super) enum Effect {
    TokenMade,
    /// Made, or the one that was there: of the kind that Django REST framework has.
    TokenObtained,
    TokensRevoked(Vec<Digest>),
    SecretReplaced,
    SecretWithdrawn,
    LoggedIn,
    LoggedOut(Digest),
    /// Nothing that can be lost: the client asks for another.
    CodeMade,
    CodeRedeemed,
    /// Of this grant, with this refresh token.
    Refreshed {
        grant: Digest,
        shown: Digest,
    },
    GrantEnded(Digest),
}

impl Effect {
    /// Does it to `stored`, whole. `made` are the digests of what is made: of a refresh token and an access token, or one.
    fn apply(&self, stored: &mut Stored, made: &[Digest]) {
        match self {
            Self::TokenMade | Self::TokenObtained => {
                let is_new = made
                    .first()
                    .is_some_and(|digest| stored.tokens.insert(digest.clone()));
                stored.log("token.created", is_new.into());
            }
            Self::TokensRevoked(digests) => {
                stored.tokens.retain(|token| !digests.contains(token));
                stored.log("token.revoked", i64::try_from(digests.len()).unwrap());
                stored.announced += 1;
            }
            Self::SecretReplaced => {
                stored.secret = made.first().cloned();
                stored.log("keys.generated", 1);
                stored.announced += 1;
            }
            Self::SecretWithdrawn => {
                stored.secret = None;
                stored.log("keys.revoked", 1);
                stored.announced += 1;
            }
            Self::LoggedIn => {
                stored.sessions.extend(made.iter().cloned());
                stored.log("session.created", 1);
            }
            Self::LoggedOut(digest) => {
                stored.sessions.remove(digest);
                stored.log("session.ended", 1);
                stored.announced += 1;
            }
            Self::CodeMade => {}
            Self::CodeRedeemed => {
                if let [refresh, access] = made {
                    let grant = StoredGrant {
                        access: [access.clone()].into(),
                        refresh: [(refresh.clone(), 1)].into(),
                        used: None,
                        has_code: true,
                    };
                    stored.grants.insert(refresh.clone(), grant);
                    stored.log("grant.created", 1);
                }
            }
            Self::Refreshed { grant, shown } => {
                if let ([refresh, access], Some(grant)) = (made, stored.grants.get_mut(grant)) {
                    let generation = grant.refresh[shown] + 1;
                    grant.access.insert(access.clone());
                    grant.refresh.insert(refresh.clone(), generation);
                    grant.used = Some(shown.clone());
                }
            }
            Self::GrantEnded(grant) => {
                stored.grants.remove(grant);
                stored.log("grant.ended", 1);
                stored.announced += 1;
            }
        }
    }
}

/// What a user holds.
#[derive(Debug)]
pub(super) struct Holdings {
    stored: Stored,
    /// How what is stored is shown; not of what was made by an operation whose answer was lost.
    shown: BTreeMap<Digest, Shown>,
    /// What must not open any more.
    pub(super) withdrawn: Vec<Shown>,
}

impl Holdings {
    pub(super) const fn new(stored: Stored) -> Self {
        Self {
            stored,
            shown: BTreeMap::new(),
            withdrawn: Vec::new(),
        }
    }

    pub(super) const fn stored(&self) -> &Stored {
        &self.stored
    }

    /// What opens.
    pub(super) fn holding(&self) -> impl Iterator<Item = &Shown> {
        self.shown.values()
    }

    pub(super) fn shown(&self, digest: &Digest) -> Option<&Shown> {
        self.shown.get(digest)
    }

    /// An operation was answered. `made` is what it made, and how that is shown if it opens anything.
    pub(super) fn answered(&mut self, effect: &Effect, made: Vec<(Digest, Option<Shown>)>) {
        let mut digests = Vec::new();
        for (digest, shown) in made {
            if let Some(shown) = shown {
                let is_back = self.withdrawn.iter().any(|old| old.value == shown.value);
                assert!(!is_back, "what was withdrawn was made again: {effect:?}");
                self.shown.insert(digest.clone(), shown);
            }
            digests.push(digest);
        }
        effect.apply(&mut self.stored, &digests);
        self.take_out_what_is_gone();
    }

    /// Makes what is stored after a kill one's own, and answers whether the operation under way was done.
    ///
    /// # Errors
    ///
    /// What is wrong with it: it is neither as before that operation nor as after it.
    pub(super) fn settle(
        &mut self,
        under_way: Option<&Effect>,
        stored: Stored,
    ) -> Result<bool, String> {
        if stored == self.stored {
            return Ok(false);
        }
        let mut after = self.stored.clone();
        if let Some(effect) = under_way {
            effect.apply(&mut after, &self.unknown_in(&stored));
        }
        if stored != after {
            return Err(format!(
                "answered: {:#?}\nunder way: {under_way:?}\nstored: {stored:#?}",
                self.stored
            ));
        }
        self.stored = stored;
        self.take_out_what_is_gone();
        Ok(true)
    }

    /// The digests that nobody was told of, that of a refresh token first.
    fn unknown_in(&self, stored: &Stored) -> Vec<Digest> {
        let tokens = stored.tokens.difference(&self.stored.tokens);
        let sessions = stored.sessions.difference(&self.stored.sessions);
        let secret = stored
            .secret
            .iter()
            .filter(|secret| self.stored.secret.as_ref() != Some(secret));
        let of_grants = |stored: &Stored| {
            let grants = stored.grants.values();
            let refresh = grants.clone().flat_map(|grant| grant.refresh.keys());
            let access = grants.flat_map(|grant| &grant.access);
            refresh.chain(access).cloned().collect::<Vec<Digest>>()
        };
        let known = of_grants(&self.stored);
        let mut unknown: Vec<Digest> = tokens.chain(sessions).chain(secret).cloned().collect();
        unknown.extend(
            of_grants(stored)
                .into_iter()
                .filter(|digest| !known.contains(digest)),
        );
        unknown
    }

    fn take_out_what_is_gone(&mut self) {
        let stored = &self.stored;
        let holds = |digest: &Digest| {
            stored.tokens.contains(digest)
                || stored.sessions.contains(digest)
                || stored.secret.as_ref() == Some(digest)
                || stored
                    .grants
                    .values()
                    .any(|grant| grant.access.contains(digest))
        };
        self.shown.retain(|digest, shown| {
            let holds = holds(digest);
            if !holds {
                self.withdrawn.push(shown.clone());
            }
            holds
        });
    }
}
