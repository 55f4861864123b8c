//! What does a thief of the file get? K-5.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use empress_auth_core::password::Password;
use empress_auth_core::testing::present;
use empress_auth_core::{
    Accounts, Actor, Authenticator, Clock, KeyIssuer, MasterKey, NewToken, NewUser, SecretDigest,
    TokenIssuer,
};

use crate::support::{Directory, refusal_of_cookie, session, token};

/// Everything that was issued, or can be shown, in clear.
#[derive(Default)]
pub(crate) struct Secrets(Vec<(&'static str, Vec<u8>)>);

impl Secrets {
    pub(crate) fn add(&mut self, what: &'static str, secret: impl AsRef<[u8]>) {
        self.0.push((what, secret.as_ref().to_vec()));
    }

    /// That neither a secret nor its hexadecimal or base64 form is in there.
    fn assert_not_in(&self, file: &str, bytes: &[u8]) {
        for (what, secret) in &self.0 {
            for form in forms(secret) {
                let is_there = bytes.windows(form.len()).any(|window| *window == *form);
                let form = String::from_utf8_lossy(&form);
                assert!(!is_there, "{file} holds {what} as {form}");
            }
        }
    }

    /// That none is in a file of the directory; answers how many files there are.
    pub(crate) fn assert_not_in_files(&self, directory: &Directory) -> usize {
        let mut count = 0;
        for entry in std::fs::read_dir(directory.path()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            self.assert_not_in(&path.display().to_string(), &bytes);
            count += usize::from(!bytes.is_empty());
        }
        count
    }
}

fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let hex = secret.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    let mut forms = vec![
        secret.to_vec(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
    ];
    // In front of it, other bytes may shift the letters; the first and last of them depend on the neighbours.
    for skipped in 0..3 {
        let aligned = secret.get(skipped..).unwrap_or_default();
        let whole = aligned.len() / 3 * 3;
        forms.push(STANDARD_NO_PAD.encode(&aligned[..whole]).into_bytes());
        forms.push(URL_SAFE_NO_PAD.encode(&aligned[..whole]).into_bytes());
    }
    forms
}

#[test]
fn what_is_looked_for_would_be_found() {
    let mut secrets = Secrets::default();
    secrets.add("a word", "password!");
    for dump in [
        "..password!..",
        "..70617373776f726421..",
        &STANDARD_NO_PAD.encode("xpassword!x"),
        &STANDARD_NO_PAD.encode("xxpassword!"),
    ] {
        let found = std::panic::catch_unwind(|| secrets.assert_not_in("dump", dump.as_bytes()));
        assert!(found.is_err(), "{dump}");
    }
    secrets.assert_not_in("dump", b"passwort!");
}

#[tokio::test]
async fn neither_the_file_nor_its_log_holds_a_secret() {
    let directory = Directory::new();
    let store = directory.store().await;
    let operator = Actor::assert_local_operator;
    let mut secrets = Secrets::default();

    let password = "correct horse battery staple";
    let text = Password::new(password.as_bytes()).unwrap();
    let accounts = Accounts::new(store.clone());
    let new = NewUser::named("ada");
    accounts.create(operator(), new, Some(text)).await.unwrap();
    secrets.add("the password", password);

    let keys = KeyIssuer::new(store.clone());
    for what in ["the replaced API secret", "the API secret"] {
        let pair = keys.generate_keys(operator(), "ada").await.unwrap();
        secrets.add(what, pair.api_secret().expose_secret());
    }
    let layer = Authenticator::new(store.clone());
    let (made, field) = token(&store, "ada").await;
    present(&layer, &field).await.unwrap();
    secrets.add("the token", made.expose_secret());
    // Behind the prefix and the id, which is no secret.
    secrets.add("the token's secret part", &made.expose_secret()[19..46]);

    let issuer = TokenIssuer::new(store.clone());
    let master_key = MasterKey::generate(&empress_auth_core::Entropy::system()).unwrap();
    store
        .add_setting("fingerprint", &master_key.fingerprint())
        .await
        .unwrap();
    secrets.add("the master key", master_key.expose_secret());
    let derived = issuer.drf_token(operator(), "ada", &master_key);
    let derived = derived.await.unwrap();
    secrets.add("the derived token", derived.expose_secret());
    let bytes: Vec<u8> = (0..40)
        .step_by(2)
        .map(|at| u8::from_str_radix(&derived.expose_secret()[at..at + 2], 16).unwrap())
        .collect();
    secrets.add("the derived token's bytes", bytes);

    let imported = "0123456789abcdef0123456789abcdef01234567";
    let digest = SecretDigest::sha256_of(imported.as_bytes());
    let import = issuer.import(operator(), "ada", NewToken::named("old"), digest);
    import.await.unwrap();
    secrets.add("the imported token", imported);

    let cookie = session(&store, "ada", Clock::system().now()).await;
    assert_eq!(refusal_of_cookie(&layer, &cookie).await, None);
    secrets.add("the session", &cookie);
    secrets.add("the session's secret part", &cookie[18..45]);

    let dump = || secrets.assert_not_in_files(&directory);
    assert_eq!(dump(), 3, "the database, its log and the log's index");
    drop(layer);
    store.close().await;
    assert_eq!(dump(), 1, "the database");
}
