//! One program serves from one file: DU-12.

use std::os::unix::fs::symlink;

use crate::support::{Place, Serving};

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

// DU-12
#[test]
fn a_second_program_on_one_file_is_refused_until_the_first_is_gone() {
    let place = Place::with_users(&["ada"]);
    let serving = place.serve();
    let line = place.run(&SERVE).not_served();
    assert!(line.contains("another program serves from"), "{line}");
    place.run(&["keys", "generate", "ada"]).done();
    // SIGKILL: nobody is there to tidy up.
    drop(serving);
    place.serve();
}

// DU-12
#[test]
fn another_name_of_the_file_is_no_way_around_it() {
    let place = Place::with_users(&["ada"]);
    let serving = place.serve();
    symlink(place.file("empress-auth.db"), place.file("link.db")).unwrap();
    let by_link = [
        "--database",
        "sqlite://link.db",
        "--master-key-file",
        "empress-auth.db.master-key",
    ];
    let by_link = [&SERVE[..], &by_link].concat();
    let line = place.run(&by_link).not_served();
    assert!(line.contains("another program serves from"), "{line}");
    drop(serving);
    let serving = Serving::start(&mut place.command(&by_link)).unwrap();
    let line = place.run(&SERVE).not_served();
    assert!(line.contains("another program serves from"), "{line}");
    drop(serving);
}
