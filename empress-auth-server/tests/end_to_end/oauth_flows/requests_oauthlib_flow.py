# requests-oauthlib, as its documentation shows a web application; behind pages.py.
import os
import sys

from requests_oauthlib import OAuth2Session

issuer, password, callback, client_id, client_secret, method = sys.argv[1:]
# It refuses to talk without TLS, also to this machine.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

session = OAuth2Session(client_id, redirect_uri=callback, scope=["openid", "email"], pkce="S256")
session.trust_env = False
url, state = session.authorization_url(issuer + "/oauth/authorize", nonce="n-0S6_WzA2Mj")
returned = Browser(callback).authorize(url, password)
proof = {
    "client_secret_basic": {"client_secret": client_secret},
    "client_secret_post": {"client_secret": client_secret, "include_client_id": True},
    "none": {"include_client_id": True},
}[method]
token = session.fetch_token(issuer + "/oauth/token", authorization_response=returned, **proof)
assert set(token["scope"]) == {"openid", "email"}, token
assert session.get(issuer + "/oauth/userinfo").json()["email"] == "ada@example.com"
kept = {"client_id": client_id, **({"client_secret": client_secret} if client_secret else {})}
renewed = session.refresh_token(issuer + "/oauth/token", **kept)
assert renewed["access_token"] != token["access_token"], renewed
assert session.get(issuer + "/oauth/userinfo").status_code == 200
print("done")
