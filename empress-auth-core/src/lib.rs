#![doc = include_str!("../README.md")]

mod accounts;
mod actor;
mod api_token;
#[cfg(test)]
mod attacks;
mod audit;
mod authenticator;
mod base62;
mod basic;
mod cached;
mod caller;
mod challenge;
pub mod client_address;
mod clock;
mod cors;
mod credentials;
mod csrf;
mod digest;
pub mod endpoint;
mod entropy;
pub mod fields;
pub mod form;
mod grpc;
mod head;
mod identity;
mod issue_error;
mod issuing;
pub mod json_body;
#[cfg(feature = "jwt")]
pub mod jwt;
mod key_issuer;
pub mod limiter;
mod login;
mod master_key;
mod memory;
mod memory_store;
pub mod multipart;
#[cfg(test)]
mod mutation;
pub mod network;
mod options;
mod parameters;
pub mod password;
pub mod percent;
mod permission;
mod preset;
mod public_url;
mod rejection;
mod requirement;
mod scheme;
mod scopes;
mod secret;
mod session;
mod session_cookie;
mod session_issuer;
mod session_store;
mod sha;
mod short_text;
mod source;
mod store;
mod stored;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod token_issuer;
mod token_mint;
mod token_text;
mod user;
pub mod user_key;
#[cfg(test)]
mod vectors;
mod verify;
mod watch;

pub use self::accounts::Accounts;
pub use self::actor::{ActingCredential, Actor, Grounds};
pub use self::api_token::{ApiToken, Expires, NewToken, TokenChange, TokenForm, TokenRow};
pub use self::audit::{AuditAction, AuditEvent};
pub use self::authenticator::{Authenticator, Decision, Pending, Start};
pub use self::basic::{BasicField, BasicPair};
pub use self::cached::Cached;
pub use self::caller::{Caller, user_rejection};
pub use self::clock::Clock;
pub use self::cors::is_preflight_answer;
pub use self::digest::SecretDigest;
pub use self::entropy::{Entropy, EntropyError};
pub use self::grpc::is_grpc;
pub use self::head::{Field, Head, PeerAddress};
pub use self::identity::{CredentialKind, FromIdentity, Identity};
pub use self::issue_error::{IssueError, IssueErrorKind};
pub use self::issuing::{
    ApiKeyInfo, AuditStore, IssuingStore, KeyStore, NewApiSecret, TokenStore, UserStore,
};
pub use self::key_issuer::KeyIssuer;
pub use self::master_key::MasterKey;
pub use self::memory::{CredentialMemory, Subject, Use};
pub use self::memory_store::{MemoryStore, MemoryTables, MemoryWrite};
pub use self::permission::{
    SYSTEM_MANAGER, administers, manages_own_sessions, reads_own_account, reads_own_key,
    reads_own_tokens, writes_own_tokens,
};
pub use self::preset::Preset;
pub use self::public_url::{PublicUrl, PublicUrlError};
pub use self::rejection::{Rejection, RejectionKind};
pub use self::requirement::{RequiredBy, Requirement, role, scope};
pub use self::scheme::Scheme;
pub use self::scopes::Scopes;
pub use self::secret::{ApiKey, ApiSecret, GeneratedKeys, MadeToken};
pub use self::session::{Session, SessionRow};
pub use self::session_issuer::{MadeSession, SessionIssuer};
pub use self::session_store::SessionStore;
pub use self::store::{AnyStore, CredentialStore, Lookup, StoreError, StoreErrorKind};
pub use self::stored::{StoredCredential, StoredUser};
pub use self::token_issuer::TokenIssuer;
pub use self::token_mint::{Minted, TokenMint};
pub use self::token_text::{StoreKey, TokenId, TokenKind, token_checksum};
pub use self::user::{NewUser, User, UserChange, is_username};
