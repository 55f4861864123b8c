//! Requests a second over loopback: beside the bare frameworks (`wire peers`), beside DRF and FastAPI
//! (`wire incumbents VENV DATABASE PROGRAM`), and beside oidc-provider (`wire oauth PEER PROGRAM`).

use std::{
    env,
    io::{Error, Result},
    path::Path,
    process::Command,
};

use empress_auth_benches::{
    data::PATH,
    report::{Figure, Goals, Table},
    server::{Asked, Server},
    wrk::{Plan, Rounds},
};

use crate::program::Program;

mod oauth;
mod program;

const AXUM: &str = "ours, axum";
const ACTIX: &str = "ours, actix-web";
const DRF: &str = "DRF TokenAuthentication, gunicorn, SQLite, defaults";
const DRF_TUNED: &str = "the same, no middleware, connection kept";
const PROGRAM: &str = "the program, SQLite, its own /api/v1/me";
const FASTAPI: &str = "FastAPI HTTPBearer + SHA-256 + dict, uvicorn";

fn main() -> Result<()> {
    let quick = env::var_os("BENCH_QUICK").is_some();
    let plan = |starts, rounds, seconds| match quick {
        false => Plan {
            starts,
            rounds,
            seconds,
        },
        true => Plan {
            starts: 1,
            rounds: 2,
            seconds: 1,
        },
    };
    match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [what] if what == "peers" => peers(plan(7, 9, 1), plan(3, 6, 1)),
        [what, venv, database, program] if what == "incumbents" => {
            let [venv, program] = [venv, program].map(Path::new);
            incumbents(venv, Path::new(database), program, plan(7, 2, 3))
        }
        [what, peer, program] if what == "oauth" => {
            oauth::oauth(Path::new(peer), Path::new(program), plan(3, 3, 3))
        }
        _ => Err(Error::other(
            "usage: wire peers, wire incumbents VENV DATABASE PROGRAM, or wire oauth PEER PROGRAM",
        )),
    }
}

fn peers(bare: Plan, jwt: Plan) -> Result<()> {
    println!("\n## Wire\n");
    say_how(bare);
    let mut goals = Goals::default();
    for (base, ours, limit, variants) in [
        ("axum, bare", AXUM, 0.92, &AXUM_VARIANTS[..]),
        ("actix-web, bare", ACTIX, 0.95, &ACTIX_VARIANTS[..]),
    ] {
        let start = || {
            variants
                .iter()
                .map(|(name, variant)| srv(name, variant, hello))
                .collect()
        };
        let measured = Rounds::measure(bare, start)?;
        print(&measured, base);
        let ratio = measured.cpu_ratio(ours, base).map(|[median, ..]| median);
        goals.at_least(
            &format!("4. {ours}: requests a second beside bare"),
            ratio,
            limit,
        );
    }
    compare_jwts(&mut goals, jwt)?;
    goals.print();
    Ok(())
}

/// One JWT, again and again, beside one opaque token, and where each request verifies it.
fn compare_jwts(goals: &mut Goals, plan: Plan) -> Result<()> {
    println!("\nJWTs: {plan}.");
    let measured = Rounds::measure(plan, || {
        Ok(vec![
            srv(AXUM, "axum", hello)?,
            srv(JWT, "axum-jwt", hello)?,
            srv(JWT_PEER_AWS_LC, JWT_PEER, hello)?,
            Server::announced(JWT_PEER, built("srv-rust-crypto", JWT_PEER)?, hello)?,
        ])
    })?;
    print(&measured, AXUM);
    for (base, limit) in [(AXUM, 0.9), (JWT_PEER, 10.0)] {
        let ratio = measured.cpu_ratio(JWT, base).map(|[median, ..]| median);
        goals.at_least(&format!("6. {JWT}: times {base}"), ratio, limit);
    }
    Ok(())
}

const JWT: &str = "ours, axum, a JWT seen before, ES256";
const JWT_PEER: &str = "tower-oauth2-resource-server";
const JWT_PEER_AWS_LC: &str = "tower-oauth2-resource-server, its backend AWS-LC";

const AXUM_VARIANTS: [(&str, &str); 4] = [
    ("axum, bare", "axum-bare"),
    ("axum, no-op layer", "axum-no-op"),
    (AXUM, "axum"),
    ("axum, from_fn, SHA-256 + DashMap", "axum-from-fn"),
];

const ACTIX_VARIANTS: [(&str, &str); 4] = [
    ("actix-web, bare", "actix-bare"),
    (ACTIX, "actix"),
    ("actix-web, from_fn, SHA-256 + DashMap", "actix-from-fn"),
    ("actix-web-httpauth + DashMap, no hash", "actix-httpauth"),
];

