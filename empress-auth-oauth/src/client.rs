//! Who may ask for tokens: clients ([RFC 6749 §2](https://www.rfc-editor.org/rfc/rfc6749#section-2)), as they are kept.

use std::collections::BTreeSet;
use std::fmt;
use std::time::SystemTime;

use empress_auth_core::SecretDigest;

/// A client as a store keeps it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Client {
    /// Public, made by us, never used for another client: 20 digits and small letters, of which the first is a letter. It is
    /// the `sub` of what the client has for itself, so that it must never be a user's id.
    pub id: Box<str>,
    /// What the consent page calls it.
    pub name: Box<str>,
    /// How it proves who it is; an empty list makes it a public client.
    pub auth_methods: BTreeSet<AuthMethod>,
    /// What is stored of its secret; `None` for a public client.
    pub secret: Option<ClientSecretRow>,
    /// Which grants it may ask for.
    pub grants: BTreeSet<GrantType>,
    /// Where a code may be sent; compared as text.
    pub redirect_uris: Vec<Box<str>>,
    /// Where a browser may be sent after a logout that this client asked for.
    pub post_logout_redirect_uris: Vec<Box<str>>,
    /// The scopes that it may ask for, and gets if it names none.
    pub scopes: Vec<Box<str>>,
    /// Who may use it: users with one of these roles; everybody if empty.
    pub allowed_roles: Vec<Box<str>>,
    /// What else it may do, and what it is forgiven.
    pub options: ClientOptions,
    /// When it was made.
    pub created_at: SystemTime,
}

/// What a client may do beyond the rules for all, and what it is forgiven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct ClientOptions {
    /// Users are not asked for consent; for confidential clients alone.
    pub skip_consent: bool,
    /// It may introspect any token, not only its own.
    pub introspect_any: bool,
    /// Access tokens are JWTs (RFC 9068).
    pub jwt_access_tokens: bool,
    /// `None`: the provider's own choice; else HS256, or one that its [`SigningAlgs`](crate::SigningAlgs) name.
    pub id_token_alg: Option<SigningAlg>,
    /// PKCE may use `plain`.
    pub danger_allow_plain_pkce: bool,
    /// A public client may leave PKCE out: the flow that Frappe's guide prints.
    pub danger_allow_missing_pkce: bool,
    /// A code verifier may have fewer than 43 characters.
    pub danger_allow_short_verifier: bool,
}

/// What is stored of a client's secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ClientSecretRow {
    /// Of the whole secret.
    pub digest: SecretDigest,
    /// The secret, encrypted under the master key, where ID tokens are signed with it (HS256); else `None`.
    pub wrapped: Option<Vec<u8>>,
    /// When it was made.
    pub issued_at: SystemTime,
}

impl ClientSecretRow {
    /// A secret of which nothing but its digest is kept.
    #[must_use]
    pub const fn new(digest: SecretDigest, issued_at: SystemTime) -> Self {
        Self {
            digest,
            wrapped: None,
            issued_at,
        }
    }
}

impl Client {
    /// A public client that may ask for nothing yet; its fields say the rest.
    #[must_use]
    pub fn new(id: &str, name: &str, created_at: SystemTime) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            auth_methods: BTreeSet::new(),
            secret: None,
            grants: BTreeSet::new(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            scopes: Vec::new(),
            allowed_roles: Vec::new(),
            options: ClientOptions::default(),
            created_at,
        }
    }

    /// Whether a user with these roles may use it.
    #[must_use]
    pub fn allows(&self, roles: &[Box<str>]) -> bool {
        self.allowed_roles.is_empty() || roles.iter().any(|role| self.allowed_roles.contains(role))
    }

    /// Whether it has no secret (RFC 6749 §2.1).
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.auth_methods.is_empty()
    }
}

/// How a client proves who it is at the token endpoint, by its name in the registry of RFC 8414 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AuthMethod {
    /// `client_secret_basic`: in `Authorization`.
    ClientSecretBasic,
    /// `client_secret_post`: in the body.
    ClientSecretPost,
}

/// What a token request presents (RFC 6749 §1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum GrantType {
    /// `authorization_code`.
    AuthorizationCode,
    /// `refresh_token`.
    RefreshToken,
    /// `client_credentials`.
    ClientCredentials,
}

/// A signature algorithm, by its name in the registry of RFC 7518 §3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SigningAlg {
    /// `RS256`.
    Rs256,
    /// `ES256`.
    Es256,
    /// `EdDSA`, with Ed25519.
    EdDsa,
    /// `HS256`, keyed with the client's secret: for old clients of Frappe.
    Hs256,
}

macro_rules! words {
    ($type:ident: $($variant:ident = $word:literal),+ $(,)?) => {
        impl $type {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its registered name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The one of this name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == name)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words!(AuthMethod: ClientSecretBasic = "client_secret_basic", ClientSecretPost = "client_secret_post");
words!(GrantType:
    AuthorizationCode = "authorization_code",
    RefreshToken = "refresh_token",
    ClientCredentials = "client_credentials",
);
words!(SigningAlg: Rs256 = "RS256", Es256 = "ES256", EdDsa = "EdDSA", Hs256 = "HS256");
