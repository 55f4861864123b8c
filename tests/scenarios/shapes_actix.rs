//! However an actix-web application is put together, what the middleware covers is covered: H-25.

use actix_web::body::MessageBody;
use actix_web::dev::{Service as _, ServiceRequest, ServiceResponse};
use actix_web::middleware::{
    Condition, ErrorHandlerResponse, ErrorHandlers, Next, NormalizePath, from_fn,
};
use actix_web::web::{self, ServiceConfig};
use actix_web::{Error, HttpResponse, guard};
use empress_auth_actix::{Authenticated, MaybeAuthenticated, Require, Scoped, TokenAuth};
use empress_auth_core::{Preset, RequiredBy, Requirement, role, scope};
use empress_auth_tests::{Request, Runs, World, serve_actix};

/// A handler that asks for nothing: the middleware alone stands before it.
async fn secret(runs: web::Data<Runs>) -> &'static str {
    runs.count();
    "secret"
}

type Shape = Box<dyn Fn(&mut ServiceConfig) + Send + Sync>;

fn shape(add: impl Fn(&mut ServiceConfig) + Send + Sync + 'static) -> Shape {
    Box::new(add)
}

#[test]
fn no_shape_of_an_app_lets_a_stranger_in() {
    let world = World::in_memory();
    let good = format!("Bearer {}", world.token("ada"));
    let auth = TokenAuth::from(world.auth());
    let runs = Runs::default();
    let covered = |add: fn(&mut ServiceConfig, TokenAuth)| {
        let auth = auth.clone();
        shape(move |config| add(config, auth.clone()))
    };
    let everything = Some(auth.clone());
    let shapes: Vec<(&str, Option<TokenAuth>, Shape, &[&str])> = vec![
        (
            "the app's",
            everything.clone(),
            shape(|config| {
                config.route("/a", web::to(secret));
            }),
            &["/a"],
        ),
        (
            "the app's default service",
            everything.clone(),
            shape(|config| {
                config.default_service(web::to(secret));
            }),
            &["/", "/any/thing"],
        ),
        (
            "a scope inside the app's",
            everything.clone(),
            shape(|config| {
                config.service(web::scope("/x").route("/a", web::to(secret)));
            }),
            &["/x/a"],
        ),
        (
            "the default service of a scope inside the app's",
            everything.clone(),
            shape(|config| {
                config.service(web::scope("/x").default_service(web::to(secret)));
            }),
            &["/x/a", "/x/any/thing"],
        ),
        (
            "the default service of a resource",
            everything.clone(),
            shape(|config| {
                config.service(web::resource("/a").default_service(web::to(secret)));
            }),
            &["/a"],
        ),
        (
            "a wildcard",
            everything.clone(),
            shape(|config| {
                config.route("/{path:.*}", web::to(secret));
            }),
            &["/", "/a", "/any/thing"],
        ),
        (
            "a guarded route",
            everything.clone(),
            shape(|config| {
                config.route("/a", web::route().guard(guard::Get()).to(secret));
            }),
            &["/a"],
        ),
        (
            "the app's and a scope's",
            everything,
            covered(|config, auth| {
                config.service(web::scope("/x").wrap(auth).route("/a", web::to(secret)));
            }),
            &["/x/a"],
        ),
        (
            "a scope's",
            None,
            covered(|config, auth| {
                config
                    .service(web::scope("/x").wrap(auth).route("/a", web::to(secret)))
                    .route("/open", web::to(HttpResponse::Ok));
            }),
            &["/x/a"],
        ),
        (
            "a scope's, with its default service",
            None,
            covered(|config, auth| {
                config.service(web::scope("/x").wrap(auth).default_service(web::to(secret)));
            }),
            &["/x", "/x/any/thing"],
        ),
        (
            "a scope without a prefix",
            None,
            covered(|config, auth| {
                config.service(web::scope("").wrap(auth).route("/a", web::to(secret)));
            }),
            &["/a"],
        ),
        (
            "a scope in a scope, the outer one's",
            None,
            covered(|config, auth| {
                let inner = web::scope("/y").route("/a", web::to(secret));
                config.service(web::scope("/x").wrap(auth).service(inner));
            }),
            &["/x/y/a"],
        ),
        (
            "a scope in a scope, the inner one's",
            None,
            covered(|config, auth| {
                let inner = web::scope("/y").wrap(auth).route("/a", web::to(secret));
                config.service(web::scope("/x").service(inner));
            }),
            &["/x/y/a"],
        ),
        (
            "a scope that is configured",
            None,
            covered(|config, auth| {
                config.service(web::scope("/x").wrap(auth).configure(|config| {
                    config.route("/a", web::to(secret));
                }));
            }),
            &["/x/a"],
        ),
        (
            "a resource's",
            None,
            covered(|config, auth| {
                config.service(web::resource("/a").wrap(auth).to(secret));
            }),
            &["/a"],
        ),
        (
            "a route's",
            None,
            covered(|config, auth| {
                config.route("/a", web::route().to(secret).wrap(auth));
            }),
            &["/a"],
        ),
        (
            "a middleware on both sides",
            None,
            covered(|config, auth| {
                let scope = web::scope("/x")
                    .wrap_fn(|request, next| next.call(request))
                    .wrap(auth)
                    .wrap_fn(|request, next| next.call(request))
                    .route("/a", web::to(secret));
                config.service(scope);
            }),
            &["/x/a"],
        ),
        (
            "handlers of errors inside",
            None,
            covered(|config, auth| {
                let handlers = ErrorHandlers::new().default_handler_client(|answer| {
                    Ok(ErrorHandlerResponse::Response(answer.map_into_left_body()))
                });
                let scope = web::scope("/x").wrap(handlers).wrap(auth);
                config.service(scope.route("/a", web::to(secret)));
            }),
            &["/x/a"],
        ),
        (
            "paths normalised outside",
            None,
            covered(|config, auth| {
                let scope = web::scope("/x").wrap(auth).wrap(NormalizePath::trim());
                config.service(scope.route("/a", web::to(secret)));
            }),
            &["/x/a", "/x/a/"],
        ),
        (
            "on a condition",
            None,
            covered(|config, auth| {
                let scope = web::scope("/x").wrap(Condition::new(true, auth));
                config.service(scope.route("/a", web::to(secret)));
            }),
            &["/x/a"],
        ),
        (
            "optional outside, required inside",
            None,
            covered(|config, auth| {
                let scope = web::scope("/x").wrap(auth.clone()).wrap(auth.optional());
                config.service(scope.route("/a", web::to(secret)));
            }),
            &["/x/a"],
        ),
        (
            "optional with a requirement inside",
            None,
            covered(|config, auth| {
                let scope = web::scope("/x")
                    .wrap(Require::new(Requirement::authenticated()))
                    .wrap(auth.optional());
                config.service(scope.route("/a", web::to(secret)));
            }),
            &["/x/a"],
        ),
    ];
    assert!(shapes.len() >= 22);
    for (name, around, add, paths) in shapes {
        let runs_there = web::Data::new(runs.clone());
        let server = serve_actix(around, move |config| {
            config.app_data(runs_there.clone());
            add(config);
        });
        runs.assert_guarded(name, &server, paths, &good);
    }
}

