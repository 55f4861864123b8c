//! The provider's SQL text of SQLite; what deletes with a user, and sweeps, is in `sqlite/sql.rs`.
//!
//! Nothing is ever put into these texts: values are bound.

// Clients.
pub(super) const CLIENT_IS_THERE: &str = "SELECT 1 FROM clients WHERE client_id = ?1";
pub(super) const INSERT_CLIENT: &str = "\
    INSERT INTO clients
        (client_id, name, auth_methods, algorithm, digest, wrapped_secret, secret_issued_at, grant_types, redirect_uris,
        post_logout_redirect_uris, scopes, allowed_roles, skip_consent, introspect_any, jwt_access_tokens, id_token_alg,
        danger_allow_plain_pkce, danger_allow_missing_pkce, danger_allow_short_verifier, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
    ON CONFLICT DO NOTHING";
pub(super) const UPDATE_CLIENT: &str = "\
    UPDATE clients SET
        name = ?2, auth_methods = ?3, grant_types = ?8, redirect_uris = ?9, post_logout_redirect_uris = ?10, scopes = ?11, allowed_roles = ?12,
        skip_consent = ?13, introspect_any = ?14, jwt_access_tokens = ?15, id_token_alg = ?16,
        danger_allow_plain_pkce = ?17, danger_allow_missing_pkce = ?18, danger_allow_short_verifier = ?19,
        created_at = ?20
    WHERE client_id = ?1";
pub(super) const REPLACE_CLIENT_SECRET: &str = "\
    UPDATE clients SET algorithm = ?2, digest = ?3, wrapped_secret = ?4, secret_issued_at = ?5
    WHERE client_id = ?1 AND algorithm = ?6 AND digest = ?7";
pub(super) const CLIENT: &str = "\
    SELECT client_id, name, auth_methods, algorithm, digest, wrapped_secret, secret_issued_at, grant_types,
        redirect_uris, post_logout_redirect_uris, scopes, allowed_roles, skip_consent, introspect_any,
        jwt_access_tokens, id_token_alg, danger_allow_plain_pkce, danger_allow_missing_pkce,
        danger_allow_short_verifier, created_at
    FROM clients WHERE client_id = ?1";
pub(super) const CLIENTS: &str = "\
    SELECT client_id, name, auth_methods, algorithm, digest, wrapped_secret, secret_issued_at, grant_types,
        redirect_uris, post_logout_redirect_uris, scopes, allowed_roles, skip_consent, introspect_any,
        jwt_access_tokens, id_token_alg, danger_allow_plain_pkce, danger_allow_missing_pkce,
        danger_allow_short_verifier, created_at
    FROM clients WHERE client_id > coalesce(?1, '') ORDER BY client_id LIMIT ?2";
pub(super) const DELETE_CLIENT: &str = "DELETE FROM clients WHERE client_id = ?1";

// Consents.
pub(super) const USER_IS_ENABLED: &str = "SELECT 1 FROM users WHERE id = ?1 AND enabled";
pub(super) const CONSENT: &str = "\
    SELECT user_id, client_id, allowed, given_at FROM consents WHERE user_id = ?1 AND client_id = ?2";
pub(super) const CONSENTS: &str = "\
    SELECT user_id, client_id, allowed, given_at FROM consents WHERE user_id = ?1 ORDER BY client_id";
pub(super) const PUT_CONSENT: &str = "\
    INSERT INTO consents (user_id, client_id, allowed, given_at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO UPDATE SET allowed = excluded.allowed, given_at = excluded.given_at";
pub(super) const WITHDRAW_CONSENT: &str =
    "DELETE FROM consents WHERE user_id = ?1 AND client_id = ?2";
pub(super) const WITHDRAW_GRANTS: &str = "DELETE FROM grants WHERE user_id = ?1 AND client_id = ?2";
pub(super) const WITHDRAW_CODES: &str = "DELETE FROM codes WHERE user_id = ?1 AND client_id = ?2";

// Codes. What was granted comes first, as in a grant.
pub(super) const INSERT_CODE: &str = "\
    INSERT INTO codes
        (client_id, user_id, scopes, resources, auth_time, session_id, nonce, acr, id, algorithm, digest, redirect_uri,
        redirect_uri_was_sent, challenge_method, challenge, issued_at, expires_at, is_used)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, FALSE)
    ON CONFLICT DO NOTHING";
