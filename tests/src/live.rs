//! A stream that outlives the check of its request.

use bytes::Bytes;
use empress_auth_core::Identity;
use futures_util::Stream;
use futures_util::stream::unfold;

/// One event with the user's name, then nothing, until the credential ends.
pub(crate) fn events(who: Identity) -> impl Stream<Item = Bytes> {
    unfold((who, false), |(who, greeted)| async move {
        if greeted {
            who.revoked().await;
            return None;
        }
        let event = format!("data: {}\n\n", who.username());
        Some((Bytes::from(event), (who, true)))
    })
}
