//! Logging in and out, and who may see and end whose sessions (P-11, P-12, K-8, K-11).

use std::time::Duration;

use empress_auth_core::password::{Password, PasswordHash};
use empress_auth_core::testing::decide;
use empress_auth_core::{
    Actor, AuditAction, AuditStore, Authenticator, Clock, CredentialStore, Decision, Identity,
    IssueErrorKind, KeyIssuer, Lookup, MadeSession, MemoryStore, NewToken, NewUser, PublicUrl,
    RejectionKind, SYSTEM_MANAGER, Scopes, SessionIssuer, TokenId, TokenIssuer, UserChange,
    UserStore,
};
use http::Request;

use crate::support::{accepted, operator, start, store_and_clock, token_of, user, why};

/// The hash of [`PASSWORD`] in one round of Django's: quick, and replaced at the first login.
const HASH: &str = "pbkdf2_sha256$1$seasalt$YBwsf/yKxw1EIJHvxwy1lo6XfNIRudoL9Z7iITL3fGg=";
const PASSWORD: &str = "correct horse battery staple";
const HOUR: Duration = Duration::from_secs(60 * 60);

struct Site {
    store: MemoryStore,
    clock: Clock,
    sessions: SessionIssuer,
    layer: Authenticator,
}

/// Ada and Boss, a System Manager, who have passwords.
async fn site() -> Site {
    let (store, clock) = store_and_clock();
    let with_password = |new: NewUser| new.with_password_hash(PasswordHash::from_stored(HASH));
    let boss = NewUser::named("boss").with_roles([SYSTEM_MANAGER]);
    for new in [NewUser::named("ada"), boss] {
        store.create_user(with_password(new)).await.unwrap();
    }
    let url: PublicUrl = "https://auth.example".parse().unwrap();
    Site {
        sessions: SessionIssuer::new(store.clone()).with_clock(clock.clone()),
        layer: Authenticator::new(store.clone())
            .clock(clock.clone())
            .sessions(&url),
        store,
        clock,
    }
}

impl Site {
    async fn log_in(&self, name: &str) -> MadeSession {
        self.log_in_showing(name, None).await
    }

    async fn log_in_showing(&self, name: &str, shown: Option<&str>) -> MadeSession {
        let password = Password::new(PASSWORD).unwrap();
        let shown = shown.map(str::as_bytes);
        let made = self.sessions.log_in(name, password, None, shown).await;
        made.expect("a session")
    }

    async fn show(&self, made: &MadeSession) -> Decision {
        show(&self.layer, made.expose_secret()).await
    }

    async fn identity(&self, made: &MadeSession) -> Identity {
        self.show(made).await.unwrap().expect("somebody")
    }

    async fn limited(&self, name: &str, scopes: &[&str]) -> Identity {
        let new = NewToken::named("limited").with_scopes(Scopes::only(scopes));
        let made = token_of(&self.store, name, &self.clock, new).await;
        accepted(&self.layer, &format!("Bearer {}", made.expose_secret())).await
    }
}

async fn show(layer: &Authenticator, value: &str) -> Decision {
    let request = Request::builder().header("cookie", format!("__Host-sid={value}"));
    decide(layer, &request.body(()).unwrap()).await
}

// P-11
#[tokio::test]
async fn a_login_ends_the_session_that_is_really_shown() {
    let site = site().await;
    let planted = site.log_in("boss").await;
    // Who knows the id, which is no secret, ends nobody's session by it.
    let (with_id, rest) = planted.expose_secret().split_at(18);
    let guessed: String = rest.chars().rev().collect();
    for forged in [
        format!("{with_id}{guessed}"),
        with_id.to_owned(),
        String::new(),
        "emp_ss_".to_owned(),
        planted.expose_secret().replace("emp_ss_", "emp_pat_"),
    ] {
        let made = site.log_in_showing("ada", Some(&forged)).await;
        assert_ne!(made.expose_secret(), forged);
        site.identity(&planted).await;
    }
    let own = site
        .log_in_showing("ada", Some(planted.expose_secret()))
        .await;
    assert_eq!(why(&site.show(&planted).await), RejectionKind::SessionEnded);
    assert_eq!(site.identity(&own).await.username(), "ada");
    assert_ne!(own.session().id, planted.session().id);
    assert_ne!(own.csrf_token(), planted.csrf_token());
}

// A login that fails ends nothing, and leaves no event.
#[tokio::test]
async fn a_login_that_fails_changes_nothing() {
    let site = site().await;
    let present = site.log_in("ada").await;
    let before = site.store.audit(0, 1_000).await.unwrap();
    for (name, password) in [("ada", "wrong"), ("nobody", PASSWORD), ("a/b", PASSWORD)] {
        let password = Password::new(password).unwrap();
        let shown = Some(present.expose_secret().as_bytes());
        let refused = site.sessions.log_in(name, password, None, shown).await;
        assert_eq!(refused.unwrap_err().kind(), RejectionKind::WrongPassword);
    }
    assert_eq!(site.store.audit(0, 1_000).await.unwrap(), before);
    site.identity(&present).await;
}