pub(super) const MAKE_ROOM_FOR_CODE: &str = "\
    DELETE FROM codes WHERE id IN (
        SELECT id FROM codes WHERE user_id = ?1 AND client_id = ?2 AND grant_id IS NULL AND id <> ?3
        ORDER BY id DESC LIMIT -1 OFFSET ?4)";
pub(super) const CODE: &str = "\
    SELECT client_id, user_id, scopes, resources, auth_time, session_id, nonce, acr, id, algorithm, digest,
        redirect_uri, redirect_uri_was_sent, challenge_method, challenge, issued_at, expires_at, is_used, grant_id
    FROM codes WHERE id = ?1";
// Whoever gets a row back is the one and only.
pub(super) const USE_CODE: &str = "\
    UPDATE codes SET is_used = TRUE
    WHERE id = ?1 AND NOT is_used
        AND EXISTS (SELECT 1 FROM users u WHERE u.id = codes.user_id AND u.enabled)
    RETURNING user_id, session_id";
pub(super) const NAME_GRANT_OF_CODE: &str = "UPDATE codes SET grant_id = ?2 WHERE id = ?1";
pub(super) const GRANT_OF_CODE: &str =
    "SELECT grant_id FROM codes WHERE id = ?1 AND grant_id IS NOT NULL";
pub(super) const SPEND_CODE: &str = "UPDATE codes SET is_used = TRUE WHERE id = ?1";

// Grants.
pub(super) const INSERT_GRANT: &str = "\
    INSERT INTO grants
        (client_id, user_id, scopes, resources, auth_time, session_id, nonce, acr, id, created_at, expires_at, address,
        ends_with_session, used_generation)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0)
    ON CONFLICT DO NOTHING";
pub(super) const GRANTS: &str = "\
    SELECT g.client_id, g.user_id, g.scopes, g.resources, g.auth_time, g.session_id, g.nonce, g.acr,
        g.id, g.created_at, g.expires_at, g.address
    FROM grants g WHERE g.user_id = ?1 ORDER BY g.id";
pub(super) const END_GRANT: &str = "DELETE FROM grants WHERE id = ?1 RETURNING client_id, user_id";
pub(super) const END_OLDEST_OF_CLIENT: &str = "\
    DELETE FROM grants WHERE id IN (
        SELECT id FROM grants
        WHERE client_id = ?1 AND user_id IS NULL AND id <= (
            SELECT id FROM grants WHERE client_id = ?1 AND user_id IS NULL ORDER BY id DESC LIMIT 1 OFFSET ?2)
        ORDER BY id LIMIT ?3)";

pub(super) const MAKE_ROOM_FOR_GRANT: &str = "\
    DELETE FROM grants WHERE id IN (
        SELECT id FROM grants WHERE client_id = ?1 AND user_id = ?2 AND id <> ?3
        ORDER BY id DESC LIMIT -1 OFFSET ?4)
    RETURNING id";

// Access tokens. An id is never that of an API token, too, for nobody says which of the two is looked for.
pub(super) const INSERT_ACCESS_TOKEN: &str = "\
    INSERT INTO access_tokens (id, grant_id, algorithm, digest, scopes, audience, issued_at, expires_at)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
    WHERE NOT EXISTS (SELECT 1 FROM tokens WHERE id = ?1)
    ON CONFLICT DO NOTHING";
pub(super) const ACCESS_TOKEN: &str = "\
    SELECT g.client_id, g.user_id, g.scopes, g.resources, g.auth_time, g.session_id, g.nonce, g.acr,
        g.id, g.created_at, g.expires_at, g.address,
        a.id, a.grant_id, a.algorithm, a.digest, a.scopes, a.audience, a.issued_at, a.expires_at
    FROM access_tokens a JOIN grants g ON g.id = a.grant_id WHERE a.id = ?1";
