//! Who is the first to log in? The first start makes the user `Administrator`.
//!
//! 1. Once in the life of a database: a setting remembers it, so that an Administrator who was deleted does not come back.
//! 2. Once, too, when several programs start together (P-24): no two users have one name, and only the program
//!    that made the user hands over its password.
//! 3. The password is the one in a file that the operator named; else it is made here, and goes to the terminal or, where
//!    there is none, to a file that only its owner may read. Never to the log, which others read and which is kept.

use std::io::{self, Write};
use std::path::Path;

use empress_auth_core::password::Password;
use empress_auth_core::{Accounts, Actor, Entropy, IssueErrorKind, NewUser, SYSTEM_MANAGER};
use empress_auth_sql::SqliteStore;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::failure::Failure;
use crate::password_input;
use crate::private_file::PrivateFile;

/// The user that the first start makes, named as in Frappe.
const ADMINISTRATOR: &str = "Administrator";

/// The setting of the database that says that it was made.
const MADE: &str = "administrator_made";

/// Makes the Administrator, if this database never had one; a password that is made is shown on `terminal`, if there is
/// one.
pub(crate) async fn make_administrator(
    config: &Config,
    store: &SqliteStore,
    terminal: Option<&mut (dyn Write + Send)>,
) -> Result<(), Failure> {
    if store.setting(MADE).await?.is_some() {
        return Ok(());
    }
    // Before the user is made: a password that cannot be written down must not be set.
    let (password, handover) = prepare(config, terminal)?;
    let accounts = Accounts::new(store.clone()).with_password_policy(config.password_policy()?);
    let new = NewUser::named(ADMINISTRATOR).with_roles([SYSTEM_MANAGER]);
    let operator = Actor::assert_local_operator();
    match accounts.create(operator, new, Some(password)).await {
        Ok(_) => handover.carry_out()?,
        // Another program was faster, an operator made it by hand, or a first start was killed before it handed the
        // password over.
        Err(error) if error.kind() == IssueErrorKind::Conflict => tracing::warn!(
            "there is a user {ADMINISTRATOR} already, whose password is left as it is; if nobody knows it: \
             empress-auth user set-password {ADMINISTRATOR} --password-stdin"
        ),
        Err(error) => return Err(handover.refused(&error.to_string())),
    }
    store.add_setting(MADE, b"1").await?;
    Ok(())
}

/// How the operator gets to know the password.
enum Handover<'t> {
    /// The operator chose it, in the file of this name.
    Known(String),
    /// It is shown on the terminal.
    Shown(Zeroizing<String>, &'t mut (dyn Write + Send)),
    /// It is in a file that gets its name when the user is made.
    Written(PrivateFile),
}

fn prepare<'t>(
    config: &Config,
    terminal: Option<&'t mut (dyn Write + Send)>,
) -> Result<(Password, Handover<'t>), Failure> {
    if let Some(path) = &config.admin_password_file {
        let password = password_input::from_file(path)?;
        return Ok((password, Handover::Known(path.display().to_string())));
    }
    let text = random_password()?;
    let password =
        Password::new(text.as_bytes()).map_err(|error| Failure::failed(error.to_string()))?;
    let handover = match terminal {
        Some(terminal) => Handover::Shown(text, terminal),
        None => Handover::Written(draft(&config.database.beside(".initial-password"), &text)?),
    };
    Ok((password, handover))
}

impl Handover<'_> {
    fn carry_out(self) -> Result<(), Failure> {
        match self {
            Self::Known(_) => Ok(()),
            Self::Shown(text, terminal) => writeln!(
                terminal,
                "\nThis is the first start. Log in as {ADMINISTRATOR} with the password\n\n    {}\n\n\
                 which is shown this once.\n",
                *text
            )
            .map_err(|error| lost(&error)),
            Self::Written(file) => {
                let path = file.target().display().to_string();
                file.place().map_err(|error| lost(&error))?;
                tracing::info!(path, "the first start made the user Administrator; its password is in a file, delete it");
                Ok(())
            }
        }
    }

    /// The password, or the store, would not do.
    fn refused(&self, why: &str) -> Failure {
        match self {
            Self::Known(place) => Failure::failed(format!(
                "{ADMINISTRATOR} was not made with the password in {place}: {why}"
            )),
            Self::Shown(..) | Self::Written(_) => {
                Failure::failed(format!("{ADMINISTRATOR} was not made: {why}"))
            }
        }
    }
}

