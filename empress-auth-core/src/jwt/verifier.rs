//! `JwtVerifier`: whose tokens are good here, and what their claims mean.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use super::algorithm::Algorithm;
use super::caller::ClaimNames;
use super::claims::{Claims, ClaimsBuffer, VerifiedClaims};
use super::error::JwtError;
use super::key_source::KeySource;
use super::policy::{ClaimsPolicy, Types, without_tree};
use crate::clock::unix_millis;
use crate::memory::{self, CredentialMemory};
use crate::store::{CredentialStore, Lookup, StoreError};
use crate::stored::StoredCredential;

mod checks;

/// Verifies the JSON Web Tokens of one issuer that are meant for one audience; cheap to clone.
///
/// `TokenAuth::new` takes it in place of a store, and `.accept(verifier)` beside one. A token is good if one of the
/// issuer's `keys` signed it, with the one algorithm of that key; if `iss` and `aud` are these, byte for byte; if `exp` is
/// there and not past, and neither `nbf` nor `iat` in the future; and if its `typ` is `at+jwt`
/// ([RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)), so that no ID token passes for an access token.
///
/// The caller's user id is the issuer and `sub`, joined by `|`: `sub` alone may mean somebody else elsewhere. Roles are
/// taken from the claim `roles`, scopes from `scope` or `scp`; a token without them has none. A token that was verified
/// is believed for five minutes, so that the next sight of it costs a hash and a look-up; a key that its issuer withdraws
/// therefore ends at once what was not seen before, and the rest within that time.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use empress_auth_core::jwt::{JwtVerifier, KeySet};
///
/// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "2026",
/// #     "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let verifier = JwtVerifier::new("https://id.example", "https://api.example", KeySet::from_json(jwks)?);
///
/// let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
/// let error = verifier.verify("eyJhbGciOiJub25lIn0.e30.", now).unwrap_err();
/// assert_eq!(error.to_string(), "the header's algorithm is none that is supported");
/// # Ok::<(), empress_auth_core::jwt::KeyError>(())
/// ```
///
/// Without an audience there is no verifier, because a token for somebody else would be good here:
///
/// ```compile_fail
/// use empress_auth_core::jwt::{JwtVerifier, KeySet};
///
/// JwtVerifier::new("https://id.example", KeySet::default());
/// ```
#[derive(Clone)]
pub struct JwtVerifier(Arc<Settings>);

#[derive(Clone)]
struct Settings {
    keys: Arc<dyn KeySource>,
    policy: ClaimsPolicy,
    /// `None` for all.
    algorithms: Option<Vec<Algorithm>>,
    names: ClaimNames,
    is_stored: bool,
    keeps_claims: bool,
    /// Tells what this verifier accepted from what another one did, in a memory that they share.
    tag: u64,
    /// For a verifier that stands alone.
    memory: OnceLock<Arc<CredentialMemory>>,
}

/// Our own clock, on this node and on others.
const OWN_LEEWAY: Duration = Duration::from_secs(5);

impl JwtVerifier {
    /// Accepts access tokens of `issuer` for `audience`, which is what its configuration calls this service.
    #[must_use]
    pub fn new(issuer: &str, audience: &str, keys: impl KeySource) -> Self {
        Self(Arc::new(Settings {
            keys: Arc::new(keys),
            policy: ClaimsPolicy::new(issuer, audience),
            algorithms: None,
            names: ClaimNames::default(),
            is_stored: false,
            keeps_claims: false,
            tag: new_tag(),
            memory: OnceLock::new(),
        }))
    }

    /// Whoever accepts other tokens is another verifier: it shares no memory with the one before.
    fn change(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Arc::unwrap_or_clone(self.0);
        change(&mut settings);
        settings.tag = new_tag();
        settings.memory = OnceLock::new();
        Self(Arc::new(settings))
    }

    /// Accepts tokens for this audience, too.
    #[must_use]
    pub fn or_audience(self, audience: &str) -> Self {
        self.change(|settings| settings.policy.audiences.push(audience.into()))
    }

    /// How far the issuer's clock may be from ours, in whole seconds: 30 unless set, 60 at most.
    #[must_use]
    pub fn leeway(self, leeway: Duration) -> Self {
        self.change(|settings| settings.policy.set_leeway(leeway))
    }