// The look-up: one question. A user that is gone, however that came, is not taken for a client.
pub(super) const FIND_ACCESS_TOKEN: &str = "\
    SELECT u.id, u.username, u.enabled, u.roles, g.client_id,
        a.id, a.grant_id, a.algorithm, a.digest, a.scopes, a.audience, a.issued_at, a.expires_at
    FROM access_tokens a JOIN grants g ON g.id = a.grant_id LEFT JOIN users u ON u.id = g.user_id
    WHERE a.id = ?1 AND (u.id IS NOT NULL OR g.user_id IS NULL)";
pub(super) const WITHDRAW_ACCESS_TOKEN: &str =
    "DELETE FROM access_tokens WHERE id = ?1 RETURNING grant_id";
pub(super) const HOLDER_OF_GRANT: &str = "SELECT client_id, user_id FROM grants WHERE id = ?1";

pub(super) const FORGET_ACCESS_TOKENS: &str = "\
    DELETE FROM access_tokens WHERE id IN (
        SELECT id FROM access_tokens WHERE grant_id = ?1 AND id <> ?2
        ORDER BY id DESC LIMIT -1 OFFSET ?3)";

// Refresh tokens.
pub(super) const INSERT_REFRESH_TOKEN: &str = "\
    INSERT INTO refresh_tokens (id, grant_id, algorithm, digest, generation, issued_at, expires_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT DO NOTHING";
pub(super) const REFRESH_TOKEN: &str = "\
    SELECT g.client_id, g.user_id, g.scopes, g.resources, g.auth_time, g.session_id, g.nonce, g.acr,
        g.id, g.created_at, g.expires_at, g.address,
        r.id, r.grant_id, r.algorithm, r.digest, r.generation, r.issued_at, r.expires_at,
        g.used_generation, g.used_refresh_id
    FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id WHERE r.id = ?1";
pub(super) const FAMILY: &str = "\
    SELECT r.id, r.grant_id, r.algorithm, r.digest, r.generation, r.issued_at, r.expires_at,
        g.used_generation, g.used_refresh_id
    FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id
    WHERE r.id = ?1 AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = g.user_id AND NOT u.enabled)";
pub(super) const SIBLINGS: &str =
    "SELECT count(*) FROM refresh_tokens WHERE grant_id = ?1 AND generation = ?2";
pub(super) const REFRESH_TOKEN_BEHIND: &str = "\
    SELECT issued_at FROM refresh_tokens WHERE grant_id = ?1
    ORDER BY generation DESC, id DESC LIMIT 1 OFFSET ?2";
pub(super) const FORGET_REFRESH_TOKENS: &str = "\
    DELETE FROM refresh_tokens WHERE id IN (
        SELECT id FROM refresh_tokens WHERE grant_id = ?1
        ORDER BY generation DESC, id DESC LIMIT -1 OFFSET ?2)";
// If the family still is what was read.
pub(super) const USE_REFRESH_TOKEN: &str = "\
    UPDATE grants SET used_generation = ?2, used_refresh_id = ?3
    WHERE id = ?1 AND used_generation = ?4 AND used_refresh_id IS ?5";

// Signing keys. The version comes with the rows, so that both are of one state.
pub(super) const SIGNING_KEYS: &str = "\
    SELECT s.value, k.kid, k.alg, k.public_jwk, k.wrapped, k.created_at, k.signs_from, k.signs_until, k.published_until
    FROM settings s LEFT JOIN signing_keys k
    WHERE s.name = 'signing_keys_version' ORDER BY k.created_at, k.kid";
pub(super) const NEXT_SIGNING_KEYS: &str =
    "UPDATE settings SET value = ?2 WHERE name = 'signing_keys_version' AND value = ?1";
pub(super) const DELETE_SIGNING_KEYS: &str = "DELETE FROM signing_keys";
pub(super) const INSERT_SIGNING_KEY: &str = "\
    INSERT INTO signing_keys (kid, alg, public_jwk, wrapped, created_at, signs_from, signs_until, published_until)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
