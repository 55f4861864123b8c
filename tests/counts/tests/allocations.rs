//! How often does one request ask the allocator?
//!
//! The bounds are goals of this project; whoever exceeds one makes every request of every user slower.

use std::alloc::System;

use empress_auth_counts::Path;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test, because the allocator counts for all threads.
#[test]
fn a_request_allocates_no_more_than_was_promised() {
    assert_eq!(allocations(Path::Start), 0, "start() on a cached token");
    #[cfg(feature = "jwt")]
    {
        assert_eq!(allocations(Path::StartJwt), 0, "start() on a cached JWT");
        assert_eq!(allocations(Path::VerifyJwt), 0, "verify_in() on a JWT");
        // J-15
        assert_eq!(allocations(Path::VerifyDots), 0, "verify_in() on dots");
    }

    let bare = allocations(Path::AxumBare);
    let no_op = allocations(Path::AxumNoOp);
    let layer = allocations(Path::AxumLayer);
    assert!(layer <= no_op + 2, "axum's layer: {layer}, no-op: {no_op}");
    let extractor = allocations(Path::AxumExtractor);
    assert!(
        extractor <= layer,
        "axum's extractor: {extractor}, without: {layer}"
    );
    let missing = allocations(Path::AxumMissing);
    assert!(
        missing <= bare,
        "axum without a credential: {missing}, bare: {bare}"
    );
    let unknown = allocations(Path::AxumUnknown);
    assert!(
        unknown <= bare,
        "axum with an unknown one: {unknown}, bare: {bare}"
    );

    let bare = allocations(Path::ActixBare);
    let wrap = allocations(Path::ActixWrap);
    assert!(wrap <= bare + 1, "actix's middleware: {wrap}, bare: {bare}");
    let extractor = allocations(Path::ActixExtractor);
    assert!(
        extractor <= wrap,
        "actix's extractor: {extractor}, without: {wrap}"
    );
}

/// Allocations a call; a growing reallocation counts as one.
fn allocations(path: Path) -> usize {
    const CALLS: u32 = 1_000;
    let mut run = path.prepare();
    run(CALLS);
    let before = ALLOCATOR.stats();
    run(CALLS);
    let made = ALLOCATOR.stats() - before;
    // Rounded: what a batch, or the test's own harness, allocates for itself is no request's.
    (made.allocations + made.reallocations + 500) / 1_000
}
