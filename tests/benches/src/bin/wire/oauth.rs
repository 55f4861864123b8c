//! The provider beside panva's oidc-provider: client credentials, introspection, and access tokens that are JWTs.

use std::{
    io::{Error, Result},
    path::Path,
    process::Command,
};

use empress_auth_benches::{
    report::Goals,
    server::{Asked, Server},
    wrk::{Plan, Rounds},
};

use crate::{print, program::Program, say_how, srv};

const OURS: &str = "ours, axum, in memory";
const PEER: &str = "oidc-provider, in memory";
const PROGRAM: &str = "the program, SQLite";

/// What a client asks for in both comparisons of tokens.
const FORM: &str = "grant_type=client_credentials&scope=api";

/// The id and the secret of the one client in `peers/oidc/server.mjs`, as Basic.
const PEERS_CLIENT: &str =
    "Basic YmVuY2g6YS1zZWNyZXQtb2YtdGhlLWJlbmNobWFyay10aGF0LWlzLWxvbmctZW5vdWdo";

pub(crate) fn oauth(folder: &Path, program: &Path, plan: Plan) -> Result<()> {
    println!("\n## OAuth\n");
    say_how(plan);
    println!("Each with one confidential client, which shows its secret as Basic.");
    let mut goals = Goals::default();
    let mut compare = |what: &str, limit, start: &dyn Fn() -> Result<Vec<Server>>| -> Result<()> {
        println!("\n**{what}**");
        let measured = Rounds::measure(plan, start)?;
        print(&measured, PEER);
        let ratio = measured.cpu_ratio(OURS, PEER).map(|[median, ..]| median);
        goals.at_least(&format!("7. {what}: times {PEER}"), ratio, limit);
        Ok(())
    };
    let issuing = || {
        let database = folder.join("program");
        let program = Program::new(program, &database)?.serving_client(PROGRAM, FORM)?;
        Ok(vec![
            peer(folder, "opaque")?,
            ours("oauth-opaque")?,
            program,
        ])
    };
    compare("Client credentials, opaque tokens", 10.0, &issuing)?;
    compare("Introspection of such a token", 12.0, &|| {
        let mut servers = issuing()?;
        servers.iter_mut().try_for_each(introspect)?;
        Ok(servers)
    })?;
    compare("Client credentials, JWTs with ES256", 4.0, &|| {
        let servers = vec![peer(folder, "jwt")?, ours("oauth-jwt")?];
        for server in &servers {
            if access_token(server)?.split('.').count() != 3 {
                return Err(Error::other(format!("{}: no JWT", server.name)));
            }
        }
        Ok(servers)
    })?;
    goals.print();
    Ok(())
}

/// Asks `server` from now on about a token that it has issued.
fn introspect(server: &mut Server) -> Result<()> {
    let form = format!("token={}", access_token(server)?);
    let path = match server.asked.path {
        "/token" => "/token/introspection",
        _ => "/oauth/introspect",
    };
    server.asked = Asked::post(path, &server.asked.authorization, &form);
    let answer = server.answer()?;
    if answer.contains("\"active\":true") {
        Ok(())
    } else {
        Err(Error::other(format!("{}: {answer}", server.name)))
    }
}

fn ours(variant: &str) -> Result<Server> {
    let asked = |basic: &str| Asked::post("/oauth/token", basic, FORM);
    srv(OURS, variant, asked)
}

/// `folder` has what npm installed, and the server beside it.
fn peer(folder: &Path, format: &str) -> Result<Server> {
    let asked = Asked::post("/token", PEERS_CLIENT, FORM);
    Server::told(PEER, asked, |address| {
        let mut node = Command::new("node");
        node.arg("server.mjs")
            .args([&address.port().to_string(), format])
            .env("NODE_ENV", "production")
            .current_dir(folder);
        node
    })
}

/// A token that `server` answers.
fn access_token(server: &Server) -> Result<String> {
    let answer = server.answer()?;
    let token = answer
        .split_once("\"access_token\":\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(token, _)| token.to_owned());
    token.ok_or_else(|| Error::other(format!("{}: {answer}", server.name)))
}
