//! Do the claims of a well signed token fit this service?
//!
//! 1. [`check_type`](ClaimsPolicy::check_type): an access token, not another kind of token from the same issuer
//!    ([RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)).
//! 2. [`check_issuer`](ClaimsPolicy::check_issuer) and [`check_audience`](ClaimsPolicy::check_audience): both required,
//!    compared byte by byte ([RFC 8725 §3.8, §3.9](https://www.rfc-editor.org/rfc/rfc8725#section-3.8)).
//! 3. [`check_names`]: `sub` and `jti`, where they stand, are strings.
//! 4. [`check_times`](ClaimsPolicy::check_times): `exp` required, `nbf` and `iat` where they stand
//!    ([RFC 7519 §4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1)).

use std::time::Duration;

use super::error::Fault;
use super::json::{Object, Text, Value};
use super::numeric_date::{self, Round};

/// What is asked of the claims.
#[derive(Debug, Clone)]
pub(super) struct ClaimsPolicy {
    pub(super) issuer: Box<str>,
    /// One of them must be named.
    pub(super) audiences: Vec<Box<str>>,
    pub(super) types: Types,
    leeway_secs: u64,
}

/// Which `typ` is accepted.
#[derive(Debug, Clone)]
pub(super) enum Types {
    /// One of these media types, without `application/`.
    Listed(Vec<Box<str>>),
    /// Those, and tokens that do not say what they are; see [`says_otherwise`].
    Untyped(Vec<Box<str>>),
}

/// A foreign issuer's clock may be so far from ours: it is not ours to set.
const FOREIGN_LEEWAY: Duration = Duration::from_secs(30);

/// More is not a clock that is off but a lifetime prolonged (RFC 8725, RFC 7519 §4.1.4: "no more than a few minutes").
const MAX_LEEWAY: Duration = Duration::from_secs(60);

/// [RFC 9068 §2.1](https://www.rfc-editor.org/rfc/rfc9068#section-2.1)
const ACCESS_TOKEN_TYPE: &str = "at+jwt";

impl ClaimsPolicy {
    pub(super) fn new(issuer: &str, audience: &str) -> Self {
        Self {
            issuer: issuer.into(),
            audiences: vec![audience.into()],
            types: Types::Listed(vec![ACCESS_TOKEN_TYPE.into()]),
            leeway_secs: FOREIGN_LEEWAY.as_secs(),
        }
    }

    pub(super) fn set_leeway(&mut self, leeway: Duration) {
        self.leeway_secs = leeway.min(MAX_LEEWAY).as_secs();
    }

    /// Everything; the answer is the first moment, in milliseconds, at which the token is no longer accepted.
    pub(super) fn check(
        &self,
        typ: Option<&str>,
        claims: &Object<'_>,
        now_millis: u64,
    ) -> Result<u64, Fault> {
        self.check_type(typ, claims)?;
        self.check_issuer(claims)?;
        self.check_audience(claims)?;
        check_names(claims)?;
        self.check_times(claims, now_millis)
    }

    /// Of an ID token that comes back to whoever made it; the answer is its end.
    pub(super) fn check_hint(
        &self,
        typ: Option<&str>,
        claims: &Object<'_>,
        now_millis: u64,
    ) -> Result<u64, Fault> {
        // OpenID Connect Core §2 gives ID tokens no type of their own.
        let is_id_token = typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT"));
        if !is_id_token || claims.has("events") {
            return Err(Fault::Type);
        }
        self.check_issuer(claims)?;
        let mut named = claims
            .get("aud")
            .and_then(audiences)
            .ok_or(Fault::Audience)?
            .peekable();
        if named.peek().is_none() || named.any(|audience| audience.is_none()) {
            return Err(Fault::Audience);
        }
        self.check_begun(claims, "iat", now_millis, Fault::IssuedAt)?;
        self.end_of(claims)
    }

    fn check_type(&self, typ: Option<&str>, claims: &Object<'_>) -> Result<(), Fault> {
        let listed = |types: &[Box<str>], typ: &str| {
            let typ = without_tree(typ);
            types.iter().any(|known| known.eq_ignore_ascii_case(typ))
        };
        let is_good = match (&self.types, typ) {
            (Types::Listed(types) | Types::Untyped(types), Some(typ)) if listed(types, typ) => true,
            (Types::Untyped(_), None) => !says_otherwise(claims),
            (Types::Untyped(_), Some(typ)) if typ.eq_ignore_ascii_case("JWT") => {
                !says_otherwise(claims)
            }
            (Types::Listed(_) | Types::Untyped(_), _) => false,
        };
        if is_good { Ok(()) } else { Err(Fault::Type) }
    }

