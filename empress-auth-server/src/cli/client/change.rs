//! What is asked of a client that is there.

use clap::Args;
use empress_auth_oauth::ClientChange;

/// What is changed; one of them at least.
#[derive(Args)]
#[group(required = true, multiple = true, id = "change")]
pub(crate) struct ChangeClient {
    /// Where users may be sent back to with a code, too; may be repeated, as all of these
    #[arg(long = "add-redirect-uri", value_name = "URI")]
    added_redirect_uris: Vec<String>,
    /// Where users may be sent back to no more
    #[arg(long = "remove-redirect-uri", value_name = "URI")]
    removed_redirect_uris: Vec<String>,
    /// Where users may be sent after a logout that the client asks for, too
    #[arg(long = "add-post-logout-redirect-uri", value_name = "URI")]
    added_post_logout_redirect_uris: Vec<String>,
    /// Where users may be sent after a logout no more
    #[arg(long = "remove-post-logout-redirect-uri", value_name = "URI")]
    removed_post_logout_redirect_uris: Vec<String>,
    /// A scope that it may ask for, too
    #[arg(long = "add-scope", value_name = "SCOPE")]
    added_scopes: Vec<String>,
    /// A scope that it may ask for no more
    #[arg(long = "remove-scope", value_name = "SCOPE")]
    removed_scopes: Vec<String>,
}

type Step = fn(ClientChange, &str) -> ClientChange;

impl ChangeClient {
    pub(super) fn into_change(self) -> ClientChange {
        let steps: [(Vec<String>, Step); 6] = [
            (self.added_redirect_uris, ClientChange::with_redirect_uri),
            (
                self.removed_redirect_uris,
                ClientChange::without_redirect_uri,
            ),
            (
                self.added_post_logout_redirect_uris,
                ClientChange::with_post_logout_redirect_uri,
            ),
            (
                self.removed_post_logout_redirect_uris,
                ClientChange::without_post_logout_redirect_uri,
            ),
            (words(&self.added_scopes), ClientChange::with_scope),
            (words(&self.removed_scopes), ClientChange::without_scope),
        ];
        steps
            .into_iter()
            .fold(ClientChange::default(), |change, (named, step)| {
                named.iter().fold(change, |change, one| step(change, one))
            })
    }
}

/// A list in quotes, as OAuth writes one, is a list, too.
fn words(scopes: &[String]) -> Vec<String> {
    let words = scopes.iter().flat_map(|list| list.split(' '));
    words.map(str::to_owned).collect()
}
