//! May this request pass, and as whom? Hop 3.
//!
//! 1. [`Authenticator::start`] reads the head of a request. A credential that was verified before is answered at once:
//!    no future, no allocation.
//! 2. [`Authenticator::finish`] asks the store, in a future that owns all it needs.
//! 3. What was found is admitted: from an allowed network, satisfying the layer's requirement.

use std::future::ready;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use http::header::SET_COOKIE;
use zeroize::Zeroizing;

use crate::client_address::Origin;
use crate::credentials::{self, Claim, Malformed};
use crate::endpoint::Access;
use crate::head::{Field, Head, field};
use crate::identity::Identity;
use crate::login;
use crate::memory::CredentialMemory;
use crate::options::{Mode, Options};
use crate::password::Password;
use crate::preset::{Preset, Renderer};
use crate::rejection::{Refusal, Rejection, RejectionKind};
use crate::scheme::Scheme;
use crate::verify::{self, Shown};

mod sessions;

/// What a layer decided: a caller, nobody where that is allowed, or a refusal.
pub type Decision = Result<Option<Identity>, Rejection>;

/// The decision of a layer, framework-free; cheap to clone. The adapters' `TokenAuth` is this with their framework's
/// names.
#[derive(Debug, Clone)]
pub struct Authenticator {
    pub(crate) options: Arc<Options>,
}

/// What [`Authenticator::start`] says.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "decided or not is all there is")]
pub enum Start {
    /// Decided.
    Ready(Decision),
    /// The store must be asked: hand this to [`Authenticator::finish`].
    Pending(Pending),
}

/// A credential on its way to the store; owns what it needs and is wiped when dropped.
pub struct Pending(Box<Waiting>);

struct Waiting {
    scheme: Option<Scheme>,
    shown: Shown,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pending(..)")
    }
}

impl Authenticator {
    /// Decides from the head of a request, if no store has to be asked.
    ///
    /// Source: [RFC 9110 §11](https://www.rfc-editor.org/rfc/rfc9110#section-11).
    #[inline]
    pub fn start<H: Head>(&self, head: &H) -> Start {
        let options = &*self.options;
        let value = match head.authorization() {
            Field::Single(value) if options.header.is_none() => value,
            Field::Single(_) | Field::Absent | Field::Several => return self.start_elsewhere(head),
        };
        self.start_with_field(head, value)
    }

    #[inline(always)]
    fn start_with_field<H: Head>(&self, head: &H, value: &[u8]) -> Start {
        // First, while there is little else to keep across the call.
        let now = self.options.source.clock.now_millis();
        let schemes = &self.options.offer.schemes;
        if let Some((scheme, claim, shown)) = credentials::read_usual(value, schemes) {
            let digest = self.options.source.key_of(claim, shown);
            if let Some(decision) = self.remembered(head, Some(scheme), claim, &digest, now) {
                return Start::Ready(decision);
            }
            if credentials::is_plain(shown) {
                return self.miss(head, Some(scheme), claim, digest, shown, now);
            }
        }
        self.start_with_unusual(head, value)
    }

    /// Basic, and what is not written as usual or not a credential.
    #[inline(never)]
    fn start_with_unusual<H: Head>(&self, head: &H, value: &[u8]) -> Start {
        let options = &*self.options;
        credentials::read(
            value,
            &options.offer.schemes,
            options.basic,
            |scheme, claim, shown| self.look(head, Some(scheme), claim, shown),
        )
        .unwrap_or_else(|malformed| self.malformed(malformed))
    }

    /// The hit, or what the store must be asked.
    fn look<H: Head>(&self, head: &H, scheme: Option<Scheme>, claim: Claim, shown: &[u8]) -> Start {
        let digest = self.options.source.key_of(claim, shown);
        let now = self.options.source.clock.now_millis();
        match self.remembered(head, scheme, claim, &digest, now) {
            Some(decision) => Start::Ready(decision),
            None => self.miss(head, scheme, claim, digest, shown, now),
        }
    }

    #[inline(always)]
    fn remembered<H: Head>(
        &self,
        head: &H,
        scheme: Option<Scheme>,
        claim: Claim,
        digest: &[u8; 32],
        now: u64,
    ) -> Option<Decision> {
        let memory = self.options.source.memory.as_deref()?;
        let identity = memory.recall(claim, digest, now)?;
        if !identity.is_watchable() {
            return None;
        }
        if identity.0.rare.is_some()
            || claim == Claim::Session
            || self.options.requirement.is_some()
        {
            return self.admit_hit(head, scheme, identity, memory, now);
        }
        identity.0.last_used.again(now);
        Some(Ok(Some(identity)))
    }

