//! However an axum application is put together, what the layer covers is covered: H-25.

use std::convert::Infallible;

use axum::body::Body;
use axum::error_handling::HandleErrorLayer;
use axum::handler::Handler;
use axum::http::{Request as HttpRequest, StatusCode};
use axum::response::Response;
use axum::routing::{any, get, get_service, post};
use axum::{BoxError, Router, middleware};
use empress_auth_core::{RequiredBy, Requirement, role, scope};
use empress_auth_tests::{Request, Runs, World, serve_tower};
use empress_auth_tower::{Authenticated, MaybeAuthenticated, Require, Scoped, TokenAuth, mount};
use tower::buffer::BufferLayer;
use tower::limit::ConcurrencyLimitLayer;
use tower::{ServiceBuilder, service_fn};

/// A handler that asks for nothing: the layer alone stands before it.
async fn secret(axum::extract::State(runs): axum::extract::State<Runs>) -> &'static str {
    runs.count();
    "secret"
}

fn routes() -> Router<Runs> {
    Router::new().route("/a", get(secret).post(secret))
}

async fn buffer_failed(_: BoxError) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

#[test]
fn no_shape_of_a_router_lets_a_stranger_in() {
    let world = World::in_memory();
    let good = format!("Bearer {}", world.token("ada"));
    let auth = || TokenAuth::from(world.auth());
    let runs = Runs::default();
    let service = || {
        let runs = runs.clone();
        service_fn(move |_: HttpRequest<Body>| {
            runs.count();
            async { Ok::<_, Infallible>(Response::new(Body::from("secret"))) }
        })
    };
    // A buffer spawns its worker where it is made.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _entered = runtime.enter();
    let shapes: Vec<(&str, Router<Runs>, &[&str])> = vec![
        ("layer", routes().layer(auth()), &["/a"]),
        ("route_layer", routes().route_layer(auth()), &["/a"]),
        (
            "a method's layer",
            Router::new().route("/a", get(secret).layer(auth())),
            &["/a"],
        ),
        (
            "a handler's layer",
            Router::new().route("/a", get(secret.layer(auth()))),
            &["/a"],
        ),
        (
            "any method",
            Router::new().route("/a", any(secret)).layer(auth()),
            &["/a"],
        ),
        (
            "a fallback of methods",
            Router::new()
                .route("/a", post(secret).fallback(secret))
                .layer(auth()),
            &["/a"],
        ),
        (
            "nested, covered inside",
            Router::new().nest("/x", routes().layer(auth())),
            &["/x/a"],
        ),
        (
            "nested, covered outside",
            Router::new().nest("/x", routes()).layer(auth()),
            &["/x/a"],
        ),
        (
            "nested twice, covered in the middle",
            Router::new().nest("/x", Router::new().nest("/y", routes()).layer(auth())),
            &["/x/y/a"],
        ),
        (
            "merged, covered before",
            Router::new()
                .merge(routes().layer(auth()))
                .route("/open", get(async || "open")),
            &["/a"],
        ),
        (
            "merged, covered after",
            Router::new()
                .route("/b", get(secret))
                .merge(routes())
                .layer(auth()),
            &["/a", "/b"],
        ),
        (
            "a fallback",
            Router::new().fallback(secret).layer(auth()),
            &["/", "/a", "/any/thing"],
        ),
        (
            "a fallback of a nested router",
            Router::new().nest("/x", Router::new().fallback(secret).layer(auth())),
            &["/x/a", "/x/any/thing"],
        ),
        (
            "a fallback inherited by a nested router",
            Router::new()
                .nest("/x", routes())
                .fallback(secret)
                .layer(auth()),
            &["/x/a", "/x/other", "/other"],
        ),
        (
            "a fallback beside endpoints",
            Router::new()
                .fallback(secret)
                .layer(auth())
                .merge(mount(world.endpoints().all(), &auth())),
            &["/", "/a", "/any/thing"],
        ),
        (
            "a fallback around endpoints in a nest",
            Router::new()
                .nest("/x", mount(world.endpoints().all(), &auth()))
                .fallback(secret)
                .layer(auth()),
            &["/", "/x/any/thing"],
        ),
        (
            "a wildcard",
            Router::new().route("/{*path}", get(secret)).layer(auth()),
            &["/a", "/any/thing"],
        ),
        (
            "a service",
            Router::new().route_service("/a", service()).layer(auth()),
            &["/a"],
        ),
        (
            "a service of one method",
            Router::new()
                .route("/a", get_service(service()))
                .layer(auth()),
            &["/a"],
        ),
        (
            "a nested service",
            Router::new().nest_service("/x", service()).layer(auth()),
            &["/x", "/x/any/thing"],
        ),
        (
            "a limit inside",
            routes().layer(ConcurrencyLimitLayer::new(1)).layer(auth()),
            &["/a"],
        ),
        (
            "a limit outside",
            routes().layer(auth()).layer(ConcurrencyLimitLayer::new(1)),
            &["/a"],
        ),
        (
            "a buffer inside",
            routes().layer(
                ServiceBuilder::new()
                    .layer(HandleErrorLayer::new(buffer_failed))
                    .layer(auth())
                    .layer(BufferLayer::new(2)),
            ),
            &["/a"],
        ),
        (
            "a buffer outside",
            routes().layer(
                ServiceBuilder::new()
                    .layer(HandleErrorLayer::new(buffer_failed))
                    .layer(BufferLayer::new(2))
                    .layer(auth()),
            ),
            &["/a"],
        ),
        (
            "a middleware on both sides",
            routes()
                .layer(middleware::from_fn(
                    async |request, next: middleware::Next| next.run(request).await,
                ))
                .layer(auth())
                .layer(middleware::map_response(async |response: Response| {
                    response
                })),
            &["/a"],
        ),
        (
            "the layer twice",
            routes().layer(auth()).layer(auth()),
            &["/a"],
        ),
        (
            "optional outside, required inside",
            routes().layer(auth()).layer(auth().optional()),
            &["/a"],
        ),
        (
            "required outside, optional inside",
            routes().layer(auth().ignore_invalid()).layer(auth()),
            &["/a"],
        ),
        (
            "optional with a requirement of its own inside",
            routes()
                .layer(Require::new(Requirement::authenticated()))
                .layer(auth().optional()),
            &["/a"],
        ),
    ];
    assert!(shapes.len() >= 26);
    for (shape, router, paths) in shapes {
        let server = serve_tower(router.with_state(runs.clone()));
        runs.assert_guarded(shape, &server, paths, &good);
    }
}

