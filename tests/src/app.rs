//! An application, described once: what stands in front of it, and what its routes are.

use empress_auth_core::endpoint::Route;
use empress_auth_core::{
    Authenticator, FromIdentity, Identity, RequiredBy, Requirement, role, scope,
};

use crate::server::Server;

/// Which framework serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adapter {
    /// axum, through `empress-auth-tower`.
    Tower,
    /// actix-web, through `empress-auth-actix`.
    Actix,
}

impl Adapter {
    /// Starts the application.
    #[must_use]
    pub fn serve(self, app: &App) -> Server {
        match self {
            Self::Tower => crate::tower::start(app),
            Self::Actix => crate::actix::start(app),
        }
    }

    /// Starts the application with this layer around all of it.
    #[must_use]
    pub fn serve_behind(self, auth: Authenticator) -> Server {
        self.serve(&App::behind(auth))
    }

    /// Starts nothing but the given routes, which authenticate with this layer.
    #[must_use]
    pub fn serve_alone(self, auth: Authenticator, mounted: Vec<Route>) -> Server {
        let app = App {
            mounted,
            has_own_routes: false,
            ..App::behind(auth)
        };
        self.serve(&app)
    }

    /// Starts the application with this layer around its own routes, and the given ones beside them.
    #[must_use]
    pub fn serve_mounted(self, auth: Authenticator, mounted: Vec<Route>) -> Server {
        let app = App {
            mounted,
            ..App::behind(auth)
        };
        self.serve(&app)
    }
}

/// The application of the scenarios.
///
/// | route | asks for | answers |
/// |---|---|---|
/// | `GET /` | `Authenticated` | the user name |
/// | `POST /` | `Authenticated` | the user name and the body's length |
/// | `GET /whoami` | `Authenticated` | all that is known of the caller |
/// | `GET /maybe` | `MaybeAuthenticated` | the user name or `nobody` |
/// | `GET /option` | `Option<Authenticated>` | the same |
/// | `GET /scoped` | `Scoped<ReadInvoices>` | the user name |
/// | `GET /required` | `Require` of a scope and a role | `invoices` |
/// | `GET /user` | `CurrentUser<Account>` | the account's full name |
/// | `GET /plain` | nothing | `plain` |
/// | `/endpoints/…`, `/…` | what each says | the routes of `serve_mounted`, under a prefix and without |
/// | `GET /ws`, `GET /sse` | `Authenticated` | a websocket, an event stream: until the credential ends |
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) auth: Option<Authenticator>,
    pub(crate) cors: Option<Cors>,
    pub(crate) accounts: Accounts,
    pub(crate) mounted: Vec<Route>,
    pub(crate) has_own_routes: bool,
}

/// Where a CORS middleware stands that allows `https://pages.example`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cors {
    /// Between `TokenAuth` and the routes.
    Inside,
    /// Around `TokenAuth`.
    Outside,
}

impl App {
    /// With this layer around all of it.
    #[must_use]
    pub fn behind(auth: Authenticator) -> Self {
        Self {
            auth: Some(auth),
            ..Self::without_layer()
        }
    }

    /// With nothing in front: what a forgotten layer looks like.
    #[must_use]
    pub fn without_layer() -> Self {
        Self {
            auth: None,
            cors: None,
            accounts: Accounts { down: false },
            mounted: Vec::new(),
            has_own_routes: true,
        }
    }

    /// With CORS.
    #[must_use]
    pub fn with_cors(self, cors: Cors) -> Self {
        Self {
            cors: Some(cors),
            ..self
        }
    }

    /// With the application's own table of accounts out of reach.
    #[must_use]
    pub fn with_accounts_down(self) -> Self {
        Self {
            accounts: Accounts { down: true },
            ..self
        }
    }
}

/// The origin that CORS allows.
pub const PAGES: &str = "https://pages.example";

/// The scope that `/scoped` asks for.
pub const READ: &str = "invoices:read";

/// What `/scoped` asks for.
#[derive(Debug)]
pub struct ReadInvoices;

impl RequiredBy for ReadInvoices {
    fn requirement() -> Requirement {
        scope(READ)
    }
}

/// What `/required` asks for.
pub(crate) fn requirement() -> Requirement {
    scope(READ) & role("Manager")
}

/// The application's own table of accounts; it knows `ada` alone.
#[derive(Debug, Clone)]
pub struct Accounts {
    pub(crate) down: bool,
}

/// The application's own user.
#[derive(Debug)]
pub struct Account {
    /// The name of the person.
    pub full_name: String,
}

impl FromIdentity for Account {
    type State = Accounts;
    type Error = String;

    async fn from_identity(
        identity: Identity,
        accounts: &Accounts,
    ) -> Result<Option<Self>, Self::Error> {
        if accounts.down {
            return Err("accounts at 10.0.0.7 do not answer".to_owned());
        }
        Ok((identity.username() == "ada").then(|| Self {
            full_name: "Ada Lovelace".to_owned(),
        }))
    }
}

/// All that is known of a caller, one fact a line.
pub(crate) fn describe(who: &Identity) -> String {
    let scopes = match who.scopes().as_list() {
        None => "everything".to_owned(),
        Some(list) => list.join(" "),
    };
    format!(
        "user: {}\nroles: {}\nproof: {}\ncredential: {}\nscopes: {scopes}\n",
        who.username(),
        who.roles().join(" "),
        who.proof().as_str(),
        who.credential_id(),
    )
}

pub(crate) fn name_of(who: Option<&Identity>) -> String {
    who.map_or("nobody", Identity::username).to_owned()
}
