-- Users, what they hold and where they are logged in, the audit log, and the feed of changes.
-- Moments and durations are milliseconds, lists are JSON, token ids have their sign bit turned over.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: an id never means another user.
CREATE TABLE users (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    username        TEXT    NOT NULL UNIQUE,
    user_key        TEXT    NOT NULL UNIQUE,    -- the name in its canonical form
    email           TEXT,
    full_name       TEXT,
    enabled         INTEGER NOT NULL,
    roles           TEXT,
    created_at      INTEGER NOT NULL,
    token_epoch     INTEGER NOT NULL,
    password        TEXT,                       -- a PHC string, or what Django or passlib wrote
    password_set_at INTEGER NOT NULL
) STRICT;

-- A row stays when the secret is withdrawn: the key is the user's for ever.
CREATE TABLE api_keys (
    user_id            INTEGER PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    api_key            TEXT    NOT NULL UNIQUE,
    algorithm          TEXT,
    digest             BLOB,
    issued_at          INTEGER,
    last_issued_at     INTEGER NOT NULL,
    previous_algorithm TEXT,
    previous_digest    BLOB,
    previous_until     INTEGER
) STRICT;

CREATE TABLE tokens (
    id           INTEGER PRIMARY KEY,
    user_id      INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    form         TEXT    NOT NULL,
    algorithm    TEXT    NOT NULL,
    digest       BLOB    NOT NULL,
    last4        TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    scopes       TEXT,
    created_by   TEXT,
    idle_timeout INTEGER,
    networks     TEXT
) STRICT;

CREATE INDEX tokens_by_user ON tokens (user_id);
-- Only what carries no id is found by its digest.
CREATE UNIQUE INDEX tokens_by_digest ON tokens (digest) WHERE form <> 'pat';
-- For sweeping. A derived token is never swept: the next one would be the same.
CREATE INDEX tokens_by_expiry ON tokens (expires_at) WHERE form <> 'drf' AND expires_at IS NOT NULL;

CREATE TABLE sessions (
    id           INTEGER PRIMARY KEY,
    user_id      INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    algorithm    TEXT    NOT NULL,
    digest       BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    idle_timeout INTEGER NOT NULL,
    last_used_at INTEGER,
    address      TEXT
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE audit (
    sequence            INTEGER PRIMARY KEY AUTOINCREMENT,
    at                  INTEGER NOT NULL,
    action              TEXT    NOT NULL,
    user_id             TEXT    NOT NULL,
    credential_id       TEXT,
    actor_id            TEXT,
    actor_credential_id TEXT,
    address             TEXT
) STRICT;

-- What every process on this file must stop to remember. Numbers have no gaps, so that a reader who slept for too long
-- notices that rows were swept.
CREATE TABLE changes (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    subject TEXT    NOT NULL
) STRICT;
