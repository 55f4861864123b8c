//! How is a browser session named to clients? By a digest: a session's id is no secret, and still none of their business.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use empress_auth_core::TokenId;

/// The claim `sid` ([OpenID Connect Front-Channel Logout
/// §3](https://openid.net/specs/openid-connect-frontchannel-1_0.html#OPLogout)): 22 characters, the same for the life of the
/// session, another for every client.
pub(crate) fn sid(session_id: TokenId, client_id: &str) -> String {
    let hashed = digest(&SHA256, format!("sid:{session_id}:{client_id}").as_bytes());
    URL_SAFE_NO_PAD.encode(hashed.as_ref().get(..16).unwrap_or_default())
}