    pub(super) fn check_issuer(&self, claims: &Object<'_>) -> Result<(), Fault> {
        match claims.get("iss") {
            Some(Value::String(issuer)) if issuer.is(&self.issuer) => Ok(()),
            _ => Err(Fault::Issuer),
        }
    }

    fn check_audience(&self, claims: &Object<'_>) -> Result<(), Fault> {
        let is_ours = |audience: Text<'_>| self.audiences.iter().any(|ours| audience.is(ours));
        let named = claims
            .get("aud")
            .and_then(audiences)
            .ok_or(Fault::Audience)?;
        let mut any = false;
        for audience in named {
            any |= is_ours(audience.ok_or(Fault::Audience)?);
        }
        if any { Ok(()) } else { Err(Fault::Audience) }
    }

    fn check_times(&self, claims: &Object<'_>, now_millis: u64) -> Result<u64, Fault> {
        let ends_at = self.end_of(claims)?;
        if now_millis >= ends_at {
            return Err(Fault::Expired);
        }
        self.check_begun(claims, "nbf", now_millis, Fault::NotBefore)?;
        self.check_begun(claims, "iat", now_millis, Fault::IssuedAt)?;
        Ok(ends_at)
    }

    /// `exp` and the leeway.
    fn end_of(&self, claims: &Object<'_>) -> Result<u64, Fault> {
        claims
            .get("exp")
            .and_then(|exp| numeric_date::seconds(exp, Round::Down))
            .and_then(|exp| exp.checked_add(self.leeway_secs)?.checked_mul(1_000))
            .ok_or(Fault::Expiry)
    }

    /// A moment that may be missing, and not in the future.
    pub(super) fn check_begun(
        &self,
        claims: &Object<'_>,
        name: &str,
        now_millis: u64,
        fault: Fault,
    ) -> Result<(), Fault> {
        let Some(value) = claims.get(name) else {
            return Ok(());
        };
        let begins = numeric_date::seconds(value, Round::Up).ok_or(fault)?;
        let latest = now_millis / 1_000 + self.leeway_secs;
        if begins > latest { Err(fault) } else { Ok(()) }
    }
}

/// `sub` and `jti` may be missing, and are strings ([RFC 7519 §4.1.2, §4.1.7](https://www.rfc-editor.org/rfc/rfc7519#section-4.1)).
fn check_names(claims: &Object<'_>) -> Result<(), Fault> {
    claims.string("sub").map_err(|_| Fault::Subject)?;
    claims.string("jti").map_err(|_| Fault::TokenId)?;
    Ok(())
}

/// "the "application/" prefix … MAY be omitted" (RFC 7515 §4.1.9).
pub(super) fn without_tree(media_type: &str) -> &str {
    const TREE: &str = "application/";
    match media_type.split_at_checked(TREE.len()) {
        Some((tree, rest)) if tree.eq_ignore_ascii_case(TREE) => rest,
        _ => media_type,
    }
}

/// `aud`: a string, or an array of strings that is not empty; an element that is none is `None`.
pub(super) fn audiences<'a>(
    aud: Value<'a>,
) -> Option<impl Iterator<Item = Option<Text<'a>>> + use<'a>> {
    let (one, many) = match aud {
        Value::String(one) => (Some(Some(one)), None),
        Value::Array(many) => (None, Some(many)),
        Value::Null | Value::Bool | Value::Number(_) | Value::Object(_) => return None,
    };
    Some(
        one.into_iter()
            .chain(many.into_iter().flat_map(|it| it.iter().map(Value::text))),
    )
}

/// Whether a token without a type of its own says in its claims that it is no access token.
///
/// `at_hash` and `c_hash` stand in ID tokens alone (OpenID Connect Core §3.1.3.6, §3.3.2.11), `events` in logout and
/// security event tokens (RFC 8417 §2.2), `htm` and `htu` in proofs (RFC 9449 §4.2). Keycloak says the kind in a claim
/// `typ`, Amazon Cognito in `token_use`.
fn says_otherwise(claims: &Object<'_>) -> bool {
    const OF_OTHER_KINDS: [&str; 5] = ["at_hash", "c_hash", "events", "htm", "htu"];
    let is_other = |name, access: &str| match claims.get(name) {
        None => false,
        Some(Value::String(kind)) => !kind.decode().eq_ignore_ascii_case(access),
        Some(_) => true,
    };
    OF_OTHER_KINDS.iter().any(|name| claims.has(name))
        || is_other("typ", "Bearer")
        || is_other("token_use", "access")
}