fn incumbents(venv: &Path, database: &Path, program: &Path, plan: Plan) -> Result<()> {
    println!("\n## Incumbents\n");
    say_how(plan);
    println!("All but the program answer `{{\"username\":\"…\"}}` to one of 10,000 tokens.");
    println!(
        "Goal 7 is judged beside DRF as `startproject` leaves it; what tuning gains is shown."
    );
    let folder = database.with_file_name("program");
    let measured = Rounds::measure(plan, || {
        Ok(vec![
            drf(DRF, venv, database, "0")?,
            drf(DRF_TUNED, venv, database, "1")?,
            fastapi(venv)?,
            srv(
                "axum, bare, which asks nobody who they are",
                "axum-bare-json",
                hello,
            )?,
            srv(
                "axum, from_fn, SHA-256 + DashMap",
                "axum-from-fn-json",
                hello,
            )?,
            srv(AXUM, "axum-json", hello)?,
            srv(ACTIX, "actix-json", hello)?,
            Program::new(program, &folder)?.serving_token(PROGRAM)?,
        ])
    })?;
    for base in [DRF, DRF_TUNED, FASTAPI] {
        print(&measured, base);
    }

    let mut goals = Goals::default();
    for (incumbent, limit) in [(DRF, 120.0), (FASTAPI, 18.0)] {
        for ours in [AXUM, ACTIX] {
            let ratio = measured
                .cpu_ratio(ours, incumbent)
                .map(|[median, ..]| median);
            let what = format!("7. {ours}: times {incumbent}");
            goals.at_least(&what, ratio, limit);
        }
    }
    let ratio = measured.cpu_ratio(PROGRAM, DRF).map(|[median, ..]| median);
    goals.at_least(&format!("{PROGRAM}: times {DRF}"), ratio, 100.0);
    goals.print();
    Ok(())
}

const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");

fn drf(name: &'static str, venv: &Path, database: &Path, tuned: &str) -> Result<Server> {
    let asked = Asked::get(PATH, &format!("Token {:040x}", 5_000));
    Server::told(name, asked, |address| {
        let mut gunicorn = Command::new(venv.join("bin/gunicorn"));
        gunicorn
            .args("--workers 1 --worker-class sync --log-level error".split(' '))
            .args(["--bind", &address.to_string(), "wsgi:application"])
            .current_dir(format!("{PEERS}/drf"))
            .env("BENCH_DATABASE", database)
            .env("BENCH_TUNED", tuned);
        gunicorn
    })
}

fn fastapi(venv: &Path) -> Result<Server> {
    let asked = Asked::get(PATH, "Bearer token-5000");
    Server::told(FASTAPI, asked, |address| {
        let mut uvicorn = Command::new(venv.join("bin/uvicorn"));
        uvicorn
            .args("--loop uvloop --http httptools --no-access-log --log-level error".split(' '))
            .args(["--port", &address.port().to_string(), "app:app"])
            .current_dir(format!("{PEERS}/fastapi"));
        uvicorn
    })
}

fn hello(authorization: &str) -> Asked {
    Asked::get(PATH, authorization)
}

/// Our own server program, which lies beside this one.
fn srv(name: &'static str, variant: &str, asked: impl FnOnce(&str) -> Asked) -> Result<Server> {
    Server::announced(name, built("srv", variant)?, asked)
}

/// A program that was built beside this one.
fn built(program: &str, variant: &str) -> Result<Command> {
    let mut built = Command::new(env::current_exe()?.with_file_name(program));
    built.arg(variant);
    Ok(built)
}

fn say_how(plan: Plan) {
    println!("wrk, 1 thread, 64 connections; {plan}, in turn.");
    println!(
        "One worker on core 0, wrk on core 1. \"CPU\" is the server's share of its core: far below 1, and"
    );
    println!(
        "neighbours disturbed the run. Goals are judged by requests a second of processor time, which is"
    );
    println!("the rate on a machine of one's own.");
}

fn print(measured: &Rounds, base: &str) {
    let heads = [
        "server",
        "requests/s",
        "p50 µs",
        "ratio",
        "CPU",
        "ratio per CPU s",
        "range",
    ];
    let mut table = Table::new(&heads);
    for name in measured.names() {
        let (rate, p50) = (measured.rate(name), measured.p50_us(name));
        let cpu_ratio = measured.cpu_ratio(name, base);
        let of = |i: usize| Figure(cpu_ratio.map(|ratio| ratio[i]), 3);
        table.row(&[
            name,
            &Figure(rate, 0),
            &Figure(p50, 0),
            &Figure(measured.ratio(name, base), 3),
            &Figure(measured.cpu(name), 2),
            &of(0),
            &format!("{}–{}", of(1), of(2)),
        ]);
    }
    table.print(&format!("Beside \"{base}\", median of paired rounds"));
}
