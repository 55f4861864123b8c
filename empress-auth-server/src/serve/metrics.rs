//! What is counted, for Prometheus.
//!
//! Every label is a word of ours: a route's template, a method or status of a fixed list, a kind of refusal. So there are
//! as many series as there are words, whatever clients send.

use std::sync::Arc;

use empress_auth_core::{CredentialMemory, RejectionKind};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::connections::Connections;
use super::health::Health;
use super::progress::Phase;

mod latency;
mod refusals;
mod requests;

use self::refusals::kind_word;
use self::requests::Requests;
pub(super) use self::requests::{MethodWord, RouteNumber};

/// All counters of the program.
#[derive(Debug)]
pub(super) struct Metrics {
    pub(super) requests: Arc<Requests>,
    refusals: Words,
    refused_connections: Words,
    cut_connections: Words,
    accepted: Counter,
    malformed: Counter,
    panics: Counter,
    registry: Registry,
}

/// Counters with one label of ours.
type Words = Family<[(&'static str, &'static str); 1], Counter>;

impl Metrics {
    /// Counters for requests to these routes; a request to none of them has the last row.
    pub(super) fn new(templates: impl IntoIterator<Item = Box<str>>) -> Self {
        let mut metrics = Self {
            requests: Arc::new(Requests::new(templates)),
            refusals: Words::default(),
            refused_connections: Words::default(),
            cut_connections: Words::default(),
            accepted: Counter::default(),
            malformed: Counter::default(),
            panics: Counter::default(),
            registry: Registry::with_prefix("empress_auth"),
        };
        metrics.register();
        metrics
    }

    #[rustfmt::skip]
    fn register(&mut self) {
        let r = &mut self.registry;
        r.register_collector(Box::new(Arc::clone(&self.requests)));
        r.register("refusals", "Requests refused on account of their caller, by reason", self.refusals.clone());
        r.register("connections_accepted", "Connections accepted", self.accepted.clone());
        r.register("connections_refused", "Connections closed at once, by reason", self.refused_connections.clone());
        r.register("connections_cut", "Connections ended because the client was too slow, by what it was doing", self.cut_connections.clone());
        r.register("malformed_requests", "Requests that are no HTTP", self.malformed.clone());
        r.register("panics", "Requests that ended in a panic: defects of this program", self.panics.clone());
    }

    /// Shows the present state of these at every reading.
    pub(super) fn watch(
        &mut self,
        connections: Connections,
        health: Arc<Health>,
        memory: Option<Arc<CredentialMemory>>,
    ) {
        let watched = Watched {
            connections,
            health,
            memory,
        };
        self.registry.register_collector(Box::new(watched));
    }

    /// A request was refused on account of its caller.
    pub(super) fn refused(&self, kind: RejectionKind) {
        self.refusals
            .get_or_create(&[("kind", kind_word(kind))])
            .inc();
    }

    /// A connection was accepted.
    pub(super) fn accepted(&self) {
        self.accepted.inc();
    }

    /// A connection was closed at once, because its network has as many as it may.
    pub(super) fn refused_connection(&self) {
        self.refused_connections
            .get_or_create(&[("reason", "network")])
            .inc();
    }

    /// There was no file for a connection.
    pub(super) fn without_file(&self) {
        self.refused_connections
            .get_or_create(&[("reason", "no_file")])
            .inc();
    }

    /// A connection was ended in this phase.
    pub(super) fn cut(&self, phase: Phase) {
        self.cut_connections
            .get_or_create(&[("phase", phase.as_str())])
            .inc();
    }

    /// A client sent what is no HTTP.
    pub(super) fn malformed(&self) {
        self.malformed.inc();
    }

    /// A request ended in a panic.
    pub(super) fn panicked(&self) {
        self.panics.inc();
    }

    /// All of it in the format of `OpenMetrics`.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// What is looked up when somebody asks.
#[derive(Debug)]
struct Watched {
    connections: Connections,
    health: Arc<Health>,
    memory: Option<Arc<CredentialMemory>>,
}

impl Collector for Watched {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let gauges = [
            (
                "connections_open",
                "Connections open now",
                self.connections.len(),
            ),
            (
                "draining",
                "Whether the program is about to stop",
                self.health.is_draining().into(),
            ),
            (
                "store_answers",
                "Whether the store answered when it was last asked",
                self.health.store_answers().into(),
            ),
            (
                "remembered_credentials",
                "Verified credentials that are remembered",
                self.remembered(),
            ),
        ];
        for (name, help, value) in gauges {
            let value = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            value.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
        }
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        let mut build =
            encoder.encode_descriptor("build", "The program", None, MetricType::Info)?;
        build.encode_info(&version)
    }
}

impl Watched {
    fn remembered(&self) -> usize {
        self.memory.as_ref().map_or(0, |memory| memory.len())
    }
}
