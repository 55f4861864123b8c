//! All SQL text of SQLite but the schema, which is in `migrations/`, and the provider's, which is in `oauth/`.
//!
//! Nothing is ever put into these texts: values are bound.

// The connection.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";
pub(super) const COMMIT: &str = "COMMIT";
pub(super) const ROLLBACK: &str = "ROLLBACK";
pub(super) const BEGIN_JOB: &str = "SAVEPOINT job";
pub(super) const KEEP_JOB: &str = "RELEASE job";
pub(super) const UNDO_JOB: &str = "ROLLBACK TO job";
pub(super) const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
pub(super) const INTEGRITY: &str = "PRAGMA integrity_check(20)";
pub(super) const BROKEN_REFERENCES: &str = "PRAGMA foreign_key_check";
pub(super) const SCHEMA: &str = "\
    SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
    FROM pragma_application_id, pragma_user_version";
pub(super) const SETTING: &str = "SELECT value FROM settings WHERE name = ?1";
pub(super) const ADD_SETTING: &str =
    "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
pub(super) const REPLACE_SETTING: &str = "
    INSERT INTO settings (name, value) VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
pub(super) const REMOVE_SETTING: &str = "DELETE FROM settings WHERE name = ?1";

// Backups, and what ends when one was restored. Tokens go with their grants.
pub(super) const COPY_INTO: &str = "VACUUM INTO ?1";
pub(super) const END_EVERY_SESSION: &str = "DELETE FROM sessions";
pub(super) const END_EVERY_GRANT: &str = "DELETE FROM grants";
pub(super) const END_EVERY_CODE: &str = "DELETE FROM codes";
pub(super) const END_EVERY_CONSENT: &str = "DELETE FROM consents";
pub(super) const END_EVERY_DERIVED_TOKEN: &str = "DELETE FROM tokens WHERE form = 'drf'";
pub(super) const MOVE_EPOCHS: &str = "UPDATE users SET token_epoch = max(token_epoch + 1, ?1)";
pub(super) const MOVE_USER_IDS: &str =
    "UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'users'";
pub(super) const BEGIN_USER_IDS: &str =
    "INSERT INTO sqlite_sequence (name, seq) VALUES ('users', ?1)";

// Look-ups: one question each. The user's columns come first.
pub(super) const FIND_API_KEY: &str = "\
    SELECT u.id, u.username, u.enabled, u.roles,
        k.algorithm, k.digest, k.issued_at, k.previous_algorithm, k.previous_digest, k.previous_until
    FROM api_keys k JOIN users u ON u.id = k.user_id
    WHERE k.api_key = ?1 AND k.digest IS NOT NULL";
pub(super) const FIND_TOKEN: &str = "\
    SELECT u.id, u.username, u.enabled, u.roles,
        t.id, t.algorithm, t.digest, t.created_at, t.expires_at, t.scopes, t.networks, t.idle_timeout, t.last_used_at
    FROM tokens t JOIN users u ON u.id = t.user_id
    WHERE t.id = ?1";
pub(super) const FIND_TOKEN_BY_DIGEST: &str = "\
    SELECT u.id, u.username, u.enabled, u.roles,
        t.id, t.algorithm, t.digest, t.created_at, t.expires_at, t.scopes, t.networks, t.idle_timeout, t.last_used_at
    FROM tokens t JOIN users u ON u.id = t.user_id
    WHERE t.digest = ?1 AND t.form <> 'pat'";
pub(super) const FIND_SESSION: &str = "\
    SELECT u.id, u.username, u.enabled, u.roles,
        s.id, s.algorithm, s.digest, s.created_at, s.expires_at, s.idle_timeout, s.last_used_at
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = ?1";
pub(super) const FIND_PASSWORD: &str = "\
    SELECT u.id, u.username, u.enabled, u.roles, u.password, u.password_set_at
    FROM users u
    WHERE u.user_key = ?1 AND u.password IS NOT NULL";
pub(super) const FIND_PASSWORD_OF: &str = "\
    SELECT u.id, u.username, u.enabled, u.roles, u.password, u.password_set_at
    FROM users u
    WHERE u.id = ?1 AND u.password IS NOT NULL";

// Users.
pub(super) const INSERT_USER: &str = "\
    INSERT INTO users
        (username, user_key, email, full_name, enabled, roles, created_at, token_epoch, password, password_set_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?7)
    ON CONFLICT DO NOTHING";
pub(super) const USER: &str = "\
    SELECT id, username, email, full_name, enabled, roles, created_at, token_epoch
    FROM users WHERE username = ?1";
pub(super) const USER_BY_ID: &str = "\
    SELECT id, username, email, full_name, enabled, roles, created_at, token_epoch
    FROM users WHERE id = ?1";
pub(super) const USERS: &str = "\
    SELECT id, username, email, full_name, enabled, roles, created_at, token_epoch
    FROM users WHERE username > coalesce(?1, '') ORDER BY username LIMIT ?2";
