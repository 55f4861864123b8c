//! The database, read beside the running program as an operator would.

use std::path::Path;

use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags, Params, Row};

pub(crate) struct Database(Connection);

impl Database {
    pub(crate) fn open(path: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        Self(Connection::open_with_flags(path, flags).unwrap())
    }

    /// That no page and no reference is broken.
    pub(crate) fn is_sound(&self) {
        let told: Vec<String> = self.column("PRAGMA integrity_check", []);
        assert_eq!(told, ["ok"]);
        let dangling: Vec<String> = self.column("PRAGMA foreign_key_check", []);
        assert!(dangling.is_empty(), "{dangling:?}");
    }

    /// The first column of all rows.
    pub(crate) fn column<T: FromSql>(&self, sql: &str, parameters: impl Params) -> Vec<T> {
        self.rows(sql, parameters, |row| row.get(0))
    }

    /// All rows, each as it is read.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Vec<T> {
        let mut statement = self.0.prepare(sql).unwrap();
        let rows = statement.query_map(parameters, read).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// Reads several things of one moment, because the program may be at work.
    pub(crate) fn at_once<T>(&self, read: impl FnOnce(&Self) -> T) -> T {
        self.0.execute_batch("BEGIN").unwrap();
        let answer = read(self);
        self.0.execute_batch("COMMIT").unwrap();
        answer
    }
}