/// The user is made, and nobody knows its password.
fn lost(error: &io::Error) -> Failure {
    Failure::failed(format!(
        "the password of {ADMINISTRATOR} could not be handed over ({error}); set another one: \
         empress-auth user set-password {ADMINISTRATOR} --password-stdin"
    ))
}

fn draft(path: &Path, password: &str) -> Result<PrivateFile, Failure> {
    let line = Zeroizing::new(format!("{password}\n"));
    PrivateFile::draft(path, line.as_bytes()).map_err(|error| {
        Failure::failed(format!(
            "the password of {ADMINISTRATOR} cannot be written to {}: {error}",
            path.display()
        ))
    })
}

/// 120 random bits: 24 letters and digits in groups of six, none of which looks like another.
fn random_password() -> Result<Zeroizing<String>, Failure> {
    let mut random = Zeroizing::new([0; 24]);
    Entropy::system().fill(&mut *random)?;
    let mut text = Zeroizing::new(String::with_capacity(27));
    for (at, byte) in random.iter().enumerate() {
        if at > 0 && at % 6 == 0 {
            text.push('-');
        }
        // 256 is a multiple of 32, so each is as likely as the others.
        let letter = ALPHABET.get(usize::from(byte % 32));
        text.push(letter.copied().map_or('x', char::from));
    }
    Ok(text)
}

/// Without i, l, o and u: Crockford's base 32.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use empress_auth_core::password::PasswordPolicy;
    use empress_auth_core::{Authenticator, UserStore as _, testing};

    use super::*;
    use crate::database::Database;
    use crate::scratch::Scratch;

    #[test]
    fn a_random_password_passes_every_policy_and_is_never_the_same() {
        let one = random_password().unwrap();
        let other = random_password().unwrap();
        assert_ne!(*one, *other);
        assert_eq!(one.len(), 27);
        let policy = PasswordPolicy::new().with_min_code_points(27).unwrap();
        let password = Password::new(one.as_bytes()).unwrap();
        policy.check(&password, &[ADMINISTRATOR]).unwrap();
    }

    // P-24: three programs on one database, asked a hundred times at once.
    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_starts_at_once_one_makes_the_administrator_and_its_password_is_good() {
        let scratch = Scratch::new();
        let path = scratch.path().join("auth.db");
        let mut starts = Vec::new();
        for _ in 0..3 {
            let store = SqliteStore::open(&path).await.unwrap();
            for _ in 0..34 {
                let (store, path) = (store.clone(), path.clone());
                starts.push(tokio::spawn(async move {
                    let config = Config {
                        database: Database::parse(&format!("sqlite://{}", path.display())).unwrap(),
                        ..Config::default()
                    };
                    make_administrator(&config, &store, None).await
                }));
            }
        }
        for start in starts {
            start.await.unwrap().unwrap();
        }
        let left = scratch.names();
        let passwords: Vec<_> = left
            .iter()
            .filter(|name| name.contains("password"))
            .collect();
        assert_eq!(passwords, ["auth.db.initial-password"]);

        let store = SqliteStore::open(&path).await.unwrap();
        assert_eq!(store.users(None, 10).await.unwrap().len(), 1);
        let text =
            std::fs::read_to_string(scratch.path().join("auth.db.initial-password")).unwrap();
        let basic = STANDARD.encode(format!("{ADMINISTRATOR}:{}", text.trim_end()));
        let layer = Authenticator::new(store).passwords();
        let decision = testing::present(&layer, &format!("Basic {basic}")).await;
        assert!(decision.is_ok());
    }
}