    /// A hit of which more must be asked.
    #[cold]
    fn admit_hit<H: Head>(
        &self,
        head: &H,
        scheme: Option<Scheme>,
        identity: Identity,
        memory: &CredentialMemory,
        now: u64,
    ) -> Option<Decision> {
        if !memory.holds_also(&identity, now) {
            return None;
        }
        identity.0.last_used.again(now);
        let origin = if identity.0.networks().is_empty() {
            Origin::Unknown
        } else {
            self.origin(head)
        };
        Some(self.admit(identity, scheme, origin))
    }

    #[cold]
    #[inline(never)]
    fn miss<H: Head>(
        &self,
        head: &H,
        scheme: Option<Scheme>,
        claim: Claim,
        digest: [u8; 32],
        shown: &[u8],
        now: u64,
    ) -> Start {
        let source = &*self.options.source;
        if let Some(memory) = source.memory.as_deref()
            && memory.was_refused(claim, &digest, now)
        {
            return Start::Ready(self.refuse(Refusal::Unknown, scheme, claim));
        }
        let bytes = Zeroizing::new(shown.to_vec());
        let shown = Shown {
            claim,
            digest,
            bytes,
            origin: self.origin(head),
        };
        Start::Pending(Pending(Box::new(Waiting { scheme, shown })))
    }