// H-25: a middleware made by each worker for itself is the same: the store owns the memory
#[test]
fn a_middleware_made_anew_by_every_worker_revokes_alike() {
    let world = World::in_memory();
    let there = world.clone();
    let server = serve_actix(None, move |config| {
        let auth = TokenAuth::from(there.auth());
        let scope = web::scope("").wrap(auth);
        let handler = async |Authenticated(who): Authenticated| who.username().to_owned();
        config.service(scope.route("/", web::get().to(handler)));
    });
    let (id, token) = world.token_with_id("ada", empress_auth_core::NewToken::named("t"));
    let value = format!("Bearer {token}");
    for _ in 0..8 {
        assert_eq!(server.get_as("/", &value).text(), "ada");
    }
    world.revoke(id);
    for _ in 0..8 {
        assert_eq!(server.get_as("/", &value).status, 401);
    }
}

// H-25: what is not wrapped is not covered, and an extractor there says so instead of letting anybody in
#[test]
fn a_route_beside_the_wrapped_scope_is_no_route_of_a_known_caller() {
    struct Everything;
    impl RequiredBy for Everything {
        fn requirement() -> Requirement {
            scope("everything")
        }
    }
    let world = World::in_memory();
    let auth = TokenAuth::from(world.auth());
    let server = serve_actix(None, move |config| {
        let wrong_way_round = web::scope("/e")
            .wrap(auth.clone())
            .wrap(Require::new(role("Manager")))
            .route("", web::get().to(async || "e"));
        config
            .service(wrong_way_round)
            .service(web::scope("/x").wrap(auth.clone()))
            .route("/a", web::get().to(async |_: Authenticated| "a"))
            .route("/b", web::get().to(async |_: MaybeAuthenticated| "b"))
            .route("/d", web::get().to(async |_: Scoped<Everything>| "d"));
    });
    let good = format!("Bearer {}", world.token("ada"));
    for path in ["/a", "/b", "/d", "/e"] {
        assert_eq!(server.get(path).status, 500, "{path}");
        assert_eq!(server.get_as(path, &good).status, 500, "{path}");
    }
}

