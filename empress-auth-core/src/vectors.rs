//! Where are the test vectors of others?

use std::env;
use std::path::{Path, PathBuf};

/// The folder `name` of the vectors, or `None` (and a line that says so) where they are absent.
///
/// They are looked for in `$EMPRESS_VECTORS`, by default in `shared/vectors` beside the repository.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let root = env::var_os("EMPRESS_VECTORS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"),
        PathBuf::from,
    );
    let folder = root.join(name);
    if folder.exists() {
        return Some(folder);
    }
    println!(
        "SKIPPED: test vectors are absent: {} (set EMPRESS_VECTORS)",
        folder.display()
    );
    None
}
