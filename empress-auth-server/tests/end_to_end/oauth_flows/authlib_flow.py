# Authlib from discovery to revocation, as its documentation shows it; behind pages.py.
import base64
import hashlib
import sys

from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

issuer, password, callback, client_id, client_secret, method = sys.argv[1:]


def get(url):
    answer = requests.get(url, timeout=20)
    answer.raise_for_status()
    return answer.json()


metadata = get(issuer + "/.well-known/openid-configuration")
assert metadata["issuer"] == issuer, metadata
client = OAuth2Session(
    client_id,
    client_secret or None,
    token_endpoint_auth_method=method,
    revocation_endpoint_auth_method=method,
    scope="openid profile email all",
    redirect_uri=callback,
    code_challenge_method="S256",
)
client.trust_env = False

verifier, nonce = generate_token(48), generate_token()
url, state = client.create_authorization_url(
    metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
)
returned = Browser(callback).authorize(url, password)
assert "iss=" in returned, returned
token = client.fetch_token(
    metadata["token_endpoint"], authorization_response=returned, state=state, code_verifier=verifier
)
assert token["token_type"] == "Bearer" and token["expires_in"] == 3600, token

keys = KeySet.import_key_set(get(metadata["jwks_uri"]))
id_token = jwt.decode(
    token["id_token"], keys, algorithms=metadata["id_token_signing_alg_values_supported"]
)
claims = id_token.claims
registry = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": issuer},
    aud={"essential": True, "value": client_id},
    nonce={"essential": True, "value": nonce},
    sub={"essential": True},
    exp={"essential": True},
    iat={"essential": True},
)
registry.validate(claims)
half = hashlib.sha256(token["access_token"].encode()).digest()[:16]
assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode(), claims

profile = client.get(metadata["userinfo_endpoint"]).json()
assert profile["sub"] == claims["sub"] and profile["email"] == "ada@example.com", profile
logged_user = client.get(issuer + "/api/method/frappe.auth.get_logged_user")
assert logged_user.json() == {"message": "ada"}, logged_user.text

renewed = client.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
assert renewed["access_token"] != token["access_token"], renewed
assert renewed["refresh_token"] != token["refresh_token"], renewed

if client_secret:
    introspect = lambda shown: client.introspect_token(
        metadata["introspection_endpoint"], token=shown, token_type_hint="access_token"
    ).json()
    seen = introspect(renewed["access_token"])
    assert seen["active"] and seen["client_id"] == client_id and seen["sub"] == claims["sub"], seen

revoked = client.revoke_token(
    metadata["revocation_endpoint"], token=renewed["refresh_token"], token_type_hint="refresh_token"
)
assert revoked.status_code == 200, revoked.text
if client_secret:
    assert introspect(renewed["access_token"]) == {"active": False}
refused = requests.get(
    metadata["userinfo_endpoint"],
    headers={"Authorization": "Bearer " + renewed["access_token"]},
    timeout=20,
)
assert refused.status_code == 401, refused.text
try:
    client.refresh_token(metadata["token_endpoint"], refresh_token=renewed["refresh_token"])
    raise SystemExit("a revoked refresh token was accepted")
except Exception as error:
    assert "invalid_grant" in str(error), error

if client_secret:
    robot = OAuth2Session(client_id, client_secret, token_endpoint_auth_method=method, scope="all")
    robot.trust_env = False
    own = robot.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    assert "refresh_token" not in own and "id_token" not in own, own
print("done")