// H-25: the innermost of two layers says who is calling; each checks for itself
#[test]
fn of_two_layers_the_inner_one_names_the_caller_and_both_must_agree() {
    let (outer, inner) = (World::in_memory(), World::in_memory());
    let router = Router::new()
        .route(
            "/",
            get(async |Authenticated(who): Authenticated| who.username().to_owned()),
        )
        .layer(TokenAuth::from(
            inner.auth().header("x-api-key").schemes([]),
        ))
        .layer(TokenAuth::from(outer.auth()));
    let server = serve_tower(router);
    let ada = format!("Bearer {}", outer.token("ada"));
    let eve = inner.token("eve");
    // The inner layer sees both headers and picks none.
    let both = Request::get("/")
        .authorization(&ada)
        .header("x-api-key", &eve);
    assert_eq!(server.send(&both).status, 400);
    assert_eq!(server.get_as("/", &ada).status, 401);
    assert_eq!(
        server
            .send(&Request::get("/").header("x-api-key", &eve))
            .status,
        401
    );

    let router = Router::new()
        .route(
            "/",
            get(async |Authenticated(who): Authenticated| who.username().to_owned()),
        )
        .layer(TokenAuth::from(inner.auth().ignore_invalid()))
        .layer(TokenAuth::from(outer.auth()));
    let server = serve_tower(router);
    // Who is known outside is nobody inside: the inner layer's word counts.
    assert_eq!(server.get_as("/", &ada).status, 401);
}

// H-25: what was added after the layer is not covered, and an extractor there says so instead of letting anybody in
#[test]
fn a_route_added_after_the_layer_is_no_route_of_a_known_caller() {
    struct Everything;
    impl RequiredBy for Everything {
        fn requirement() -> Requirement {
            scope("everything")
        }
    }
    let world = World::in_memory();
    let router: Router = Router::new()
        .layer(TokenAuth::from(world.auth()))
        .route("/a", get(async |_: Authenticated| "a"))
        .route("/b", get(async |_: MaybeAuthenticated| "b"))
        .route("/c", get(async |_: Option<Authenticated>| "c"))
        .route("/d", get(async |_: Scoped<Everything>| "d"))
        .merge(
            Router::new()
                .route("/e", get(async || "e"))
                // The wrong way round: the requirement runs before the layer.
                .layer(TokenAuth::from(world.auth()))
                .layer(Require::new(role("Manager"))),
        );
    let server = serve_tower(router);
    let good = format!("Bearer {}", world.token("ada"));
    for path in ["/a", "/b", "/c", "/d", "/e"] {
        assert_eq!(server.get(path).status, 500, "{path}");
        assert_eq!(server.get_as(path, &good).status, 500, "{path}");
    }
}

// The service that was polled ready is the one that is called
#[test]
fn a_limit_of_one_is_given_back_by_every_answer() {
    let world = World::in_memory();
    let router = Router::new().route("/", get(async || "through")).layer(
        ServiceBuilder::new()
            .layer(ConcurrencyLimitLayer::new(1))
            .layer(TokenAuth::from(world.auth()))
            .layer(ConcurrencyLimitLayer::new(1)),
    );
    let server = serve_tower(router);
    for round in 0..20 {
        // A miss, a hit, and two refusals, on connections that are open at once.
        let good = format!("Bearer {}", world.token("ada"));
        let requests = [&*good, &*good, "Bearer nope", ""].map(|value| {
            let mut connection = server.connect();
            connection.write(&Request::get("/").authorization(value).to_bytes());
            connection
        });
        let statuses = requests.map(|mut connection| connection.answer().unwrap().status);
        assert_eq!(statuses, [200, 200, 401, 401], "round {round}");
    }
}
