//! An OpenID provider, mounted beside its endpoints, and clients that use it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use empress_auth_core::form::parse_form;
use empress_auth_core::{Actor, Clock, MasterKey, MemoryStore};
use empress_auth_oauth::client::Client;
use empress_auth_oauth::store::ClientStore as _;
use empress_auth_oauth::{NewClient, Provider};
use serde_json::Value;

use crate::app::Adapter;
use crate::browser::{Browser, Callback, encode};
use crate::client::{Answer, Request};
use crate::plain_pages::PlainPages;
use crate::server::Server;
use crate::world::{REMEMBERED, SITE, World, basic, standing_still, wait};

/// A provider whose issuer is [`SITE`], with `ada`, who has the role `Manager`, and `eve`, who both have
/// [`PASSWORD`](crate::PASSWORD).
#[derive(Debug)]
pub struct Op {
    /// Its people; time moves when told to.
    pub world: World,
    /// What serves it.
    pub server: Server,
    /// The provider.
    pub provider: Provider,
    /// Everything that is kept.
    pub store: MemoryStore,
}

/// A client of it.
#[derive(Debug, Clone)]
pub struct OpClient {
    /// Its id.
    pub id: String,
    /// Its secret, unless it is public.
    pub secret: Option<String>,
    /// Its first redirect URI.
    pub redirect_uri: String,
}

/// Where the usual client wants answers.
pub const CALLBACK: &str = "https://client.example/callback";

/// A code verifier and its S256 challenge (RFC 7636 appendix B).
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The challenge of [`VERIFIER`].
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// All that OpenID Connect defines, and Frappe's.
pub const SCOPES: [&str; 7] = [
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    "offline_access",
    "all",
];

impl Op {
    /// Starts one.
    #[must_use]
    pub fn start(adapter: Adapter) -> Self {
        Self::start_with(adapter, |provider| provider)
    }

    /// Starts one that is set up otherwise.
    #[must_use]
    pub fn start_with(adapter: Adapter, change: impl FnOnce(Provider) -> Provider) -> Self {
        let clock = standing_still();
        let store = MemoryStore::with(clock.clone(), REMEMBERED);
        let world = World::empty(store.clone(), clock.clone()).with_people();
        for username in ["ada", "eve"] {
            world.set_password(username);
        }
        let public_url = SITE.parse().expect("a URL");
        let master_key = MasterKey::from_bytes([7; 32]);
        let provider = Provider::new(store.clone(), public_url, master_key).with_clock(clock);
        let provider = change(provider);
        let routes = [
            world.endpoints().all(),
            provider.routes(),
            provider.browser_routes(PlainPages),
        ];
        let server = adapter.serve_alone(world.auth_with_sessions(), routes.concat());
        Self {
            world,
            server,
            provider,
            store,
        }
    }

    /// A confidential client with [`CALLBACK`] and all [`SCOPES`].
    #[must_use]
    pub fn client(&self) -> OpClient {
        let new = NewClient::confidential("The Client");
        self.make(new.with_redirect_uri(CALLBACK).with_scopes(SCOPES))
    }

    /// The same without a secret.
    #[must_use]
    pub fn public_client(&self) -> OpClient {
        let new = NewClient::public("The App");
        self.make(new.with_redirect_uri(CALLBACK).with_scopes(SCOPES))
    }

    /// Makes a client.
    #[must_use]
    pub fn make(&self, new: NewClient) -> OpClient {
        let redirect_uri = new.redirect_uris.first().map_or("", |uri| uri).to_owned();
        let operator = Actor::assert_local_operator();
        let made = wait(self.provider.clients().create(operator, new)).expect("a client");
        OpClient {
            id: made.client().id.to_string(),
            secret: made
                .secret()
                .map(|secret| secret.expose_secret().to_owned()),
            redirect_uri,
        }
    }

    /// Changes a client as nobody can who makes one by the rules.
    pub fn change_client(&self, client: &OpClient, change: impl FnOnce(&mut Client)) {
        let found = wait(self.store.client(&client.id)).expect("a store");
        let mut changed = (*found.expect("a client")).clone();
        change(&mut changed);
        let grounds = Actor::assert_local_operator().grounds(self.clock().now());
        wait(self.store.update_client(changed, &grounds)).expect("a change");
    }

