//! Everything that is measured, by group: what stands in one group is measured in turn.

use crate::{actix_peers, axum_login_peer, axum_peers, core_peers, jwt_peers, ours, refusals};

/// Something that can be called `n` times.
pub struct Variant {
    run: Box<dyn FnMut(u32)>,
}

impl Variant {
    /// Wraps the loop itself, so that dispatch is paid once a batch.
    pub fn new(run: impl FnMut(u32) + 'static) -> Self {
        Self { run: Box::new(run) }
    }

    /// Calls it `n` times.
    pub fn run(&mut self, n: u32) {
        (self.run)(n);
    }
}

/// Variants whose figures may be subtracted from each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// No framework: header bytes in, identity out.
    Core,
    /// A resolved axum router.
    Axum,
    /// An actix application.
    Actix,
    /// Refusals in axum, each beside a handler that answers the same bytes.
    AxumRefusal,
    /// Refusals in actix, likewise.
    ActixRefusal,
    /// JWTs signed with RS256, each seen for the first time.
    Rs256,
    /// With ES256.
    Es256,
    /// With Ed25519.
    EdDsa,
    /// With HMAC-SHA-256.
    Hs256,
    /// A JWT that was seen before.
    CachedJwt,
}

impl Group {
    /// All groups, in the order of the report: the core last, whose million tokens leave a heap behind that slows others.
    pub const ALL: [Self; 10] = [
        Self::Axum,
        Self::Actix,
        Self::AxumRefusal,
        Self::ActixRefusal,
        Self::Rs256,
        Self::Es256,
        Self::EdDsa,
        Self::Hs256,
        Self::CachedJwt,
        Self::Core,
    ];

    /// The heading of its table.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Axum => "axum, one GET on a resolved router",
            Self::Actix => "actix-web, one GET on an initialised application",
            Self::AxumRefusal => "axum, refusals",
            Self::ActixRefusal => "actix-web, refusals",
            Self::Rs256 => "JWT, RS256 of 2048 bits",
            Self::Es256 => "JWT, ES256",
            Self::EdDsa => "JWT, EdDSA",
            Self::Hs256 => "JWT, HS256",
            Self::CachedJwt => "JWT seen before, ES256",
        }
    }

    /// What the others of the group are subtracted from.
    #[must_use]
    pub fn base(self) -> &'static str {
        match self {
            Self::Core => core_peers::SHA_BLOCK,
            Self::Axum | Self::AxumRefusal => axum_peers::BARE,
            Self::Actix | Self::ActixRefusal => actix_peers::BARE,
            Self::Rs256 | Self::Es256 | Self::EdDsa | Self::Hs256 => jwt_peers::RAW,
            Self::CachedJwt => jwt_peers::HASH,
        }
    }
}

/// One line of a table; built only when it is measured.
pub struct Entry {
    /// Where it belongs.
    pub group: Group,
    /// Unique within its group.
    pub name: &'static str,
    /// Does everything that is not to be measured.
    pub build: fn() -> Variant,
    /// Whether its instructions are counted (set-up of a million tokens is not for valgrind).
    pub counted: bool,
}

impl Entry {
    /// An entry that all programs measure.
    #[must_use]
    pub fn new(group: Group, name: &'static str, build: fn() -> Variant) -> Self {
        Self {
            group,
            name,
            build,
            counted: true,
        }
    }

    /// An entry that is only timed.
    #[must_use]
    pub fn timed_only(group: Group, name: &'static str, build: fn() -> Variant) -> Self {
        Self {
            group,
            name,
            build,
            counted: false,
        }
    }
}

/// The whole catalog.
#[must_use]
pub fn catalog() -> Vec<Entry> {
    let mut all = core_peers::entries();
    all.extend(axum_peers::entries());
    all.extend(axum_login_peer::entries());
    all.extend(actix_peers::entries());
    all.extend(refusals::entries());
    all.extend(jwt_peers::entries());
    all.extend(ours::entries());
    all
}