// P-4, K-17: an old hash is replaced, which ends nothing; who logged in, and from where, is in the log and the list
#[tokio::test]
async fn a_login_is_logged_and_brings_the_hash_up_to_date() {
    let site = site().await;
    let from = "192.0.2.7".parse().ok();
    let password = || Password::new(PASSWORD).unwrap();
    let first = site.sessions.log_in("ADA", password(), from, None).await;
    let first = first.unwrap();
    assert_eq!(&*first.session().username, "ada", "as it is spelled");
    let stored = site.store.find(Lookup::Password("ada")).await.unwrap();
    let hash = stored.unwrap();
    assert!(!format!("{hash:?}").contains("seasalt"));
    site.log_in("ada").await;
    site.identity(&first).await;

    let listed = site.sessions.list(operator(), "ada").await.unwrap();
    assert_eq!(listed.len(), 2);
    let session = listed.iter().find(|one| one.id == first.session().id);
    assert_eq!(session.unwrap().from, from);
    let log = site.store.audit(0, 1_000).await.unwrap();
    let ada = site.store.user("ada").await.unwrap().unwrap();
    let event = log
        .iter()
        .find(|event| event.action == AuditAction::SessionCreated)
        .unwrap();
    let id = first.session().id.to_string();
    assert_eq!(event.credential_id.as_deref(), Some(&*id));
    assert_eq!(
        (&event.user_id, &event.actor_id),
        (&ada.id, &Some(ada.id.clone()))
    );
    assert_eq!(event.from, from);
}

// P-12
#[tokio::test]
async fn a_logout_ends_its_own_session_once() {
    let site = site().await;
    let (mine, other) = (site.log_in("ada").await, site.log_in("ada").await);
    let identity = site.identity(&mine).await;
    let watched = identity.clone();
    let watcher = tokio::spawn(async move { watched.revoked().await });
    tokio::task::yield_now().await;
    assert!(site.sessions.log_out(&identity, None).await.unwrap());
    let ended = tokio::time::timeout(Duration::from_secs(10), watcher).await;
    ended.expect("who watches is told").unwrap();
    assert_eq!(why(&site.show(&mine).await), RejectionKind::SessionEnded);
    site.identity(&other).await;
    assert!(!site.sessions.log_out(&identity, None).await.unwrap());
    // Who came another way has no session to end.
    let token = site.limited("ada", &["a"]).await;
    assert!(!site.sessions.log_out(&token, None).await.unwrap());
    site.identity(&other).await;
}

// K-8, K-19
#[tokio::test]
async fn sessions_are_seen_and_ended_by_their_user_and_by_administrators() {
    let site = site().await;
    let in_session = Actor::from(site.identity(&site.log_in("ada").await).await);
    let boss = Actor::from(site.identity(&site.log_in("boss").await).await);
    let with_scope = Actor::from(site.limited("ada", &["sessions"]).await);
    let without = Actor::from(site.limited("ada", &["tokens:write", "admin"]).await);
    let not_admin = Actor::from(site.limited("boss", &["sessions"]).await);
    for (actor, allowed) in [
        (&in_session, true),
        (&with_scope, true),
        (&boss, true),
        (&operator(), true),
        (&without, false),
        (&not_admin, false),
    ] {
        let victim = site.log_in("ada").await;
        let id = victim.session().id;
        let listed = site.sessions.list(actor, "ada").await;
        let ended = site.sessions.end(actor, "ada", id).await;
        if allowed {
            assert!(listed.unwrap().iter().any(|session| session.id == id));
            assert!(ended.unwrap());
            assert_eq!(why(&site.show(&victim).await), RejectionKind::SessionEnded);
            assert!(!site.sessions.end(actor, "ada", id).await.unwrap());
        } else {
            assert_eq!(listed.unwrap_err().kind(), IssueErrorKind::NotPermitted);
            assert_eq!(ended.unwrap_err().kind(), IssueErrorKind::NotPermitted);
            let all = site.sessions.end_all(actor, "ada", None).await;
            assert_eq!(all.unwrap_err().kind(), IssueErrorKind::NotPermitted);
            site.identity(&victim).await;
        }
    }
    // Another's id under one's own name ends nothing.
    let others = site.log_in("boss").await;
    let id = others.session().id;
    assert!(!site.sessions.end(&in_session, "ada", id).await.unwrap());
    site.identity(&others).await;

    let own = in_session.identity().unwrap().credential_id();
    let own = TokenId::parse(own).unwrap();
    let ended = site.sessions.end_all(&in_session, "ada", Some(own)).await;
    assert!(ended.unwrap() > 0);
    let left = site.sessions.list(&in_session, "ada").await.unwrap();
    assert_eq!(
        left.iter().map(|session| session.id).collect::<Vec<_>>(),
        [own]
    );
}