    /// The time.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.world.clock
    }

    /// A browser that nobody is logged in at.
    #[must_use]
    pub const fn browser(&self) -> Browser<'_> {
        Browser::of(&self.server)
    }

    /// A browser that `username` is logged in at.
    #[must_use]
    pub fn browser_of(&self, username: &str) -> Browser<'_> {
        let mut browser = self.browser();
        browser.log_in(username);
        browser
    }

    /// Redeems a code.
    #[must_use]
    pub fn exchange(&self, client: &OpClient, code: &str, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &client.redirect_uri),
        ];
        fields.extend_from_slice(more);
        self.token(client, &fields)
    }

    /// Calls the token endpoint: with Basic, or by its id alone if the client is public.
    #[must_use]
    pub fn token(&self, client: &OpClient, fields: &[(&str, &str)]) -> Answer {
        self.call(client, "/oauth/token", fields)
    }

    /// Calls an endpoint for clients, authenticated.
    #[must_use]
    pub fn call(&self, client: &OpClient, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        let mut request = Request::post(path);
        match &client.secret {
            Some(secret) => {
                request = request.authorization(basic(format!("{}:{secret}", client.id)));
            }
            None => fields.push(("client_id", &client.id)),
        }
        let form = "application/x-www-form-urlencoded";
        self.server.send(&request.body(form, encode(&fields)))
    }

    /// Goes all the way as `ada`, who allows what is asked for, and answers what the token endpoint says.
    #[must_use]
    pub fn tokens(&self, client: &OpClient, more: &[(&str, &str)]) -> Value {
        let mut browser = self.browser_of("ada");
        self.tokens_in(&mut browser, client, more)
    }

    /// The same in a browser that is there.
    #[must_use]
    pub fn tokens_in(
        &self,
        browser: &mut Browser<'_>,
        client: &OpClient,
        more: &[(&str, &str)],
    ) -> Value {
        let callback = browser.authorize(&client.request(more), "ada");
        let has_challenge = more.iter().any(|(name, _)| *name == "code_challenge");
        let needs_verifier = client.secret.is_none() || has_challenge;
        let verifier: &[(&str, &str)] = &[("code_verifier", VERIFIER)];
        let more = if needs_verifier { verifier } else { &[] };
        let answer = self.exchange(client, callback.code(), more);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }
}

impl OpClient {
    /// The path of an authorization request with the scope `openid` and a state; a public client adds PKCE. `more` takes
    /// the place of what it names; an empty value takes it out.
    #[must_use]
    pub fn request(&self, more: &[(&str, &str)]) -> String {
        format!("/oauth/authorize?{}", self.query(more))
    }

    /// The same without the path.
    #[must_use]
    pub fn query(&self, more: &[(&str, &str)]) -> String {
        let mut fields = vec![
            ("client_id", self.id.as_str()),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", STATE),
        ];
        if self.secret.is_none() {
            fields.push(("code_challenge", CHALLENGE));
            fields.push(("code_challenge_method", "S256"));
        }
        fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        fields.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        encode(&fields)
    }
}

/// The state of every request that has no other.
pub const STATE: &str = "st%4te &+\"\u{e9}";

impl Callback {
    /// That it goes to this client, with the state and the issuer of every answer.
    #[track_caller]
    pub fn assert_is_for(&self, client: &OpClient) {
        let (uri, _) = client
            .redirect_uri
            .split_once('?')
            .unwrap_or((&client.redirect_uri, ""));
        assert_eq!(self.location, uri);
        assert_eq!(self.get("state"), Some(STATE));
        assert_eq!(self.get("iss"), Some(SITE));
    }
}

/// What a JWT says; nothing is verified.
#[must_use]
pub fn unverified_claims(jwt: &str) -> Value {
    part(jwt, 1)
}

/// The header of a JWT.
#[must_use]
pub fn unverified_header(jwt: &str) -> Value {
    part(jwt, 0)
}

fn part(jwt: &str, place: usize) -> Value {
    let part = jwt.split('.').nth(place).expect("three parts");
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// The fields of a query.
#[must_use]
pub fn decode(query: &str) -> Vec<(String, String)> {
    let fields = parse_form(query.as_bytes()).expect("a query");
    let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    fields.iter().map(pair).collect()
}
