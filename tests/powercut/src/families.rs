//! Codes are redeemed and refresh tokens rotated: all of what that gives is there, or nothing.

use std::sync::Arc;
use std::time::Duration;

use empress_auth_core::testing::unstored_token;
use empress_auth_core::{Clock, SecretDigest, TokenId, TokenKind, TokenStore, User};
use empress_auth_oauth::client::Client;
use empress_auth_oauth::grant::{
    AccessTokenRow, CodeRow, Grant, Granted, IssuedTokens, RefreshTokenRow, limits,
};
use empress_auth_oauth::store::{ClientStore, GrantStore, Redeemed, Rotated};
use empress_auth_sql::SqliteStore;

use crate::dice::Dice;
use crate::work::{Notes, grounds};

/// Before a refresh token's id, in a note.
pub(crate) const REFRESH: &str = "refresh=";

/// The grants of one user to a client of its own.
pub(crate) struct Families {
    store: SqliteStore,
    notes: Arc<Notes>,
    granted: Granted,
    families: Vec<Family>,
}

struct Family {
    grant: Grant,
    generation: u32,
    refresh: TokenId,
    /// Everything that is accepted as long as it lives.
    shown: Vec<String>,
}

const HOUR: Duration = Duration::from_secs(60 * 60);

impl Families {
    pub(crate) fn new(store: SqliteStore, notes: Arc<Notes>) -> Self {
        Self {
            store,
            notes,
            granted: Granted::new("", None, &[]),
            families: Vec::new(),
        }
    }

    pub(crate) async fn register(&mut self, user: &User) {
        let client = Client::new(&format!("client{}", user.id), "", Clock::system().now());
        self.granted = Granted::new(&client.id, Some(&user.id), &["x".into()]);
        let put = self.store.insert_client(client, &grounds()).await;
        put.unwrap();
    }

    /// Whether one more would end the oldest.
    pub(crate) fn are_many(&self) -> bool {
        self.families.len() >= limits::GRANTS
    }

    pub(crate) async fn redeem(&mut self) {
        let now = Clock::system().now();
        let (id, digest) = self.token(TokenKind::Code).0;
        let times = (now, now + HOUR);
        let code = CodeRow::new(
            id,
            digest,
            self.granted.clone(),
            "https://a.example/",
            times,
        );
        self.store.insert_code(code, &grounds()).await.unwrap();

        let grant = Grant::new(
            self.token(TokenKind::Refresh).0.0,
            self.granted.clone(),
            now,
            now + HOUR,
        );
        let (tokens, refresh, shown) = self.tokens(&grant, 1);
        let redeeming = self.store.redeem_code(id, grant.clone(), tokens);
        let what = format!("granted\t{}", shown.join("\t"));
        let redeemed = self.notes.change(&what, redeeming).await;
        assert_eq!(redeemed.unwrap(), Redeemed::First);
        self.families.push(Family {
            grant,
            generation: 1,
            refresh,
            shown,
        });
    }

    pub(crate) async fn rotate(&mut self, dice: &mut Dice) {
        if self.families.is_empty() {
            return self.redeem().await;
        }
        let mut family = self.families.swap_remove(dice.roll(self.families.len()));
        family.generation += 1;
        let (tokens, refresh, shown) = self.tokens(&family.grant, family.generation);
        let rotating = self.store.rotate(family.refresh, tokens);
        let what = format!("granted\t{}", shown.join("\t"));
        let rotated = self.notes.change(&what, rotating).await;
        assert_eq!(rotated.unwrap(), Rotated::Done);
        family.refresh = refresh;
        family.shown.extend(shown);
        self.families.push(family);
    }

    pub(crate) async fn end(&mut self, dice: &mut Dice) {
        if self.families.is_empty() {
            return self.redeem().await;
        }
        let family = self.families.swap_remove(dice.roll(self.families.len()));
        let ending = self.store.end_grant(family.grant.id, Clock::system().now());
        let what = format!("withdrew\t{}", family.shown.join("\t"));
        let ended = self.notes.change(&what, ending).await;
        assert!(ended.unwrap());
    }

    /// What a code or a refresh token gives, the id of the new refresh token, and what is accepted from then on.
    fn tokens(&self, grant: &Grant, generation: u32) -> (IssuedTokens, TokenId, Vec<String>) {
        let now = Clock::system().now();
        let times = (now, now + HOUR);
        let ((id, digest), text) = self.token(TokenKind::Access);
        let access = AccessTokenRow::new(id, digest, grant.id, &grant.granted.scopes, times);
        let ((id, digest), _) = self.token(TokenKind::Refresh);
        let refresh = RefreshTokenRow::new(id, digest, grant.id, generation, times);
        let shown = vec![format!("Bearer {text}"), format!("{REFRESH}{id}")];
        (IssuedTokens::new(access, Some(refresh)), id, shown)
    }

    fn token(&self, kind: TokenKind) -> ((TokenId, SecretDigest), String) {
        let now = Clock::system().now();
        let (id, text) = unstored_token(kind, self.store.store_key(), now);
        ((id, SecretDigest::sha256_of(text.as_bytes())), text)
    }
}