#[tokio::test]
async fn a_session_lives_as_long_as_it_is_set() {
    let mut site = site().await;
    site.sessions = site
        .sessions
        .with_lifetime(HOUR)
        .with_idle_timeout(Duration::from_secs(1));
    let made = site.log_in("ada").await;
    let session = made.session();
    assert_eq!(session.expires_at, start() + HOUR);
    let shortest = Duration::from_secs(10 * 60);
    assert_eq!(
        session.idle_timeout, shortest,
        "last use is written once a minute"
    );
    let listed = async |count| {
        let sessions = site.sessions.list(operator(), "ada").await.unwrap();
        assert_eq!(sessions.len(), count);
    };
    for _ in 0..6 {
        site.identity(&made).await;
        listed(1).await;
        site.clock.advance(shortest - Duration::from_secs(2));
    }
    site.identity(&made).await;
    site.clock.advance(Duration::from_secs(12));
    assert_eq!(why(&site.show(&made).await), RejectionKind::SessionEnded);
    listed(0).await;
}

// The value of the cookie and what a page shows beside it stand in no text of ours.
#[tokio::test]
async fn a_session_is_shown_by_no_debug() {
    let site = site().await;
    let made = site.log_in("ada").await;
    let identity = site.identity(&made).await;
    let line = site.layer.clone();
    let url: PublicUrl = "https://auth.example".parse().unwrap();
    let texts = [
        format!("{made:?}"),
        format!("{identity:?}"),
        format!("{:?}", site.sessions),
        format!("{line:?}"),
        format!("{:?}", url.session_set(&made)),
        format!("{:?}", site.store),
    ];
    for text in texts {
        assert!(!text.contains(&made.expose_secret()[18..]), "{text}");
        assert!(!text.contains(&made.csrf_token()), "{text}");
    }
}

// P-12: while a password is being set, nobody logs in with the one before
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_meets_another_password_makes_no_session() {
    let site = site().await;
    site.log_in("ada").await;
    let hash = PasswordHash::from_stored("!none");
    for _ in 0..20 {
        let logins: Vec<_> = (0..4)
            .map(|_| {
                let sessions = site.sessions.clone();
                tokio::spawn(async move {
                    let password = Password::new(PASSWORD).unwrap();
                    sessions.log_in("ada", password, None, None).await
                })
            })
            .collect();
        tokio::task::yield_now().await;
        let mut change = UserChange::default();
        change.password = Some(hash.clone());
        let grounds = operator().grounds(site.clock.now());
        site.store
            .update_user("ada", change, &grounds)
            .await
            .unwrap();
        for login in logins {
            if let Ok(made) = login.await.unwrap() {
                assert_eq!(why(&site.show(&made).await), RejectionKind::SessionEnded);
            }
        }
        let left = site.sessions.list(operator(), "ada").await.unwrap();
        assert!(left.is_empty(), "{left:?}");
        let mut back = UserChange::default();
        back.password = Some(PasswordHash::from_stored(HASH));
        let grounds = operator().grounds(site.clock.now());
        site.store.update_user("ada", back, &grounds).await.unwrap();
    }
}

// K-9: a session stands for its user: what is made in it is bound to neither its end nor its idling
#[tokio::test]
async fn a_token_that_is_made_in_a_session_outlives_it() {
    let site = site().await;
    user(&site.store, "eve").await;
    let actor = Actor::from(site.identity(&site.log_in("ada").await).await);
    let tokens = TokenIssuer::new(site.store.clone()).with_clock(site.clock.clone());
    let made = tokens.create(&actor, "ada", NewToken::named("ci")).await;
    let shown = tokens.show(&actor, made.unwrap().id()).await.unwrap();
    assert_eq!((shown.expires_at, shown.idle_timeout), (None, None));
    assert_eq!(shown.scopes, Scopes::all());
    // It opens no more than its user may.
    let eve = tokens.create(&actor, "eve", NewToken::named("ci")).await;
    assert_eq!(eve.unwrap_err().kind(), IssueErrorKind::NotPermitted);
    let keys = KeyIssuer::new(site.store.clone()).with_clock(site.clock.clone());
    let keys = keys.generate_keys(&actor, "eve").await;
    assert_eq!(keys.unwrap_err().kind(), IssueErrorKind::NotPermitted);
}
