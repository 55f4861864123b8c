//! No statement reads a whole table.

use super::support::Directory;
use crate::sqlite::connection;

/// The texts in `sql.rs`, by name.
fn statements() -> Vec<(String, String)> {
    let source = include_str!("../sql.rs").replace("\\\n", "");
    source
        .split("pub(super) const ")
        .skip(1)
        .map(|constant| {
            let (name, rest) = constant.split_once(": &str").unwrap();
            let text = rest.split('"').nth(1).unwrap();
            (name.to_owned(), text.trim().to_owned())
        })
        .collect()
}

#[tokio::test]
async fn every_statement_finds_its_rows_by_an_index() {
    let directory = Directory::new();
    directory.store().await.close().await;
    let connection = connection::open(&directory.database()).unwrap();
    let statements = statements();
    assert!(statements.len() > 40, "{} statements", statements.len());
    let mut explained = 0;
    for (name, text) in statements {
        let asks = ["SELECT", "INSERT", "UPDATE", "DELETE"]
            .iter()
            .any(|verb| text.starts_with(verb));
        // The schema is small, and is read once.
        if !asks || name == "SCHEMA" {
            continue;
        }
        let mut plan = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {text}"))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        // What is not bound is NULL.
        let steps = plan.raw_query().mapped(|row| row.get::<_, String>(3));
        for step in steps {
            let step = step.unwrap();
            // What a subquery found is small: it has a limit.
            let is_table = !step.starts_with("SCAN (subquery");
            assert!(!(is_table && step.starts_with("SCAN")), "{name}: {step}");
            assert!(!step.contains("TEMP B-TREE"), "{name}: {step}");
        }
        explained += 1;
    }
    assert!(explained > 35, "{explained} plans");
}
