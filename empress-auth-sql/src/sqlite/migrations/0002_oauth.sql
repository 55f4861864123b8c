-- What an OAuth provider keeps: clients, consents, codes, grants with their tokens, signing keys.

CREATE TABLE clients (
    client_id                   TEXT    PRIMARY KEY,
    name                        TEXT    NOT NULL,
    auth_methods                TEXT,               -- none: a public client
    algorithm                   TEXT,               -- of its secret, as the next three
    digest                      BLOB,
    wrapped_secret              BLOB,               -- encrypted under the master key
    secret_issued_at            INTEGER,
    grant_types                 TEXT,
    redirect_uris               TEXT,
    post_logout_redirect_uris   TEXT,
    scopes                      TEXT,
    allowed_roles               TEXT,
    skip_consent                INTEGER NOT NULL,
    introspect_any              INTEGER NOT NULL,
    jwt_access_tokens           INTEGER NOT NULL,
    id_token_alg                TEXT,
    danger_allow_plain_pkce     INTEGER NOT NULL,
    danger_allow_missing_pkce   INTEGER NOT NULL,
    danger_allow_short_verifier INTEGER NOT NULL,
    created_at                  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE consents (
    user_id   INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    client_id TEXT    NOT NULL REFERENCES clients ON DELETE CASCADE,
    allowed   TEXT    NOT NULL,     -- resources with scopes
    given_at  INTEGER NOT NULL,
    PRIMARY KEY (user_id, client_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX consents_by_client ON consents (client_id);

-- A family of tokens. The row goes when it ends, and what was made under it with it.
CREATE TABLE grants (
    id                INTEGER PRIMARY KEY,
    client_id         TEXT    NOT NULL REFERENCES clients ON DELETE CASCADE,
    user_id           INTEGER REFERENCES users ON DELETE CASCADE,     -- none: the client has it for itself
    scopes            TEXT    NOT NULL,
    resources         TEXT,
    auth_time         INTEGER,
    session_id        INTEGER,
    nonce             TEXT,
    acr               TEXT,
    created_at        INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    address           TEXT,
    ends_with_session INTEGER NOT NULL,             -- whether it goes with the session in which it was granted
    used_generation   INTEGER NOT NULL,             -- the highest of which a refresh token was used; 0: none was
    used_refresh_id   INTEGER                       -- which one that was
) STRICT;

CREATE INDEX grants_by_client ON grants (client_id, user_id);
CREATE INDEX grants_by_user ON grants (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX grants_by_session ON grants (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX grants_by_expiry ON grants (expires_at);

CREATE TABLE codes (
    id                    INTEGER PRIMARY KEY,
    client_id             TEXT    NOT NULL REFERENCES clients ON DELETE CASCADE,
    user_id               INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    scopes                TEXT    NOT NULL,
    resources             TEXT,
    auth_time             INTEGER,
    session_id            INTEGER,
    nonce                 TEXT,
    acr                   TEXT,
    algorithm             TEXT    NOT NULL,
    digest                BLOB    NOT NULL,
    redirect_uri          TEXT    NOT NULL,
    redirect_uri_was_sent INTEGER NOT NULL,
    challenge_method      TEXT,
    challenge             TEXT,
    issued_at             INTEGER NOT NULL,
    expires_at            INTEGER NOT NULL,
    is_used               INTEGER NOT NULL,
    grant_id              INTEGER REFERENCES grants ON DELETE CASCADE   -- what it was used for; none: it was spent
) STRICT;

CREATE INDEX codes_by_client ON codes (client_id);
CREATE INDEX codes_by_user ON codes (user_id, client_id);
CREATE INDEX codes_by_session ON codes (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX codes_by_grant ON codes (grant_id) WHERE grant_id IS NOT NULL;
-- For sweeping. A code that was redeemed goes with its grant.
CREATE INDEX codes_by_expiry ON codes (expires_at) WHERE grant_id IS NULL;

CREATE TABLE access_tokens (
    id         INTEGER PRIMARY KEY,
    grant_id   INTEGER NOT NULL REFERENCES grants ON DELETE CASCADE,
    algorithm  TEXT    NOT NULL,
    digest     BLOB    NOT NULL,
    scopes     TEXT    NOT NULL,
    audience   TEXT,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX access_tokens_by_grant ON access_tokens (grant_id);
CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);

CREATE TABLE refresh_tokens (
    id         INTEGER PRIMARY KEY,
    grant_id   INTEGER NOT NULL REFERENCES grants ON DELETE CASCADE,
    algorithm  TEXT    NOT NULL,
    digest     BLOB    NOT NULL,
    generation INTEGER NOT NULL,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX refresh_tokens_by_grant ON refresh_tokens (grant_id, generation);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

CREATE TABLE signing_keys (
    kid             TEXT    PRIMARY KEY,
    alg             TEXT    NOT NULL,
    public_jwk      TEXT    NOT NULL,
    wrapped         BLOB    NOT NULL,               -- encrypted under the master key
    created_at      INTEGER NOT NULL,
    signs_from      INTEGER NOT NULL,
    signs_until     INTEGER,
    published_until INTEGER
) STRICT, WITHOUT ROWID;

-- Grows with every change of them; eight bytes, the highest first.
INSERT INTO settings (name, value) VALUES ('signing_keys_version', x'0000000000000000');
