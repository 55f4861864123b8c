//! The guide on OAuth 2 and OpenID Connect: its calls with curl as they are printed, but for slips of markup (`&amp;`, a
//! missing backslash, a broken line, `openid%20all`, which curl encodes once more), for three kinds of clients.

use empress_auth_tests::output_of;
use serde_json::{Value, json};
use std::process::Command;

use crate::oauth::{PASSWORD, World};

const METHOD: &str = "/api/method/frappe.integrations.oauth2.";
const CALLBACK: &str = "https://app.getpostman.com/oauth2/callback";
/// Of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What came back.
struct Answer {
    status: u16,
    redirect: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }
}

/// Somebody with curl and a jar of cookies, logged in as `ada`.
struct Curl {
    world: World,
    jar: String,
}

impl Curl {
    fn logged_in() -> Self {
        let world = World::new();
        let jar = world.file("jar");
        let curl = Self { world, jar };
        let password = format!("pwd={PASSWORD}");
        let login = ["-d", "usr=ada", "--data-urlencode", &password];
        assert_eq!(curl.call("/api/method/login", &login).status, 200);
        curl
    }

    fn call(&self, path: &str, arguments: &[&str]) -> Answer {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-w", "\n%{http_code} %{redirect_url}"])
            .args(["-b", &self.jar, "-c", &self.jar])
            .args(arguments)
            .arg(format!("{}{path}", self.world.issuer()));
        let said = output_of(&mut curl);
        let (body, last) = said.rsplit_once('\n').unwrap();
        let (status, redirect) = last.split_once(' ').unwrap();
        Answer {
            status: status.parse().unwrap(),
            redirect: redirect.to_owned(),
            body: body.to_owned(),
        }
    }

    /// "Getting an Authorization Code": the page that asks.
    fn authorize(&self, how: &[&str], client_id: &str, more: &[&str]) -> Answer {
        let client_id = format!("client_id={client_id}");
        let redirect_uri = format!("redirect_uri={CALLBACK}");
        let mut arguments = how.to_vec();
        let parameters = [
            &*client_id,
            "state=444",
            "response_type=code",
            "scope=openid all",
            &redirect_uri,
        ];
        for parameter in parameters.iter().chain(more) {
            arguments.extend(["--data-urlencode", parameter]);
        }
        self.call(&format!("{METHOD}authorize"), &arguments)
    }

    /// What a page's button sends, and where it leads.
    fn decide(&self, page: &Answer, decision: &str) -> String {
        assert_eq!(page.status, 200, "{}", page.body);
        let mut arguments = Vec::new();
        for input in page.body.split("<input ").skip(1) {
            let value = |name: &str| {
                let (_, rest) = input.split_once(&format!("{name}=\"")).unwrap();
                rest.split('"').next().unwrap().to_owned()
            };
            arguments.push("--data-urlencode".to_owned());
            arguments.push(format!("{}={}", value("name"), value("value")));
        }
        arguments.extend(["-d".to_owned(), format!("decision={decision}")]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (_, rest) = page.body.split_once("action=\"").unwrap();
        let action = rest.split('"').next().unwrap();
        self.call(action, &arguments).redirect
    }

    /// "Token Exchange for Authorization Code Grant with ID Token".
    fn get_token(&self, code: &str, client_id: &str, more: &str) -> Answer {
        let callback = "https%3A%2F%2Fapp.getpostman.com%2Foauth2%2Fcallback";
        let body = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={callback}&client_id={client_id}{more}"
        );
        let arguments = [
            "-X",
            "POST",
            "-H",
            "Content-Type: application/x-www-form-urlencoded",
            "-H",
            "Accept: application/json",
            "-d",
            &body,
        ];
        self.call(&format!("{METHOD}get_token"), &arguments)
    }

    /// All that the guide does with a code, and the end of the token.
    fn go_through(&self, code: &str, client_id: &str, more: &str) {
        let answer = self.get_token(code, client_id, more);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let token = answer.json();
        for (member, value) in [
            ("token_type", json!("Bearer")),
            ("expires_in", json!(3600)),
            ("scope", json!("openid all")),
        ] {
            assert_eq!(token[member], value, "{token}");
        }
        assert_eq!(token["id_token"].as_str().unwrap().split('.').count(), 3);
        assert!(token["refresh_token"].is_string(), "{token}");
        let access_token = token["access_token"].as_str().unwrap();
        let bearer = format!("Authorization: Bearer {access_token}");

        let user = self.call("/api/method/frappe.auth.get_logged_user", &["-H", &bearer]);
        assert_eq!(user.json(), json!({ "message": "ada" }));
        let profile = self.call(&format!("{METHOD}openid_profile"), &["-H", &bearer]);
        assert_eq!(profile.status, 200, "{}", profile.body);
        assert!(profile.json()["sub"].is_string(), "{}", profile.body);

        let shown = format!("token={access_token}");
        let hinted = ["-d", "token_type_hint=access_token", "-d", &shown];
        let introspect = || {
            self.call(&format!("{METHOD}introspect_token"), &hinted)
                .json()
        };
        assert_eq!(introspect()["active"], true);
        assert_eq!(introspect()["client_id"], *client_id);

        let form = "Content-Type: application/x-www-form-urlencoded";
        let revoke = ["-X", "POST", "-H", form, "-d", &shown];
        let revoked = self.call(&format!("{METHOD}revoke_token"), &revoke);
        assert_eq!((revoked.status, revoked.body.as_str()), (200, ""));
        assert_eq!(introspect(), json!({ "active": false }));
        let user = self.call("/api/method/frappe.auth.get_logged_user", &["-H", &bearer]);
        assert_eq!(user.status, 401);
    }
}

