//! No statement reads a whole table; L-12: no list counts rows or passes over those of the pages before.

use super::support::Directory;
use crate::sqlite::connection;

/// The texts in both `sql.rs`, by name.
fn statements() -> Vec<(String, String)> {
    let sources = concat!(include_str!("../sql.rs"), include_str!("../oauth/sql.rs"));
    sources
        .replace("\\\n", "")
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
    assert!(statements.len() > 90, "{} statements", statements.len());
    let mut explained = 0;
    for (name, text) in statements {
        let asks = ["SELECT", "INSERT", "UPDATE", "DELETE"]
            .iter()
            .any(|verb| text.starts_with(verb));
        // The schema is small, and is read once; so are the few signing keys. A backup is restored once.
        let is_of_all = name.starts_with("END_EVERY_") || name.starts_with("MOVE_");
        if !asks || is_of_all || ["SCHEMA", "SIGNING_KEYS"].contains(&&*name) {
            continue;
        }
        let is_list = text.starts_with("SELECT") && text.contains("LIMIT ?");
        let passes_over = text.contains("OFFSET") || text.contains("count(");
        assert!(
            !(is_list && passes_over) || name.ends_with("_UP_TO"),
            "{name}: {text}"
        );
        let mut plan = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {text}"))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        // What is not bound is NULL.
        let steps = plan.raw_query().mapped(|row| row.get::<_, String>(3));
        for step in steps {
            let step = step.unwrap();
            // What a subquery found is small: it has a limit.
            let is_table = !step.starts_with("SCAN (subquery") && step != "SCAN CONSTANT ROW";
            assert!(!(is_table && step.starts_with("SCAN")), "{name}: {step}");
            assert!(!step.contains("TEMP B-TREE"), "{name}: {step}");
        }
        explained += 1;
    }
    assert!(explained > 85, "{explained} plans");
}

/// What goes with a row that is deleted is found by an index, too, though no text of ours asks for it.
#[tokio::test]
async fn every_reference_is_found_by_an_index() {
    let directory = Directory::new();
    directory.store().await.close().await;
    let connection = connection::open(&directory.database()).unwrap();
    let mut references = connection
        .prepare(
            "SELECT t.name, r.\"from\" FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) r
             WHERE t.type = 'table'",
        )
        .unwrap();
    let references: Vec<(String, String)> = references
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(references.len() > 10, "{references:?}");
    for (table, column) in references {
        let delete = format!("EXPLAIN QUERY PLAN DELETE FROM {table} WHERE {column} = ?1");
        let mut plan = connection.prepare(&delete).unwrap();
        let steps = plan
            .query_map(["x"], |row| row.get::<_, String>(3))
            .unwrap();
        for step in steps.map(Result::unwrap) {
            assert!(step.starts_with("SEARCH"), "{table}.{column}: {step}");
        }
    }
}
