//! The program as it is installed, on a new database.

use std::{
    fs,
    io::{Error, Result},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use empress_auth_benches::server::{Asked, Server};

/// The program, and the folder of its database.
pub(crate) struct Program {
    path: PathBuf,
    folder: PathBuf,
}

impl Program {
    /// Makes the folder anew, and the database in it.
    pub(crate) fn new(path: &Path, folder: &Path) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        let program = Self {
            path: path.to_owned(),
            folder: folder.to_owned(),
        };
        program.told(&["migrate"])?;
        Ok(program)
    }

    /// Serves one user's token its own `/api/v1/me`.
    pub(crate) fn serving_token(&self, name: &'static str) -> Result<Server> {
        self.told(&["user", "create", "ada"])?;
        let made = self.told(&["token", "create", "ada", "--json"])?;
        let token = text(&made, "emp_pat_")?;
        self.serve(name, Asked::get("/api/v1/me", &format!("Bearer {token}")))
    }

    /// Serves a confidential client that posts `form` to the token endpoint.
    pub(crate) fn serving_client(&self, name: &'static str, form: &str) -> Result<Server> {
        let client = ["client", "create", "bench", "--scope", "api", "--json"];
        let made = self.told(&[&client[..], &["--grant", "client_credentials"]].concat())?;
        let id = made
            .split_once("\"client_id\":")
            .and_then(|(_, rest)| rest.split('"').nth(1))
            .ok_or_else(|| Error::other("no client was made"))?;
        let pair = STANDARD.encode(format!("{id}:{}", text(&made, "emp_cs_")?));
        let asked = Asked::post("/oauth/token", &format!("Basic {pair}"), form);
        self.serve(name, asked)
    }

    fn serve(&self, name: &'static str, asked: Asked) -> Result<Server> {
        Server::told(name, asked, |address: SocketAddr| {
            let mut serve = self.command();
            serve.args(["serve", "--listen", &address.to_string()]);
            serve
        })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command
            .current_dir(&self.folder)
            .env_remove("EMPRESS_DATABASE_URL")
            .env_remove("EMPRESS_CONFIG");
        command
    }

    fn told(&self, args: &[&str]) -> Result<String> {
        let output = self.command().args(args).output()?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(Error::other(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            ))
        }
    }
}

/// The text in quotes that begins so.
fn text<'a>(json: &'a str, prefix: &str) -> Result<&'a str> {
    let found = json.split('"').find(|part| part.starts_with(prefix));
    found.ok_or_else(|| Error::other(format!("nothing begins with {prefix}")))
}