    /// Accepts these algorithms only, of those that the issuer's keys are for.
    #[must_use]
    pub fn algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.change(|settings| settings.algorithms = Some(algorithms.into_iter().collect()))
    }

    /// Accepts tokens of these types only, in place of `at+jwt`; `application/` may be left out.
    #[must_use]
    pub fn types<S: AsRef<str>>(self, types: impl IntoIterator<Item = S>) -> Self {
        let types = types
            .into_iter()
            .map(|typ| without_tree(typ.as_ref()).into());
        let types = Types::Listed(types.collect());
        self.change(|settings| settings.policy.types = types)
    }

    /// Accepts tokens whose `typ` is `JWT` or missing, too: those of Entra ID, Keycloak and older servers.
    ///
    /// Such a token may be an ID token, made for another purpose. Those that show it are refused: by `at_hash`, `c_hash`
    /// or `events`, by Keycloak's claim `typ`, by Cognito's `token_use`. Of the others the audience must tell: it has to
    /// be this service's alone and no client's.
    #[must_use]
    pub fn danger_allow_untyped(self) -> Self {
        self.change(|settings| {
            let (Types::Listed(types) | Types::Untyped(types)) = &settings.policy.types;
            settings.policy.types = Types::Untyped(types.clone());
        })
    }

    /// Takes roles from the claim at this path, in place of `roles`: a list of strings.
    ///
    /// Keycloak's is `["realm_access", "roles"]`.
    #[must_use]
    pub fn roles_claim<S: AsRef<str>>(self, path: impl IntoIterator<Item = S>) -> Self {
        self.change(|settings| settings.names.set_roles(path))
    }

    /// Takes scopes from the claim at this path, in place of `scope` and `scp`: a list of strings, or a string with
    /// blanks between them.
    #[must_use]
    pub fn scopes_claim<S: AsRef<str>>(self, path: impl IntoIterator<Item = S>) -> Self {
        self.change(|settings| settings.names.set_scopes(path))
    }

    /// Takes the user's name from this claim, in place of `sub`; a token without it is named by `sub` all the same.
    ///
    /// A name is for people. What identifies the user is [`Identity::user_id`](crate::Identity::user_id).
    #[must_use]
    pub fn username_claim(self, name: &str) -> Self {
        self.change(|settings| settings.names.set_username(name))
    }

    /// Keeps what a token says, so that [`Identity::claims`](crate::Identity::claims) answers it: for a tenant, an e-mail
    /// address, whatever the issuer puts there that is no role and no scope.
    ///
    /// Each token that is remembered then takes the memory of its claims, besides.
    ///
    /// # Examples
    ///
    /// ```
    /// use empress_auth_core::{FromIdentity, Identity};
    ///
    /// struct Tenant(String);
    ///
    /// impl FromIdentity for Tenant {
    ///     type State = ();
    ///     type Error = std::convert::Infallible;
    ///
    ///     async fn from_identity(identity: Identity, (): &()) -> Result<Option<Self>, Self::Error> {
    ///         let tenant = identity.claims().and_then(|claims| claims.text("tenant"));
    ///         Ok(tenant.map(|tenant| Self(tenant.into_owned())))
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn keep_claims(self) -> Self {
        self.change(|settings| settings.keeps_claims = true)
    }

    /// Accepts a token only as long as the layer's store holds it, found by its `jti`: for tokens of our own issuer, so
    /// that disabling a user, revoking and changing roles hold at once.
    ///
    /// The store is asked for [`Lookup::Token`]; what it has must have the SHA-256 digest of the whole token. User, roles,
    /// scopes and client are then the store's, and the claims only what they must not contradict. The leeway becomes 5
    /// seconds.
    #[must_use]
    pub fn stored(self) -> Self {
        self.change(|settings| {
            settings.is_stored = true;
            settings.policy.set_leeway(OWN_LEEWAY);
        })
    }

    /// Verifies a token with the keys that are known now.
    ///
    /// # Errors
    ///
    /// [`JwtErrorKind::Invalid`](super::JwtErrorKind::Invalid), whatever is wrong.
    pub fn verify(&self, token: &str, now: SystemTime) -> Result<VerifiedClaims, JwtError> {
        let mut buffer = ClaimsBuffer::new();
        self.verify_in(&mut buffer, token, now)
            .map(|claims| claims.to_owned())
    }

    /// As [`verify`](Self::verify), without allocating: the claims stay in `buffer`.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn verify_in<'b>(
        &self,
        buffer: &'b mut ClaimsBuffer,
        token: &str,
        now: SystemTime,
    ) -> Result<Claims<'b>, JwtError> {
        let keys = self.0.keys.keys();
        Ok(self.check(buffer, token.as_bytes(), &keys, unix_millis(now))?)
    }

    /// As [`verify`](Self::verify); asks the source of the keys if the token names one that is not known.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), and [`JwtErrorKind::Unavailable`](super::JwtErrorKind::Unavailable) if the source
    /// does not answer.
    pub async fn verify_fetching(
        &self,
        token: &str,
        now: SystemTime,
    ) -> Result<VerifiedClaims, JwtError> {
        let keys = self.keys_for(token.as_bytes()).await?;
        let mut buffer = ClaimsBuffer::new();
        let claims = self.check(&mut buffer, token.as_bytes(), &keys, unix_millis(now))?;
        Ok(claims.to_owned())
    }

    /// Verifies an ID token that comes back to its issuer as a hint: its signature and `iss`, and that it is an ID token.
    ///
    /// It may have expired, and whom it was made for is the caller's to compare:
    /// [`audiences`](VerifiedClaims::audiences) (OpenID Connect RP-Initiated Logout §2).
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn verify_id_token_hint(
        &self,
        id_token: &str,
        now: SystemTime,
    ) -> Result<VerifiedClaims, JwtError> {
        let mut buffer = ClaimsBuffer::new();
        let hint = self.check_hint(&mut buffer, id_token.as_bytes(), unix_millis(now))?;
        Ok(hint.to_owned())
    }

    pub(super) fn issuer(&self) -> &str {
        &self.0.policy.issuer
    }

    pub(super) fn names(&self) -> &ClaimNames {
        &self.0.names
    }

    pub(super) fn is_stored(&self) -> bool {
        self.0.is_stored
    }

    pub(super) fn keeps_claims(&self) -> bool {
        self.0.keeps_claims
    }

    pub(super) fn tag(&self) -> u64 {
        self.0.tag
    }
}

/// Different for each, and nobody's guess.
fn new_tag() -> u64 {
    RandomState::new().hash_one(0)
}

/// Stands in for a store where only JSON Web Tokens are accepted: it knows no other credential.
impl CredentialStore for JwtVerifier {
    async fn find(&self, _: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        Ok(None)
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        let make = || memory::shared(CredentialMemory::DEFAULT_CAPACITY, None);
        Some(Arc::clone(self.0.memory.get_or_init(make)))
    }

    fn jwt_verifier(&self) -> Option<JwtVerifier> {
        Some(self.clone())
    }
}

impl fmt::Debug for JwtVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtVerifier")
            .field("issuer", &self.0.policy.issuer)
            .field("audiences", &self.0.policy.audiences)
            .finish_non_exhaustive()
    }
}
