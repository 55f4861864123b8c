//! Where the provider's endpoints are: one name for the route and for the metadata that advertises it (O-37).
//!
//! All of them lie under the path of the public URL.

/// The authorization endpoint ([RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)).
pub const AUTHORIZE: &str = "/oauth/authorize";

/// The token endpoint ([RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)).
pub const TOKEN: &str = "/oauth/token";

/// The revocation endpoint ([RFC 7009 §2](https://www.rfc-editor.org/rfc/rfc7009#section-2)).
pub const REVOKE: &str = "/oauth/revoke";

/// The introspection endpoint ([RFC 7662 §2](https://www.rfc-editor.org/rfc/rfc7662#section-2)).
pub const INTROSPECT: &str = "/oauth/introspect";

/// The userinfo endpoint ([OpenID Connect Core §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo)).
pub const USERINFO: &str = "/oauth/userinfo";

/// The end-session endpoint
/// ([RP-Initiated Logout §2](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout)).
pub const END_SESSION: &str = "/oauth/logout";

/// The published keys ([RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)).
pub const JWKS: &str = "/.well-known/jwks.json";

/// The metadata by OpenID Connect Discovery §4.
pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";

/// The metadata by [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3).
pub const OAUTH_AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