    /// Asks the store; concurrent misses of one credential share one question.
    ///
    /// Dropping the future loses nothing: the others that wait go on.
    ///
    /// # Errors
    ///
    /// The [`Rejection`], if the request is refused.
    pub fn finish(
        &self,
        pending: Pending,
    ) -> impl Future<Output = Decision> + Send + 'static + use<> {
        let this = self.clone();
        async move {
            let Waiting { scheme, shown } = *pending.0;
            let source = Arc::clone(&this.options.source);
            let (claim, origin) = (shown.claim, shown.origin);
            let outcome = match &source.memory {
                _ if claim == Claim::Password => this.log_in(&shown).await,
                Some(memory) => {
                    let asked = Arc::clone(&source);
                    let (digest, now) = (shown.digest, source.clock.now_millis());
                    memory
                        .join(claim, digest, |stamp| {
                            let landed = memory.recall(claim, &digest, now).filter(|landed| {
                                landed.is_watchable() && memory.holds_also(landed, now)
                            });
                            // A flight may have landed since `start` looked.
                            match landed {
                                Some(identity) => Box::pin(ready(Ok(identity))),
                                None if memory.was_refused(claim, &digest, now) => {
                                    Box::pin(ready(Err(Refusal::Unknown)))
                                }
                                None => Box::pin(verify::verify(asked, shown, stamp)),
                            }
                        })
                        .await
                }
                None => verify::verify(source, shown, 0).await,
            };
            match outcome {
                Ok(identity) => this.admit(identity, scheme, origin),
                Err(refusal) => this.refuse(refusal, scheme, claim),
            }
        }
    }

    async fn log_in(&self, shown: &Shown) -> Result<Identity, Refusal> {
        let (username, password) = credentials::split_pair(&shown.bytes).ok_or(Refusal::Unknown)?;
        let password = Password::new(password).map_err(|_| Refusal::Unknown)?;
        let source = &self.options.source;
        login::check_password(source, username, password, shown.origin)
            .await
            .map(|logged_in| logged_in.identity)
    }

    /// What the identity may be refused for although it was proven: decided anew for every request, never remembered.
    fn admit(&self, identity: Identity, scheme: Option<Scheme>, origin: Origin) -> Decision {
        let networks = identity.0.networks();
        let allowed = networks.is_empty()
            || origin
                .address()
                .is_some_and(|client| networks.iter().any(|network| network.contains(client)));
        if !allowed {
            origin.warn_if_unknown();
            return self.refuse(Refusal::Unknown, scheme, identity.0.claim);
        }
        match &self.options.requirement {
            Some(requirement) if !requirement.allows(&identity) => {
                Err(Rejection::lacking(Arc::clone(requirement)))
            }
            _ => Ok(Some(identity)),
        }
    }

    #[cold]
    fn refuse(&self, refusal: Refusal, scheme: Option<Scheme>, claim: Claim) -> Decision {
        let ended = matches!(refusal, Refusal::Unknown | Refusal::Inactive);
        if ended && self.options.mode == Mode::IgnoreInvalid {
            return Ok(None);
        }
        if ended && claim == Claim::Session {
            return Err(Rejection::new(RejectionKind::SessionEnded));
        }
        Err(Rejection::refused(
            refusal,
            scheme,
            claim == Claim::Password,
        ))
    }

    #[cold]
    #[inline(never)]
    fn malformed(&self, malformed: Malformed) -> Start {
        // DRF takes what is not its scheme for no credentials at all.
        let as_none = matches!(malformed, Malformed::Empty | Malformed::UnknownScheme)
            && self.options.is_drf();
        if as_none {
            return Start::Ready(self.nobody(RejectionKind::UnknownScheme));
        }
        Start::Ready(Err(Rejection::malformed(malformed)))
    }

    /// No credentials: anonymous where that is allowed.
    ///
    /// A layer that is optional and requires something requires it of those who say who they are.
    fn nobody(&self, otherwise: RejectionKind) -> Decision {
        match self.options.mode {
            Mode::Required => Err(Rejection::new(otherwise)),
            Mode::Optional | Mode::IgnoreInvalid => Ok(None),
        }
    }

    /// Everything but one plain `Authorization` field: none, several, a header or cookie of the configuration.
    #[cold]
    #[inline(never)]
    fn start_elsewhere<H: Head>(&self, head: &H) -> Start {
        // Asked again: what is handed over has to be put together on the path that does not come here, too.
        let authorization = head.authorization();
        let several = || Start::Ready(Err(Rejection::new(RejectionKind::SeveralCredentials)));
        let own_header = match &self.options.header {
            Some(name) => field(head, name),
            None => Field::Absent,
        };
        match (authorization, own_header) {
            (Field::Several, _) | (_, Field::Several) | (Field::Single(_), Field::Single(_)) => {
                several()
            }
            (Field::Single(value), Field::Absent) => self.start_with_field(head, value),
            (Field::Absent, Field::Single(value)) => match credentials::read_bare(value) {
                Ok((claim, shown)) => self.look(head, None, claim, shown),
                Err(malformed) => self.malformed(malformed),
            },
            (Field::Absent, Field::Absent) => self.start_with_cookie(head),
        }
    }

    /// Whether a credential is shown as Basic, which a browser that was told it once adds by itself.
    pub(crate) fn shows_basic<H: Head>(&self, head: &H) -> bool {
        let Field::Single(value) = head.authorization() else {
            return false;
        };
        let scheme = self.options.offer.schemes.read(value);
        scheme.is_some_and(|(scheme, _)| scheme == Scheme::Basic)
    }

    /// Where the client is, as far as the configuration trusts what it is told.
    pub(crate) fn origin<H: Head>(&self, head: &H) -> Origin {
        let addresses = &self.options.client_address;
        let mut lines = Vec::new();
        head.each_line(addresses.field_name(), &mut |line| lines.push(line));
        addresses.origin(head.peer(), lines.into_iter())
    }

    /// Whether everybody must show a credential.
    ///
    /// Whom [`start`](Self::start) then lets pass as nobody is a CORS preflight. An adapter hands on what was answered to
    /// it only if that is [CORS's answer](crate::is_preflight_answer): a handler for any method may have run.
    #[inline]
    #[must_use]
    pub fn requires_credentials(&self) -> bool {
        self.options.mode == Mode::Required
    }

    /// Renders a rejection as this layer's preset says.
    #[must_use]
    pub fn render(&self, rejection: &Rejection) -> Response<Bytes> {
        let mut response = self.options.renderer.render(rejection, &self.options.offer);
        if rejection.kind() == RejectionKind::SessionEnded
            && let Some(ours) = self.public_url()
        {
            // Else the browser would show it again and again, also where nobody needs to be anybody.
            let headers = response.headers_mut();
            headers.append(SET_COOKIE, ours.session_cleared());
        }
        response
    }

    /// Renders a rejection for a gRPC client: HTTP 200, the refusal in `grpc-status`.
    #[must_use]
    pub fn render_grpc(&self, rejection: &Rejection) -> Response<Bytes> {
        crate::grpc::render(rejection)
    }

    /// Whether responses to equal rejections are equal, so that an adapter may keep them.
    #[must_use]
    pub fn renders_alike(&self) -> bool {
        self.options.renderer.is_preset()
    }

    /// The fields besides `Authorization` that the decision depends on, for `Vary` (RFC 9110 §12.5.5).
    #[must_use]
    pub fn vary(&self) -> Vec<&str> {
        let cookie = self.options.sessions.as_ref().map(|_| "cookie");
        self.options
            .header
            .as_deref()
            .into_iter()
            .chain(cookie)
            .collect()
    }

    /// The same decision in front of a route that asks for something else, in another shape.
    pub(crate) fn for_route(&self, access: &Access, preset: Preset, by_cookie: bool) -> Self {
        let mut options = (*self.options).clone();
        (options.mode, options.requirement) = match access {
            Access::Requires(requirement) => (Mode::Required, Some(Arc::new(requirement.clone()))),
            Access::Anyone | Access::Optional => (Mode::Optional, None),
        };
        options.renderer = Renderer::Preset(preset);
        if !by_cookie {
            options.sessions = None;
        }
        Self {
            options: Arc::new(options),
        }
    }
}