pub(super) const USER_ID: &str = "SELECT id FROM users WHERE username = ?1";
pub(super) const UPDATE_USER: &str = "\
    UPDATE users SET email = ?2, full_name = ?3, enabled = ?4, roles = ?5 WHERE id = ?1";
pub(super) const SET_PASSWORD: &str = "\
    UPDATE users SET password = ?2, password_set_at = max(?3, password_set_at + 1) WHERE id = ?1";
pub(super) const REPLACE_PASSWORD: &str =
    "UPDATE users SET password = ?3 WHERE id = ?1 AND password = ?2";
pub(super) const DELETE_USER: &str = "DELETE FROM users WHERE username = ?1 RETURNING id";

// Key pairs.
pub(super) const KEY_OF_USER: &str = "\
    SELECT api_key, algorithm, digest, last_issued_at FROM api_keys WHERE user_id = ?1";
pub(super) const INSERT_KEY: &str = "\
    INSERT INTO api_keys (user_id, api_key, last_issued_at) VALUES (?1, ?2, 0)
    ON CONFLICT DO NOTHING";
pub(super) const PUT_SECRET: &str = "\
    UPDATE api_keys SET algorithm = ?2, digest = ?3, issued_at = ?4, last_issued_at = ?4,
        previous_algorithm = ?5, previous_digest = ?6, previous_until = ?7
    WHERE user_id = ?1";
pub(super) const DELETE_SECRET: &str = "\
    UPDATE api_keys SET algorithm = NULL, digest = NULL, issued_at = NULL,
        previous_algorithm = NULL, previous_digest = NULL, previous_until = NULL
    WHERE user_id = ?1 AND digest IS NOT NULL
    RETURNING api_key";
pub(super) const KEY_INFO: &str = "\
    SELECT k.api_key, k.issued_at
    FROM api_keys k JOIN users u ON u.id = k.user_id WHERE u.username = ?1";

// Tokens.
pub(super) const OWNER: &str = "SELECT id, enabled, token_epoch FROM users WHERE username = ?1";
pub(super) const TOKENS_OF_USER_UP_TO: &str =
    "SELECT count(*) FROM (SELECT 1 FROM tokens WHERE user_id = ?1 LIMIT ?2)";
pub(super) const DROP_EXPIRED_TOKENS: &str =
    "DELETE FROM tokens WHERE user_id = ?1 AND form <> 'drf' AND expires_at <= ?2";
pub(super) const INSERT_TOKEN: &str = "\
    INSERT INTO tokens (id, user_id, form, algorithm, digest, last4, name, created_at, expires_at, last_used_at,
        scopes, created_by, idle_timeout, networks)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14
    WHERE NOT EXISTS (SELECT 1 FROM access_tokens WHERE id = ?1)
    ON CONFLICT DO NOTHING";
pub(super) const TOKEN: &str = "\
    SELECT t.id, u.username, t.form, t.algorithm, t.digest, t.last4, t.name, t.created_at, t.expires_at,
        t.last_used_at, t.scopes, t.created_by, t.idle_timeout, t.networks
    FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.id = ?1";
pub(super) const TOKENS: &str = "\
    SELECT t.id, u.username, t.form, t.algorithm, t.digest, t.last4, t.name, t.created_at, t.expires_at,
        t.last_used_at, t.scopes, t.created_by, t.idle_timeout, t.networks
    FROM tokens t JOIN users u ON u.id = t.user_id
    WHERE t.id > ?1 ORDER BY t.id LIMIT ?2";
pub(super) const TOKENS_OF_USER: &str = "\
    SELECT t.id, u.username, t.form, t.algorithm, t.digest, t.last4, t.name, t.created_at, t.expires_at,
        t.last_used_at, t.scopes, t.created_by, t.idle_timeout, t.networks
    FROM users u JOIN tokens t ON t.user_id = u.id
    WHERE u.username = ?3 AND t.id > ?1 ORDER BY t.id LIMIT ?2";
pub(super) const UPDATE_TOKEN: &str = "\
    UPDATE tokens SET name = ?2, scopes = ?3, expires_at = ?4, networks = ?5 WHERE id = ?1";
pub(super) const REVOKE_TOKEN: &str = "\
    DELETE FROM tokens WHERE id = ?1 AND (?2 IS NULL OR user_id = ?2) RETURNING user_id, form";
pub(super) const REVOKE_ALL_TOKENS: &str = "DELETE FROM tokens WHERE user_id = ?1 RETURNING id";
pub(super) const NEXT_EPOCH: &str = "UPDATE users SET token_epoch = token_epoch + 1 WHERE id = ?1";
pub(super) const DRF_TOKEN: &str = "SELECT id FROM tokens WHERE digest = ?1 AND form <> 'pat'";
pub(super) const NOTE_TOKEN_USE: &str = "\
    UPDATE tokens SET last_used_at = ?2
    WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";

// Sessions.
pub(super) const SESSION_ID: &str = "SELECT id FROM sessions WHERE id = ?1";
pub(super) const INSERT_SESSION: &str = "\
    INSERT INTO sessions
        (id, user_id, algorithm, digest, created_at, expires_at, idle_timeout, last_used_at, address)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
