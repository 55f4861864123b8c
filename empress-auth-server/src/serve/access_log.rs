//! One line for one request: what was asked, by whom, and what came of it. One more for a login that failed.
//!
//! The route stands there by its template and the method by a word of ours; no path, no query and no field of the
//! request does, because any of them may hold a secret.

use std::net::IpAddr;
use std::time::Duration;

use empress_auth_core::endpoint::CallerSlot;
use empress_auth_core::{Head, RejectionKind};
use http::{Request, StatusCode};

use super::app::App;
use super::metrics::{MethodWord, RouteNumber};
use super::options::AccessLog;
use super::request_id::RequestId;

/// A line that is not yet written, with what is only known at the beginning.
#[derive(Debug)]
pub(super) struct Line {
    client: Option<IpAddr>,
    /// Who it turns out to be, if every request is logged.
    caller: Option<CallerSlot>,
}

impl Line {
    pub(super) fn begin<B>(app: &App, peer: IpAddr, request: &mut Request<B>) -> Self {
        let mut lines: Vec<&[u8]> = Vec::new();
        request.each_line(app.client_address.field_name(), &mut |line| {
            lines.push(line)
        });
        let client = app.client_address.resolve(Some(peer), lines.into_iter());
        let caller = (app.access_log == AccessLog::All).then(CallerSlot::default);
        if let Some(caller) = &caller {
            request.extensions_mut().insert(caller.clone());
        }
        Self { client, caller }
    }

    /// Writes down who fails to log in, whichever requests are logged; the answer stays the same to a byte.
    ///
    /// Not under which name: people type passwords there. Source: OWASP ASVS 5.0, 16.3.1.
    pub(super) fn refused(&self, app: &App, id: &RequestId, kind: RejectionKind) {
        let said = if kind == RejectionKind::WrongPassword {
            "a login failed"
        } else if kind == RejectionKind::RateLimited {
            "a login was not tried, because too many have failed"
        } else {
            return;
        };
        // Somebody who guesses must not fill the disk.
        if app.log_budget.take() {
            let client = self.client.map(tracing::field::display);
            tracing::warn!(client.address = client, request.id = %id, "{said}");
        }
    }

    /// Writes the line if it is to be written, and answers whether it was.
    pub(super) fn end(
        self,
        app: &App,
        id: &RequestId,
        route: RouteNumber,
        method: MethodWord,
        status: StatusCode,
        took: Duration,
    ) -> bool {
        let is_ours = status.is_server_error();
        let is_written = match app.access_log {
            AccessLog::Off => false,
            AccessLog::Errors => is_ours && app.log_budget.take(),
            AccessLog::All => true,
        };
        if !is_written {
            return false;
        }
        let caller = self.caller.and_then(|slot| slot.get().cloned());
        let user = caller.as_ref().map(|caller| caller.username());
        let client = self.client.map(tracing::field::display);
        let route = app.metrics.requests.template(route);
        let took_micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let (method, status) = (method.as_str(), status.as_u16());
        macro_rules! write_at {
            ($level:ident) => {
                tracing::$level!(
                    http.method = method,
                    http.route = route,
                    http.status = status,
                    took_micros,
                    client.address = client,
                    user.name = user,
                    request.id = %id,
                    "request"
                )
            };
        }
        if is_ours {
            write_at!(error);
        } else {
            write_at!(info);
        }
        true
    }
}
