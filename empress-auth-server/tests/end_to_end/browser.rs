//! Our pages in Chromium: what people do with them, and what other sites try. The scripts need Playwright.

use std::net::TcpListener;

use empress_auth_tests::{node_directory, run_python};

use crate::oauth::{PASSWORD, World};

const STAGE: &str = include_str!("browser_tests/stage.py");
const PAYLOADS: &str = include_str!("xss_payloads.txt");

fn run(script: &str, arguments: &[&str]) {
    let script = format!("{STAGE}\n{script}");
    run_python(&script, "playwright", arguments);
}

/// A port that nobody listens on, for the client's site, whose address has to be registered before it is there.
fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

#[test]
fn people_log_in_allow_deny_and_log_out_with_scripts_and_without() {
    let world = World::new();
    let port = free_port();
    let callback = format!("http://127.0.0.1:{port}/callback");
    let (asking, _) = world.client_at(&callback, "Invoices", &[]);
    let (trusted, _) = world.client_at(&callback, "Ours", &["--skip-consent"]);
    let script = include_str!("browser_tests/flow.py");
    run(
        script,
        &[&world.issuer(), PASSWORD, &asking, &trusted, &port],
    );
}

// AS-9700-17: what scripts of other origins may read
#[test]
fn an_application_in_a_browser_needs_no_server_of_its_own() {
    let Some(node) = node_directory("oidc-client-ts") else {
        return;
    };
    let library = "node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js";
    let library = node.join(library).to_str().unwrap().to_owned();
    let world = World::new();
    let port = free_port();
    let [callback, home] = ["callback", ""].map(|path| format!("http://127.0.0.1:{port}/{path}"));
    let options = ["--public", "--post-logout-redirect-uri", &home];
    let (client, _) = world.client_at(&callback, "App", &options);
    let script = include_str!("browser_tests/spa.py");
    run(
        script,
        &[&world.issuer(), PASSWORD, &client, &port, &library],
    );
}

// P-14, P-16
#[test]
fn another_site_can_neither_send_our_forms_nor_frame_our_pages() {
    let world = World::new();
    let port = free_port();
    let callback = format!("http://127.0.0.1:{port}/callback");
    let (client, _) = world.client_at(&callback, "Invoices", &[]);
    let script = include_str!("browser_tests/attacks.py");
    run(script, &[&world.issuer(), PASSWORD, &client, &port]);
}

// P-17
#[test]
fn nothing_runs_that_strangers_write_into_our_pages() {
    let world = World::new();
    let callback = "http://127.0.0.1:9/callback";
    // A name ends neither with a blank nor after 140 characters.
    let named = |payload: &str| payload.chars().take(140).collect::<String>();
    let clients: Vec<String> = PAYLOADS
        .lines()
        .map(|payload| world.client_at(callback, named(payload).trim(), &[]).0)
        .collect();
    let clients = serde_json::to_string(&clients).unwrap();
    let script = include_str!("browser_tests/payloads.py");
    run(
        script,
        &[&world.issuer(), PASSWORD, callback, PAYLOADS, &clients],
    );
}

// P-28
#[test]
fn pages_fit_a_phone_the_dark_the_keyboard_and_password_managers() {
    let world = World::new();
    let callback = "http://127.0.0.1:9/callback";
    let name = "A".repeat(140);
    let (client, _) = world.client_at(callback, &name, &[]);
    let script = include_str!("browser_tests/phone.py");
    run(script, &[&world.issuer(), PASSWORD, callback, &client]);
}
