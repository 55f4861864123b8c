//! The same refusal, byte for byte, whichever framework serves.

use empress_auth_core::{Authenticator, Preset, Scheme, scope};
use empress_auth_tests::{Adapter, App, FailingStore, Request, World, basic};

/// Requests that are refused, or not, by every layer below.
fn requests(world: &World) -> Vec<Request> {
    let token = format!("Bearer {}", world.scoped_token("ada", &["other"]));
    let mut requests = vec![
        Request::get("/"),
        Request::get("/")
            .authorization(&token)
            .authorization(&token),
        Request::get("/scoped").authorization(&token),
        Request::get("/required").authorization(&token),
        Request::get("/scoped"),
        Request::get("/required"),
        Request::get("/user").authorization(format!("Token {}", world.token("eve"))),
        Request::post("/").body("text/plain", "x"),
        Request::post("/").body("application/grpc", "x"),
        Request::post("/")
            .body("application/grpc", "x")
            .authorization("Bearer x"),
        Request::get("/no-such-route"),
        Request::new("DELETE", "/"),
    ];
    for value in [
        "",
        "Bearer",
        "Token",
        "Basic",
        "Basic !",
        "Bearer a b",
        "Token a b",
        "Basic a b",
        "Bearer nope",
        "Token nope",
        "Token a:b",
        "Digest x",
        "Bearer a,b",
        "Bearer é",
    ] {
        requests.push(Request::get("/").authorization(value));
    }
    requests.push(Request::get("/").authorization(b"Token \xff"));
    requests.push(Request::get("/").authorization(basic("a:b")));
    requests.push(Request::get("/").authorization(basic("nocolon")));
    requests.push(Request::get("/").authorization(format!("Token {}", "a".repeat(9_000))));
    requests.push(Request::get("/").authorization(&token));
    requests
}

fn compare(app: &App, requests: &[Request], case: &str) {
    let tower = Adapter::Tower.serve(app);
    let actix = Adapter::Actix.serve(app);
    for request in requests {
        let mut of_tower = tower.send(request).comparable();
        let of_actix = actix.send(request).comparable();
        let no_store = ("cache-control".to_owned(), "no-store".to_owned());
        if !of_tower.1.contains(&no_store) {
            // Not a refusal: what the application and its framework answer is theirs.
            assert_eq!(of_tower.0, of_actix.0, "{case}: {request:?}");
            assert!(!of_actix.1.contains(&no_store), "{case}: {request:?}");
            continue;
        }
        // axum names a route's methods around the layer, on whatever it answered.
        of_tower.1.retain(|(name, _)| name != "allow");
        assert_eq!(of_tower, of_actix, "{case}: {request:?}");
    }
}

#[test]
fn both_adapters_refuse_in_the_same_bytes() {
    let world = World::in_memory();
    let requests = requests(&world);
    for preset in [Preset::Problem, Preset::Drf, Preset::Frappe, Preset::OAuth] {
        let auth = || world.auth().preset(preset);
        for (auth, case) in [
            (auth(), "required"),
            (auth().optional(), "optional"),
            (auth().require(scope("x")), "with a requirement"),
            (auth().schemes([Scheme::Basic]), "Basic alone"),
            (auth().header("x-api-key").realm("\"r\""), "a header"),
        ] {
            compare(
                &App::behind(auth),
                &requests,
                &format!("{preset:?}, {case}"),
            );
        }
    }
}

#[test]
fn both_adapters_tell_an_outage_in_the_same_bytes() {
    let world = World::in_memory();
    let requests = requests(&world);
    for preset in [Preset::Problem, Preset::Drf, Preset::Frappe, Preset::OAuth] {
        let store = FailingStore::new(world.store.clone()).without_memory();
        store.set_down(true);
        let auth = Authenticator::new(store).preset(preset);
        compare(
            &App::behind(auth),
            &requests,
            &format!("{preset:?}, outage"),
        );
    }
}

#[test]
fn both_adapters_miss_their_layer_in_the_same_bytes() {
    let world = World::in_memory();
    let mut requests = requests(&world);
    requests.truncate(7);
    compare(&App::without_layer(), &requests, "no layer");
    let app = App::behind(world.auth()).with_accounts_down();
    let ada = format!("Token {}", world.token("ada"));
    compare(
        &app,
        &[Request::get("/user").authorization(ada)],
        "accounts down",
    );
}
