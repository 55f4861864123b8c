//! `empress-auth signing-key`: the keys that ID tokens and access tokens are signed with.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Subcommand;
use empress_auth_core::{Clock, MasterKey, TokenForm, TokenId, TokenIssuer};
use empress_auth_oauth::Clients;
use empress_auth_oauth::keys::{
    KeyRing, KeyState, ListedKey, SigningKeyError, SigningKeyErrorKind,
};
use empress_auth_oauth::store::SigningKeyStore as _;
use empress_auth_sql::SqliteStore;
use serde::Serialize;
use serde_json::json;

use super::setup::{PAGE, Setup, operator};
use super::view::moment;
use crate::failure::{Failure, chain};
use crate::master_key::MasterKeySource;

/// What can be done with signing keys.
#[derive(Subcommand)]
pub(crate) enum SigningKeyCommand {
    /// List the keys, what each does, and until when
    List,
    /// Make a successor for the key of each algorithm; it is published at once and signs a day later
    Rotate,
    /// Take a key away at once, with all that it signed: for one that is in other hands
    Retire {
        /// The kid, which `signing-key list` shows
        // One in 64 begins with a hyphen.
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
    /// Encrypt the keys, and the secrets of clients that sign, under another master key: the one that is configured
    Rewrap {
        /// The file with the master key until now
        #[arg(long, value_name = "FILE")]
        previous_master_key_file: PathBuf,
    },
}

impl SigningKeyCommand {
    /// Whether it leaves everything as it is.
    pub(super) const fn only_looks(&self) -> bool {
        matches!(self, Self::List)
    }

    pub(super) async fn run(self, setup: &Setup) -> Result<(), Failure> {
        let store = setup.open().await?;
        match self {
            Self::List => list(setup, &store).await,
            Self::Rotate => rotate(setup, &store).await,
            Self::Retire { kid } => retire(setup, &store, &kid).await,
            Self::Rewrap {
                previous_master_key_file,
            } => rewrap(setup, &store, previous_master_key_file).await,
        }
    }
}

/// A signing key, for programs.
#[derive(Debug, Serialize)]
struct SigningKeyView {
    kid: Box<str>,
    alg: &'static str,
    state: &'static str,
    created_at: String,
    signs_from: String,
    signs_until: Option<String>,
    published_until: Option<String>,
}

impl From<ListedKey> for SigningKeyView {
    fn from(key: ListedKey) -> Self {
        Self {
            kid: key.kid,
            alg: key.alg.as_str(),
            state: key.state.as_str(),
            created_at: moment(key.created_at),
            signs_from: moment(key.signs_from),
            signs_until: key.signs_until.map(moment),
            published_until: key.published_until.map(moment),
        }
    }
}

impl SigningKeyView {
    const TITLES: [&'static str; 6] = [
        "KID",
        "ALGORITHM",
        "STATE",
        "SIGNS FROM",
        "SIGNS UNTIL",
        "PUBLISHED UNTIL",
    ];

    fn row(&self) -> [String; 6] {
        let or_dash = |moment: &Option<String>| moment.clone().unwrap_or_else(|| "–".to_owned());
        [
            self.kid.to_string(),
            self.alg.to_owned(),
            self.state.to_owned(),
            self.signs_from.clone(),
            or_dash(&self.signs_until),
            or_dash(&self.published_until),
        ]
    }
}

/// Works without the master key, too: nothing is decrypted.
async fn list(setup: &Setup, store: &SqliteStore) -> Result<(), Failure> {
    let keys = ListedKey::all(store.signing_keys().await?, Clock::system().now());
    let mut list = setup.output.list(SigningKeyView::TITLES);
    list.page(&views(keys), SigningKeyView::row)?;
    list.end("there are no signing keys; `empress-auth serve` makes them when it starts")
}

async fn rotate(setup: &Setup, store: &SqliteStore) -> Result<(), Failure> {
    let ring = ring(setup, store).await?;
    let made = ring
        .rotate(operator())
        .await
        .map_err(|error| failure(&error))?;
    let lines: Vec<String> = made.iter().map(made_line).collect();
    setup.output.answer(&views(made), &lines.join("\n"))
}

fn made_line(key: &ListedKey) -> String {
    let (kid, alg) = (&key.kid, key.alg.as_str());
    if key.state == KeyState::Signing {
        return format!("{alg}  {kid}  is published and signs from now on");
    }
    let from = moment(key.signs_from);
    format!(
        "{alg}  {kid}  is published from now on and signs from {from} on, when whoever keeps the published keys for a day knows it"
    )
}

/// A key that is gone, and the ones that sign now.
#[derive(Serialize)]
struct RetiredView<'a> {
    kid: &'a str,
    retired: bool,
    signing: Vec<SigningKeyView>,
}