pub(super) const SESSIONS: &str = "\
    SELECT s.id, u.username, s.algorithm, s.digest, s.created_at, s.expires_at, s.idle_timeout, s.last_used_at,
        s.address
    FROM users u JOIN sessions s ON s.user_id = u.id
    WHERE u.username = ?1 ORDER BY s.id";
pub(super) const END_SESSION: &str = "\
    DELETE FROM sessions WHERE id = ?1 AND (?2 IS NULL OR user_id = ?2) RETURNING user_id";
pub(super) const END_SESSIONS: &str =
    "DELETE FROM sessions WHERE user_id = ?1 AND id IS NOT ?2 RETURNING id";
pub(super) const NOTE_SESSION_USE: &str = "\
    UPDATE sessions SET last_used_at = ?2
    WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";

// What clients may do for a user; `oauth/sql.rs` has the rest.
pub(super) const END_GRANTS: &str = "DELETE FROM grants WHERE user_id = ?1";
pub(super) const END_CODES: &str = "DELETE FROM codes WHERE user_id = ?1";
pub(super) const END_GRANTS_OF_SESSION: &str =
    "DELETE FROM grants WHERE session_id = ?1 AND user_id = ?2 AND ends_with_session";
pub(super) const END_CODES_OF_SESSION: &str =
    "DELETE FROM codes WHERE session_id = ?1 AND user_id = ?2 AND grant_id IS NULL";
pub(super) const END_CODES_OF_SESSIONS: &str = "\
    DELETE FROM codes WHERE user_id = ?1 AND session_id IS NOT NULL AND session_id IS NOT ?2 AND grant_id IS NULL
    RETURNING session_id";
pub(super) const END_GRANTS_OF_SESSIONS: &str = "\
    DELETE FROM grants WHERE user_id = ?1 AND session_id IS NOT NULL AND session_id IS NOT ?2 AND ends_with_session
    RETURNING session_id";
pub(super) const RENEW_SESSION_OF_GRANTS: &str =
    "UPDATE grants SET session_id = ?3 WHERE session_id = ?1 AND user_id = ?2";
pub(super) const RENEW_SESSION_OF_CODES: &str =
    "UPDATE codes SET session_id = ?3 WHERE session_id = ?1 AND user_id = ?2";

// The audit log.
pub(super) const LOG: &str = "\
    INSERT INTO audit (at, action, user_id, credential_id, actor_id, actor_credential_id, address)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
pub(super) const EVENTS: &str = "\
    SELECT sequence, at, action, user_id, credential_id, actor_id, actor_credential_id, address
    FROM audit WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";

// The feed.
pub(super) const ANNOUNCE: &str = "INSERT INTO changes (at, kind, subject) VALUES (?1, ?2, ?3)";
pub(super) const LAST_CHANGE: &str = "SELECT coalesce(max(seq), 0) FROM changes";
pub(super) const CHANGES: &str =
    "SELECT seq, kind, subject FROM changes WHERE seq > ?1 ORDER BY seq LIMIT ?2";
pub(super) const DATA_VERSION: &str = "PRAGMA data_version";
pub(super) const SCHEMA_VERSION: &str = "PRAGMA schema_version";

// Sweeping. The last change stays, so that its number is not forgotten, and the first that is young with all behind it, so
// that there are no gaps.
pub(super) const SWEEP_TOKENS: &str = "\
    DELETE FROM tokens WHERE id IN (
        SELECT id FROM tokens WHERE form <> 'drf' AND expires_at IS NOT NULL AND expires_at < ?1
        ORDER BY expires_at LIMIT ?2)";
pub(super) const SWEEP_SESSIONS: &str = "\
    DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
pub(super) const SWEEP_ACCESS_TOKENS: &str = "\
    DELETE FROM access_tokens WHERE id IN (
        SELECT id FROM access_tokens WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
pub(super) const SWEEP_REFRESH_TOKENS: &str = "\
    DELETE FROM refresh_tokens WHERE id IN (
        SELECT id FROM refresh_tokens WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
pub(super) const SWEEP_CODES: &str = "\
    DELETE FROM codes WHERE id IN (
        SELECT id FROM codes WHERE grant_id IS NULL AND expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
// Of a grant without tokens only its code is left, which goes with it: half of the rows are for these.
pub(super) const SWEEP_GRANTS: &str = "\
    DELETE FROM grants WHERE id IN (
        SELECT g.id FROM grants g
        WHERE g.expires_at < ?1
            AND NOT EXISTS (SELECT 1 FROM access_tokens WHERE grant_id = g.id)
            AND NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE grant_id = g.id)
        ORDER BY g.expires_at LIMIT ?2 / 2)";
pub(super) const SWEEP_CHANGES: &str = "\
    DELETE FROM changes WHERE seq < (
        SELECT coalesce(min(seq) FILTER (WHERE at >= ?1), max(seq))
        FROM (SELECT seq, at FROM changes WHERE seq > 0 ORDER BY seq LIMIT ?2 + 1))";
