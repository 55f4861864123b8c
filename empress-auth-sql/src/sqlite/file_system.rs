//! Is the file on a disk of this machine?
//!
//! In WAL mode all connections share an index in memory, and who may write is settled by locks of the file: across a
//! network the former does not work and the latter often does not, and the database is destroyed without a word.

use std::path::Path;

use crate::open_error::{OpenError, OpenErrorKind};

/// Refuses what is known to lie on another machine. What cannot be told is left to SQLite.
#[cfg(target_os = "linux")]
pub(super) fn check_local(path: &Path) -> Result<(), OpenError> {
    let Ok(found) = rustix::fs::statfs(path) else {
        return Ok(());
    };
    match network(i128::from(found.f_type)) {
        None => Ok(()),
        Some(name) => Err(refused(path, name)),
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn check_local(_: &Path) -> Result<(), OpenError> {
    Ok(())
}

/// The name of a file system on another machine, by its number in `linux/magic.h`.
#[cfg(target_os = "linux")]
fn network(f_type: i128) -> Option<&'static str> {
    // Some machines have the number with a sign, some have 64 bits of it.
    Some(match f_type & 0xffff_ffff {
        0x6969 => "NFS",
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => "SMB",
        0x5346_414f | 0x6b41_4653 => "AFS",
        0x7375_7245 => "Coda",
        _ => return None,
    })
}

#[cfg(target_os = "linux")]
fn refused(path: &Path, name: &str) -> OpenError {
    let what = format!(
        "{} is on {name}, where SQLite can destroy it; put it on a local disk",
        path.display()
    );
    OpenError::new(OpenErrorKind::Unsafe, what)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    // DU-12
    #[test]
    fn a_file_on_another_machine_is_refused_and_a_local_one_is_not() {
        assert_eq!(network(0x6969), Some("NFS"));
        assert_eq!(
            network(i128::from(0xff53_4d42_u32.cast_signed())),
            Some("SMB")
        );
        // ext4, XFS, Btrfs, tmpfs, overlayfs
        for local in [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630] {
            assert_eq!(network(local), None);
        }
        let refused = refused(Path::new("/mnt/x.db"), "NFS");
        assert_eq!(refused.kind(), OpenErrorKind::Unsafe);
        assert!(
            refused.to_string().starts_with("/mnt/x.db is on NFS"),
            "{refused}"
        );
        assert!(check_local(&std::env::temp_dir()).is_ok());
    }
}
