//! What the provider makes: clients' secrets, sessions and forms of its pages, codes, tokens.

use empress_auth_tests::{
    Answer, CHALLENGE, Callback, Cookie, Form, Request, VERIFIER, basic, encode,
};

use super::tour::Shown;
use super::watched::Watched;

/// Where the client wants answers.
const CALLBACK: &str = "https://client.example/callback";

/// A client, and a browser that the user's session is in.
struct Party {
    id: String,
    secret: String,
    session: String,
}

/// Goes all the ways on which the provider makes something, with wrong turns; answers what it made.
pub(super) fn tour(watched: &mut Watched, username: &str, password: &str) -> Vec<Shown> {
    let party = Party::new(watched, username, password);
    let mut shown = Vec::new();

    let denied = party.decide(watched, &[], "deny");
    assert!(denied.header("location").unwrap().contains("access_denied"));
    let code = party.code(watched, &[]);
    for wrong in [
        vec![
            ("code", &*code),
            ("client_id", &*code),
            ("client_secret", &*code),
        ],
        vec![
            ("code", &*code),
            ("client_id", &*party.id),
            ("code_verifier", &*party.secret),
        ],
        vec![
            ("code", &*code),
            ("redirect_uri", &*code),
            ("grant_type", &*code),
        ],
        vec![("code", &*party.secret), ("client_secret", &*party.secret)],
    ] {
        assert!(party.post(watched, "/oauth/token", &wrong, false).status >= 400);
    }
    let tokens = party.exchange(watched, &code);
    let [access, refresh] = ["access_token", "refresh_token"].map(|name| tokens.member(name));
    let id_token = tokens.member("id_token");
    for secret in [
        &code,
        &access,
        &refresh,
        &id_token,
        &party.secret,
        &party.session,
    ] {
        assert!(
            watched.secrets.find_in(secret.as_bytes()).is_some(),
            "it is watched for"
        );
    }
    let renewed = party.refresh(watched, &refresh);
    for path in ["/oauth/introspect", INTROSPECT_TOKEN] {
        for token in [&access, &refresh, &code, &party.secret, &id_token] {
            let asked = [("token", &**token), ("token_type_hint", &**token)];
            assert_eq!(party.post(watched, path, &asked, true).status, 200);
        }
    }
    let userinfo = Request::get("/oauth/userinfo").authorization(format!("Bearer {access}"));
    assert_eq!(watched.send(&userinfo).status, 200);
    for secret in [
        &renewed.member("access_token"),
        &renewed.member("refresh_token"),
    ] {
        shown.push(Shown::of(format!("Bearer {secret}"), secret));
    }
    shown.push(Shown::of(format!("Bearer {id_token}"), &id_token));
    shown.push(Shown::of(
        basic(format!("{}:{}", party.id, party.secret)),
        &party.secret,
    ));

    // Shown again when their time is over, both end what they gave, and the log says so.
    let code = party.code(watched, &[]);
    let mut refresh = party.exchange(watched, &code).member("refresh_token");
    let first = refresh.clone();
    for _ in 0..2 {
        refresh = party.refresh(watched, &refresh).member("refresh_token");
    }
    assert_eq!(party.refresh(watched, &first).status, 400);
    let redeemed = party.code(watched, &[]);
    party.exchange(watched, &redeemed);
    assert_eq!(party.redeem(watched, &redeemed).status, 400);
    shown.push(Shown::of(format!("Bearer {redeemed}"), &redeemed));

    // As a form.
    let posted = party.decide(watched, &[("response_mode", "form_post")], "allow");
    let form = Form::on(&posted);
    assert_eq!(form.action, CALLBACK);
    party.exchange(watched, form.field("code"));
    // A request of no client shows nothing of itself.
    let code = party.code(watched, &[]);
    for target in [
        format!("/oauth/authorize?client_id={code}&redirect_uri={code}&state={code}"),
        format!("/oauth/approve?request={code}&csrf_token={code}&decision={code}"),
        format!(
            "/oauth/authorize?client_id={}&redirect_uri=https://{code}/",
            party.id
        ),
        format!("/oauth/logout?id_token_hint={id_token}&post_logout_redirect_uri=https://{code}/"),
    ] {
        watched.send(&party.asking(Request::get(&target)));
    }
    let revoking = [("token", &*renewed.member("access_token"))];
    let kept = party.exchange(watched, &code);
    assert_eq!(
        party.post(watched, "/oauth/revoke", &revoking, true).status,
        200
    );
    shown.push(Shown::of(
        format!("Bearer {}", kept.member("access_token")),
        &kept.member("refresh_token"),
    ));
    shown
}