async fn retire(setup: &Setup, store: &SqliteStore, kid: &str) -> Result<(), Failure> {
    let ring = ring(setup, store).await?;
    let retired = ring.retire(operator(), kid).await;
    retired.map_err(|error| {
        if error.kind() == SigningKeyErrorKind::NotFound {
            Failure::failed(format!(
                "there is no signing key {kid}; `empress-auth signing-key list` shows all"
            ))
        } else {
            failure(&error)
        }
    })?;
    let mut signing = ring.list().await.map_err(|error| failure(&error))?;
    signing.retain(|key| key.state == KeyState::Signing);
    let text = format!(
        "signing key {kid} is retired: it is published no longer, and nothing that it signed is accepted here; \
         others may accept it until they ask for the published keys again"
    );
    let view = RetiredView {
        kid,
        retired: true,
        signing: views(signing),
    };
    setup.output.answer(&view, &text)
}

async fn rewrap(setup: &Setup, store: &SqliteStore, previous: PathBuf) -> Result<(), Failure> {
    let source = MasterKeySource::of(&setup.config);
    let rewrap = async |new: &MasterKey, old: &MasterKey| {
        let ring = ring_under(setup, store, new);
        let keys = ring.rewrap(operator(), old).await;
        let keys = keys.map_err(|error| failure(&error))?;
        let clients = Clients::new(store.clone(), new)
            .rewrap(operator(), old)
            .await?;
        // Before the new key is the database's: whoever is killed in between begins anew.
        Ok((keys, clients, end_derived(store).await?))
    };
    let (keys, clients, derived) = source.replace(store, previous, rewrap).await?;
    let text = format!(
        "{keys} signing keys and {clients} secrets of clients are encrypted under the master key in {} from now on; \
         {derived} tokens of /api-token-auth/ are revoked, and the next ones come from it; restart the server with it, then run \
         this once more for what it made meanwhile",
        source.place()
    );
    let view = json!({ "signing_keys": keys, "client_secrets": clients, "drf_tokens": derived });
    setup.output.answer(&view, &text)
}

/// Revokes the tokens that whoever has the previous master key can make, and answers how many there were.
async fn end_derived(store: &SqliteStore) -> Result<usize, Failure> {
    let issuer = TokenIssuer::new(store.clone());
    let (mut after, mut ended) = (None, 0);
    loop {
        let tokens = issuer.list(operator(), None, after, PAGE).await?;
        let derived = tokens.iter().filter(|token| token.form == TokenForm::Drf);
        let derived: Vec<TokenId> = derived.map(|token| token.id).collect();
        ended += issuer.revoke(operator(), &derived).await?.len();
        if tokens.len() < PAGE {
            return Ok(ended);
        }
        after = tokens.last().map(|token| token.id);
    }
}

/// The keys for the algorithms that `serve` signs with by this configuration.
async fn ring(setup: &Setup, store: &SqliteStore) -> Result<KeyRing, Failure> {
    Ok(ring_under(setup, store, &setup.master_key(store).await?))
}

fn ring_under(setup: &Setup, store: &SqliteStore, master_key: &MasterKey) -> KeyRing {
    let algs = &setup.config.serve.provider.signing_algs;
    KeyRing::new(Arc::new(store.clone()), master_key).with_algs(algs.all())
}

fn views(keys: Vec<ListedKey>) -> Vec<SigningKeyView> {
    keys.into_iter().map(SigningKeyView::from).collect()
}

fn failure(error: &SigningKeyError) -> Failure {
    Failure::failed(chain(error))
}
