# The guide on OAuth in Python: what it prints for curl, said with requests; behind pages.py.
import base64
import hashlib
import json
import secrets
import sys

host, password, client_id, client_secret, pkce = sys.argv[1:]
method = host + "/api/method/frappe.integrations.oauth2."
redirect_uri = "https://app.getpostman.com/oauth2/callback"

verifier = secrets.token_urlsafe(32)
asked = {
    "client_id": client_id,
    "state": "444",
    "response_type": "code",
    "scope": "openid all",
    "redirect_uri": redirect_uri,
}
proof = {"client_secret": client_secret} if client_secret else {}
if pkce != "none":
    # "base64encode(sha256(random_string))", as the guide has it: with padding, and not for URLs.
    hashed = hashlib.sha256(verifier.encode()).digest()
    asked.update(code_challenge=base64.b64encode(hashed).decode(), code_challenge_method=pkce)
    proof["code_verifier"] = verifier


def callback_of(url):
    assert isinstance(url, str) and url.startswith(redirect_uri + "?"), url
    found = dict(pair.split("=", 1) for pair in url.split("?", 1)[1].split("&"))
    assert found["state"] == "444" and "iss" in found, found
    return found


def post(name, **data):
    return requests.post(method + name, data=data, timeout=20)


browser = Browser(redirect_uri)
page = browser.log_in(browser.open(method + "authorize", params=asked), "ada", password)
if isinstance(page, str):
    # A client that proves who it is was allowed before.
    page = browser.open(method + "authorize", params={**asked, "prompt": "consent"})
assert callback_of(browser.submit(page, "deny"))["error"] == "access_denied"

page = browser.open(method + "authorize", "POST", data={**asked, "prompt": "consent"})
code = callback_of(browser.submit(page, "allow"))["code"]
answer = post(
    "get_token",
    grant_type="authorization_code",
    code=code,
    redirect_uri=redirect_uri,
    client_id=client_id,
    **proof,
)
assert answer.status_code == 200, answer.text
tokens = answer.json()
assert set(tokens) == {
    "access_token",
    "token_type",
    "expires_in",
    "refresh_token",
    "scope",
    "id_token",
}, tokens

claims = tokens["id_token"].split(".")[1]
claims = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
assert {"aud", "iss", "sub", "roles", "exp", "iat"} <= set(claims), claims

headers = {"Authorization": "Bearer " + tokens["access_token"]}
profile = requests.get(method + "openid_profile", headers=headers, timeout=20).json()
assert profile["sub"] == claims["sub"] and profile["email"] == "ada@example.com", profile
called = requests.get(host + "/api/method/frappe.auth.get_logged_user", headers=headers, timeout=20)
assert called.json() == {"message": "ada"}, called.text

introspect = lambda token: post("introspect_token", token=token).json()
assert introspect(tokens["access_token"])["active"] is True
secret = {"client_id": client_id, "client_secret": client_secret} if client_secret else {}
revoked = post("revoke_token", token=tokens["access_token"], **secret)
assert revoked.status_code == 200 and revoked.json() == {}, revoked.text
assert introspect(tokens["access_token"]) == {"active": False}
refused = requests.get(method + "openid_profile", headers=headers, timeout=20)
assert refused.status_code == 401, refused.text
print("done")
