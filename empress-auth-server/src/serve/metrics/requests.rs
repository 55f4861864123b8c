//! How requests were answered: a table with a row for each route, so that counting is one addition.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{Method, StatusCode};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::Unit;

use super::latency::Latency;

/// The row of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::serve) struct RouteNumber(pub(in crate::serve) usize);

/// A method, as far as it has a word of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::serve) struct MethodWord(usize);

/// The last word is for every other method.
const METHODS: [&str; 8] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other",
];

/// The statuses that we answer with; one more column is for the rest.
const STATUSES: [u16; 20] = [
    200, 201, 204, 302, 303, 304, 400, 401, 403, 404, 405, 408, 409, 413, 415, 417, 429, 500, 501,
    503,
];

/// The word of requests to no route of ours.
const NO_ROUTE: &str = "none";

type Row<T> = [[T; STATUSES.len() + 1]; METHODS.len()];

/// Counts of answers, and how long they took.
#[derive(Debug)]
pub(in crate::serve) struct Requests {
    routes: Box<[Route]>,
}

#[derive(Debug)]
struct Route {
    template: Box<str>,
    answered: Row<AtomicU64>,
    took: Latency,
}

impl MethodWord {
    pub(in crate::serve) fn of(method: &Method) -> Self {
        let number = METHODS.iter().position(|word| *word == method.as_str());
        Self(number.unwrap_or(METHODS.len() - 1))
    }

    pub(in crate::serve) fn as_str(self) -> &'static str {
        METHODS.get(self.0).copied().unwrap_or("other")
    }
}

impl Requests {
    pub(super) fn new(templates: impl IntoIterator<Item = Box<str>>) -> Self {
        let routes = templates
            .into_iter()
            .chain([NO_ROUTE.into()])
            .map(|template| Route {
                template,
                answered: array::from_fn(|_| array::from_fn(|_| AtomicU64::new(0))),
                took: Latency::default(),
            });
        Self {
            routes: routes.collect(),
        }
    }

    /// The row of requests to no route.
    pub(in crate::serve) fn no_route(&self) -> RouteNumber {
        RouteNumber(self.routes.len() - 1)
    }

    /// The template of a route.
    pub(in crate::serve) fn template(&self, route: RouteNumber) -> &str {
        self.routes
            .get(route.0)
            .map_or(NO_ROUTE, |route| &route.template)
    }

    /// Counts an answer.
    pub(in crate::serve) fn answered(
        &self,
        route: RouteNumber,
        method: MethodWord,
        status: StatusCode,
        took: Duration,
    ) {
        let Some(route) = self.routes.get(route.0) else {
            return;
        };
        route.took.observe(took);
        let status = STATUSES.iter().position(|known| *known == status.as_u16());
        let column = status.unwrap_or(STATUSES.len());
        if let Some(count) = route.answered.get(method.0).and_then(|row| row.get(column)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Collector for Requests {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let help = "Requests answered";
        let mut answered =
            encoder.encode_descriptor("requests", help, None, MetricType::Counter)?;
        for (template, method, status, count) in self.counts() {
            let labels = [("route", template), ("method", method), ("status", &status)];
            ConstCounter::new(count).encode(answered.encode_family(&labels)?)?;
        }
        let help = "How long it took from the end of a request's head to its answer";
        let seconds = Some(&Unit::Seconds);
        let mut took =
            encoder.encode_descriptor("request_duration", help, seconds, MetricType::Histogram)?;
        for route in &self.routes {
            let buckets = route.took.buckets();
            let count = buckets.iter().map(|(_, count)| count).sum();
            if count > 0 {
                let labels = [("route", &*route.template)];
                let mut of_route = took.encode_family(&labels)?;
                of_route.encode_histogram::<NoLabelSet>(
                    route.took.sum_secs(),
                    count,
                    &buckets,
                    None,
                )?;
            }
        }
        Ok(())
    }
}

impl Requests {
    /// The counts that are not zero, with their words.
    fn counts(&self) -> impl Iterator<Item = (&str, &'static str, String, u64)> {
        self.routes.iter().flat_map(|route| {
            METHODS
                .iter()
                .zip(&route.answered)
                .flat_map(|(method, row)| {
                    let statuses = STATUSES.iter().map(ToString::to_string);
                    let statuses = statuses.chain(["other".to_owned()]);
                    statuses.zip(row).filter_map(|(status, count)| {
                        let count = count.load(Ordering::Relaxed);
                        (count > 0).then_some((&*route.template, *method, status, count))
                    })
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(requests: &Requests) -> Vec<String> {
        requests
            .counts()
            .map(|(route, method, status, count)| format!("{route} {method} {status} {count}"))
            .collect()
    }

    #[test]
    fn words_are_ours_whatever_was_sent() {
        let requests = Requests::new(["/a".into()]);
        let took = Duration::from_micros(1);
        for (method, status) in [("GET", 200), ("GET", 200), ("BREW", 418), ("get", 405)] {
            let method = MethodWord::of(&Method::from_bytes(method.as_bytes()).unwrap());
            requests.answered(
                RouteNumber(0),
                method,
                StatusCode::from_u16(status).unwrap(),
                took,
            );
        }
        let head = MethodWord::of(&Method::HEAD);
        requests.answered(requests.no_route(), head, StatusCode::NOT_FOUND, took);
        assert_eq!(
            counted(&requests),
            [
                "/a GET 200 2",
                "/a other 405 1",
                "/a other other 1",
                "none HEAD 404 1"
            ]
        );
    }
}
