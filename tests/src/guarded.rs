//! A handler that must never run for a stranger, and the questions that show whether it did.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::client::Request;
use crate::server::Server;

/// Counts how often a guarded handler ran.
#[derive(Debug, Clone, Default)]
pub struct Runs(Arc<AtomicUsize>);

impl Runs {
    /// To be called by the handler.
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn so_far(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Asks for each path as a stranger, with a wrong credential and with `good`: the handler runs for the last alone.
    #[track_caller]
    pub fn assert_guarded(&self, shape: &str, server: &Server, paths: &[&str], good: &str) {
        for path in paths {
            let before = self.so_far();
            for method in ["GET", "HEAD", "POST", "OPTIONS"] {
                let stranger = Request::new(method, path);
                for request in [
                    stranger.clone(),
                    stranger.clone().authorization("Bearer wrong"),
                    stranger.clone().authorization("Bearer"),
                    stranger.authorization(good).authorization(good),
                ] {
                    let answer = server.send(&request);
                    let status = answer.status;
                    assert!(
                        (400..500).contains(&status),
                        "{shape}: {request:?}: {status}"
                    );
                }
            }
            assert_eq!(
                self.so_far(),
                before,
                "{shape}: a handler of {path} ran for a stranger"
            );
            // A handler that takes any method may see it, but nobody sees what it answered.
            let preflight = Request::new("OPTIONS", path)
                .header("Origin", "https://pages.example")
                .header("Access-Control-Request-Method", "GET");
            let answer = server.send(&preflight);
            let told = answer.text().contains("secret");
            assert!(
                (400..500).contains(&answer.status) && !told,
                "{shape}: {answer:?}"
            );
            let before = self.so_far();
            let known = server.get_as(path, good);
            assert_eq!(
                (known.status, known.text()),
                (200, "secret"),
                "{shape}: {path}"
            );
            assert_eq!(self.so_far(), before + 1, "{shape}: {path}");
        }
    }
}
