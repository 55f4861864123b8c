//! How many connections does the system allow?

/// How many connections fit beside the program's own files, `wanted` at most.
///
/// Raises the soft limit on open files to the hard one: the soft one, usually 1,024, is kept low for programs that use
/// `select`, which this one does not.
pub(super) fn connections(wanted: usize) -> usize {
    let Some(files) = raised() else {
        return wanted;
    };
    let allowed = usize::try_from(files.saturating_sub(OWN_FILES))
        .unwrap_or(usize::MAX)
        .max(1);
    if allowed < wanted {
        tracing::warn!(
            open_files.limit = files,
            connections.limit = allowed,
            connections.wanted = wanted,
            "the limit on open files allows fewer connections; raise it (ulimit -n, LimitNOFILE=)"
        );
    }
    wanted.min(allowed)
}

/// The database with its log and readers, the standard streams, the runtime; and a few to spare.
const OWN_FILES: u64 = 64;

#[cfg(unix)]
fn raised() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // Some systems have a lower limit of their own; then the soft one stays.
    let in_force = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    // None is no limit.
    in_force
}

#[cfg(not(unix))]
fn raised() -> Option<u64> {
    None
}
