//! One line for one request: what was asked, by whom, and what came of it.
//!
//! The route stands there by its template and the method by a word of ours; no path, no query and no field of the
//! request does, because any of them may hold a secret.

use std::net::IpAddr;
use std::time::Duration;

use empress_auth_core::Head;
use empress_auth_core::endpoint::CallerSlot;
use http::{Request, StatusCode};

use super::app::App;
use super::metrics::{MethodWord, RouteNumber};
use super::options::AccessLog;
use super::request_id::RequestId;

/// A line that is not yet written, with what is only known at the beginning.
#[derive(Debug)]
pub(super) enum Line {
    /// Written if it went wrong, unless too much does.
    Brief,
    /// Written in any case.
    Full {
        client: Option<IpAddr>,
        caller: CallerSlot,
    },
}

impl Line {
    pub(super) fn begin<B>(app: &App, peer: IpAddr, request: &mut Request<B>) -> Self {
        if app.access_log != AccessLog::All {
            return Self::Brief;
        }
        let caller = CallerSlot::default();
        let mut lines: Vec<&[u8]> = Vec::new();
        request.each_line(app.client_address.field_name(), &mut |line| {
            lines.push(line)
        });
        let client = app.client_address.resolve(Some(peer), lines.into_iter());
        request.extensions_mut().insert(caller.clone());
        Self::Full { client, caller }
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
        let (client, caller) = match self {
            Self::Brief
                if is_ours && app.access_log == AccessLog::Errors && app.log_budget.take() =>
            {
                (None, None)
            }
            Self::Brief => return false,
            Self::Full { client, caller } => (client, caller.get().cloned()),
        };
        let user = caller.as_ref().map(|caller| caller.username());
        let client = client.map(tracing::field::display);
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
