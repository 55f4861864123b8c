//! The provider beside panva's oidc-provider: client credentials, introspection, and access tokens that are JWTs.

use std::{
    io::{Error, Result},
    path::Path,
    process::Command,
};

use empress_auth_benches::{
    report::Goals,
    server::{Asked, Server},
    wrk::Rounds,
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

pub(crate) fn oauth(
    folder: &Path,
    program: &Program,
    (rounds, seconds): (usize, u32),
) -> Result<()> {
    println!("\n## OAuth\n");
    say_how(rounds, seconds);
    println!("Each with one confidential client, which shows its secret as Basic.");
    let mut goals = Goals::default();
    let mut compare = |what: &str, servers: &[Server], limit| -> Result<()> {
        println!("\n**{what}**");
        let measured = Rounds::measure(servers, rounds, seconds)?;
        print(&measured, PEER);
        let ratio = measured.cpu_ratio(OURS, PEER).map(|[median, ..]| median);
        goals.at_least(&format!("7. {what}: times {PEER}"), ratio, limit);
        Ok(())
    };

    let mut servers = vec![peer(folder, "opaque")?, ours("oauth-opaque")?];
    servers.push(program.serving_client(PROGRAM, FORM)?);
    compare("Client credentials, opaque tokens", &servers, 10.0)?;
    for server in &mut servers {
        let token = access_token(server)?;
        let path = match server.asked.path {
            "/token" => "/token/introspection",
            _ => "/oauth/introspect",
        };
        let form = format!("token={token}");
        server.asked = Asked::post(path, &server.asked.authorization, &form);
        let answer = server.answer()?;
        if !answer.contains("\"active\":true") {
            return Err(Error::other(format!("{}: {answer}", server.name)));
        }
    }
    compare("Introspection of such a token", &servers, 12.0)?;
    drop(servers);

    let servers = [peer(folder, "jwt")?, ours("oauth-jwt")?];
    for server in &servers {
        if access_token(server)?.split('.').count() != 3 {
            return Err(Error::other(format!("{}: no JWT", server.name)));
        }
    }
    compare("Client credentials, JWTs with ES256", &servers, 4.0)?;
    goals.print();
    Ok(())
}

fn ours(variant: &str) -> Result<Server> {
    let asked = |basic: &str| Asked::post("/oauth/token", basic, FORM);
    let server = srv(OURS, variant, asked)?;
    server.ok_or_else(|| Error::other(format!("srv has no {variant}")))
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