impl Party {
    /// A client by the command, and a login on the page.
    fn new(watched: &mut Watched, username: &str, password: &str) -> Self {
        let create = ["client", "create", "Canary", "--redirect-uri", CALLBACK];
        let create = [&create[..], &["--id-token-alg", "HS256", "--json"]].concat();
        let made = watched.run(&create, "").json();
        let id = made["client_id"].as_str().unwrap().to_owned();
        let rotate = ["client", "rotate-secret", &id, "--json"];
        let made = watched.run(&rotate, "").json();
        let secret = made["client_secret"].as_str().unwrap().to_owned();
        for telling in [
            &["client", "list"][..],
            &["client", "show", &id],
            &["client", "show", &secret],
        ] {
            watched.run(telling, "");
            watched.run(&[telling, &["--json"]].concat(), "");
        }
        let page = watched.send(&html(Request::get("/login?redirect-to=/oauth/authorize")));
        let mut form = Form::on(&page);
        form = form.with("username", username).with("password", password);
        let request = Request::post(&form.action).header("Sec-Fetch-Site", "same-origin");
        let request = Cookie::send_back(&page, request);
        let answer = watched.send(&html(request.body(FORM, encode(&form.pairs()))));
        assert_eq!(answer.status, 303, "{}", answer.text());
        let session = Cookie::named("sid", &answer).value;
        Self {
            id,
            secret,
            session,
        }
    }

    fn asking(&self, request: Request) -> Request {
        html(request.header("Cookie", format!("sid={}", self.session)))
    }

    /// Shows the page, with a wrong button first, and answers what the decision comes to.
    fn decide(&self, watched: &mut Watched, more: &[(&str, &str)], decision: &str) -> Answer {
        let mut asked = vec![
            ("client_id", &*self.id),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid all"),
            ("prompt", "consent"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        asked.extend_from_slice(more);
        let target = format!("/oauth/authorize?{}", encode(&asked));
        let page = watched.send(&self.asking(Request::get(&target)));
        let form = Form::on(&page);
        let sealed = form.field("request").as_bytes();
        assert!(
            watched.secrets.find_in(sealed).is_some(),
            "it is watched for"
        );
        let wrong = form.clone().with("csrf_token", form.field("request"));
        assert_eq!(
            self.submit(watched, &wrong.with("decision", "allow"))
                .status,
            403
        );
        self.submit(watched, &form.with("decision", decision))
    }

    fn submit(&self, watched: &mut Watched, form: &Form) -> Answer {
        let request = Request::post(&form.action).header("Sec-Fetch-Site", "same-origin");
        watched.send(&self.asking(request.body(FORM, encode(&form.pairs()))))
    }

    fn code(&self, watched: &mut Watched, more: &[(&str, &str)]) -> String {
        let answer = self.decide(watched, more, "allow");
        Callback::of(&answer).code().to_owned()
    }

    fn redeem(&self, watched: &mut Watched, code: &str) -> Answer {
        let redeeming = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.post(watched, "/oauth/token", &redeeming, true)
    }

    fn refresh(&self, watched: &mut Watched, refresh_token: &str) -> Answer {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ];
        self.post(watched, "/oauth/token", &fields, true)
    }

    fn exchange(&self, watched: &mut Watched, code: &str) -> Answer {
        let answer = self.redeem(watched, code);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }

    fn post(
        &self,
        watched: &mut Watched,
        path: &str,
        fields: &[(&str, &str)],
        is_authenticated: bool,
    ) -> Answer {
        let mut request = Request::post(path);
        if is_authenticated {
            request = request.authorization(basic(format!("{}:{}", self.id, self.secret)));
        }
        watched.send(&request.body(FORM, encode(fields)))
    }
}

fn html(request: Request) -> Request {
    request.header("Accept", "text/html")
}

const FORM: &str = "application/x-www-form-urlencoded";
const INTROSPECT_TOKEN: &str = "/api/method/frappe.integrations.oauth2.introspect_token";
