//! `empress-auth execute`, the command of the guides. The spellings that shells leave of its argument have a unit test.

use crate::support::Place;

const METHOD: &str = "frappe.core.doctype.user.user.generate_keys";

// K11
#[test]
fn it_prints_what_bench_prints() {
    let place = Place::with_users(&["ada", "user_name"]);
    let key = place.json(&["keys", "generate", "ada"])["api_key"].clone();
    for arguments in [
        &["execute", METHOD, "--args", "['ada']"][..],
        &["execute", METHOD, "--args", "[\"ada\"]"],
        &["execute", METHOD, "--args", "[ada]"],
        &["execute", METHOD, "--args", "ada"],
        &["execute", METHOD, "--args=['ada']", "--json"],
        // As one guide prints it, without the function.
        &[
            "execute",
            "frappe.core.doctype.user.user",
            "--args",
            "['ada']",
        ],
    ] {
        let made = place.run(arguments).json();
        let members: Vec<&String> = made.as_object().unwrap().keys().collect();
        assert_eq!(members, ["api_key", "api_secret"], "{arguments:?}");
        assert_eq!(made["api_key"], key);
    }
    let made = place
        .run(&["execute", METHOD, "--args", "['user_name']"])
        .json();
    assert_ne!(made["api_key"], key);
}

#[test]
fn what_bench_would_not_do_either_is_refused() {
    let place = Place::with_users(&["ada"]);
    let line = place
        .run(&["execute", METHOD, "--args", "['bob']"])
        .refused();
    assert!(line.contains("there is no user bob"), "{line}");
    for arguments in [
        &["execute", METHOD][..],
        &["execute", METHOD, "--args", "[]"],
        &["execute", METHOD, "--args", "['ada', 'bob']"],
    ] {
        let line = place.run(arguments).misused();
        assert!(line.contains("--args"), "{line}");
    }
    let line = place.run(&["execute", "frappe.utils.nowdate"]).misused();
    assert!(line.contains(METHOD), "{line}");
    place.run(&["execute"]).unparsed();
    place.run(&["keys", "show", "ada"]).refused();
}