// Refusals are responses, so that middlewares around see them
#[test]
fn a_middleware_around_sees_every_refusal_as_a_response() {
    let world = World::in_memory();
    let auth = TokenAuth::from(world.auth());
    let server = serve_actix(None, move |config| {
        let scope = web::scope("")
            .wrap(auth.clone())
            .wrap_fn(|request, next| {
                let answer = next.call(request);
                async move {
                    // An error would end here, before the header is added.
                    let mut answer = answer.await?;
                    let name = actix_web::http::header::HeaderName::from_static("x-seen");
                    let value = actix_web::http::header::HeaderValue::from_static("yes");
                    answer.headers_mut().insert(name, value);
                    Ok(answer)
                }
            })
            .route("/", web::get().to(async |_: Authenticated| "in"));
        config.service(scope);
    });
    let good = format!("Bearer {}", world.token("ada"));
    for request in [
        Request::get("/"),
        Request::get("/").authorization("Bearer nope"),
        Request::get("/").authorization(&good).authorization(&good),
        Request::get("/").authorization(&good),
    ] {
        assert_eq!(server.send(&request).header("x-seen"), Some("yes"));
    }
}

/// As actix-web's documentation writes a middleware: what its extractor refuses leaves it as an error.
async fn for_the_known(
    _: Authenticated,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    next.call(request).await
}

// The preset is the layer's, also for a refusal that comes as an error
#[test]
fn what_a_middleware_further_in_refuses_has_the_layers_shape() {
    let world = World::in_memory();
    let optional = world.auth().optional().header("x-api-key");
    let drf = TokenAuth::from(optional.clone().preset(Preset::Drf));
    let problem = TokenAuth::from(optional);
    let required = TokenAuth::from(world.auth());
    let server = serve_actix(None, move |config| {
        let middleware = web::scope("/middleware").wrap(from_fn(for_the_known));
        let nested = web::scope("/nested").wrap(from_fn(for_the_known));
        let failing = web::scope("/failing").wrap_fn(|_, _| async {
            Err::<ServiceResponse, _>(actix_web::error::ErrorConflict("secret"))
        });
        let handler = async |_: Authenticated| "in";
        let extractor = web::scope("/extractor").wrap(drf.clone());
        config
            .service(
                middleware
                    .wrap(drf.clone())
                    .route("", web::get().to(async || "in")),
            )
            .service(
                nested
                    .wrap(drf.clone())
                    .wrap(problem.clone())
                    .route("", web::get().to(async || "in")),
            )
            .service(failing.wrap(required.clone()).route("", web::to(secret)))
            .service(extractor.route("", web::get().to(handler)));
    });
    let expected = server.get("/extractor");
    assert_eq!(expected.challenges(), ["Token"]);
    assert_eq!(
        server.get("/middleware").comparable(),
        expected.comparable()
    );
    assert_eq!(server.get("/nested").comparable(), expected.comparable());
    let good = format!("Token {}", world.token("ada"));
    for path in ["/middleware", "/nested"] {
        assert_eq!(server.get_as(path, &good).text(), "in", "{path}");
    }
    // What is no refusal of ours stays what it is, but nobody learns of it who is nobody.
    assert_eq!(server.get_as("/failing", &good).text(), "secret");
    let preflight = Request::new("OPTIONS", "/failing")
        .header("Origin", "https://pages.example")
        .header("Access-Control-Request-Method", "GET");
    let answer = server.send(&preflight);
    assert_eq!(answer.status, 401);
    assert!(!answer.text().contains("secret"), "{answer:?}");
}