/// The code in a redirect of ours, whose state has to be what was sent.
fn code(redirect: &str) -> &str {
    let query = redirect.strip_prefix(CALLBACK).unwrap();
    assert!(query.contains("state=444"), "{redirect}");
    let (_, rest) = query.split_once("code=").unwrap();
    rest.split('&').next().unwrap()
}

/// `-X POST` as the guide prints it, and the GET that it says.
const GET_AND_POST: [&[&str]; 2] = [&["-G"], &["-X", "POST"]];

#[test]
fn as_printed_for_a_public_client_that_may_leave_pkce_out() {
    let curl = Curl::logged_in();
    let options = ["--public", "--danger-allow-missing-pkce"];
    let (id, _) = curl.world.client_at(CALLBACK, "Postman", &options);
    for how in GET_AND_POST {
        let redirect = curl.decide(&curl.authorize(how, &id, &[]), "allow");
        curl.go_through(code(&redirect), &id, "");
        // FR-1: a code is bound to where it was sent.
        let redirect = curl.decide(&curl.authorize(how, &id, &[]), "allow");
        let form = format!(
            "grant_type=authorization_code&code={}&client_id={id}&redirect_uri=https://other.example/",
            code(&redirect)
        );
        let elsewhere = curl.call(&format!("{METHOD}get_token"), &["-d", &form]);
        assert_eq!(elsewhere.status, 400);
        assert_eq!(elsewhere.json()["error"], "invalid_grant");
    }
}

// O-11, FR-6
#[test]
fn without_that_switch_a_public_client_is_asked_for_pkce() {
    let curl = Curl::logged_in();
    let (id, _) = curl.world.client_at(CALLBACK, "Postman", &["--public"]);
    for how in GET_AND_POST {
        let answer = curl.authorize(how, &id, &[]);
        assert!(answer.redirect.starts_with(CALLBACK), "{}", answer.redirect);
        for part in [
            "error=invalid_request",
            "code_challenge",
            "required",
            "state=444",
        ] {
            assert!(
                answer.redirect.contains(part),
                "{part}: {}",
                answer.redirect
            );
        }
    }
}

// S7
#[test]
fn for_a_public_client_with_pkce_in_both_spellings() {
    let curl = Curl::logged_in();
    let (id, _) = curl.world.client_at(CALLBACK, "Postman", &["--public"]);
    let challenge = format!("code_challenge={CHALLENGE}");
    let verifier = format!("&code_verifier={VERIFIER}");
    for method in ["S256", "s256"] {
        let method = format!("code_challenge_method={method}");
        for how in GET_AND_POST {
            let page = curl.authorize(how, &id, &[&challenge, &method]);
            let redirect = curl.decide(&page, "allow");
            curl.go_through(code(&redirect), &id, &verifier);
            let page = curl.authorize(how, &id, &[&challenge, &method]);
            let redirect = curl.decide(&page, "allow");
            let without = curl.get_token(code(&redirect), &id, "");
            assert_eq!(without.status, 400);
            assert_eq!(without.json()["error"], "invalid_grant");
        }
    }
}

#[test]
fn for_a_confidential_client_with_its_secret() {
    let curl = Curl::logged_in();
    for how in GET_AND_POST {
        let (id, secret) = curl.world.client_at(CALLBACK, "Postman", &[]);
        let redirect = curl.decide(&curl.authorize(how, &id, &[]), "allow");
        let without = curl.get_token(code(&redirect), &id, "");
        assert_eq!(without.status, 401);
        assert_eq!(without.json()["error"], "invalid_client");
        curl.go_through(code(&redirect), &id, &format!("&client_secret={secret}"));
        // Who allowed it once is sent back at once: "HTTP 200 along with a redirection".
        let again = curl.authorize(how, &id, &[]);
        assert!(code(&again.redirect).starts_with("emp_ac_"));
    }
}

#[test]
fn who_denies_sends_the_client_an_error() {
    let curl = Curl::logged_in();
    let (id, _) = curl.world.client_at(CALLBACK, "Postman", &[]);
    for how in GET_AND_POST {
        let redirect = curl.decide(&curl.authorize(how, &id, &[]), "deny");
        assert!(redirect.starts_with(CALLBACK), "{redirect}");
        assert!(redirect.contains("error=access_denied"), "{redirect}");
        assert!(redirect.contains("state=444"), "{redirect}");
    }
}

// A1, A4
#[test]
fn a_stranger_is_asked_to_log_in_and_comes_back_to_the_same_question() {
    let world = World::new();
    let jar = world.file("jar");
    let curl = Curl { world, jar };
    let (id, _) = curl.world.client_at(CALLBACK, "Postman", &[]);
    for how in GET_AND_POST {
        let answer = curl.authorize(how, &id, &[]);
        assert!((302..=303).contains(&answer.status));
        let login = format!("{}/login?redirect-to=", curl.world.issuer());
        assert!(answer.redirect.starts_with(&login), "{}", answer.redirect);
        for part in [&*id, "444", "getpostman"] {
            assert!(answer.redirect.contains(part), "{}", answer.redirect);
        }
    }
}
