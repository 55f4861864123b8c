//! May this user have tokens of this client?

use crate::client::Client;
use crate::error::OAuthError;
use crate::grant::Granted;
use crate::services::Services;

/// The user may still use the client, which was checked when the code was granted, too. That it is enabled and did not
/// withdraw consent the store knows: its code and its grant would have ended.
pub(super) async fn check_roles(
    services: &Services,
    client: &Client,
    granted: &Granted,
) -> Result<(), OAuthError> {
    let Some(user_id) = &granted.user_id else {
        return Ok(());
    };
    if client.allowed_roles.is_empty() {
        return Ok(());
    }
    let user = services.users.user_by_id(user_id).await?;
    let may = user.is_some_and(|user| client.allows(&user.roles));
    may.then_some(()).ok_or_else(OAuthError::invalid_grant)
}
