"""The snippets of Frappe's guide "Token Based Authentication", with a URL and keys put in."""

import base64
import sys

import requests

server, api_key, api_secret = sys.argv[1:]

# Token
url = f"{server}/api/method/frappe.auth.get_logged_user"
headers = {"Authorization": f"token {api_key}:{api_secret}"}
response = requests.request("GET", url, headers=headers)
assert (response.status_code, response.json()) == (200, {"message": "boss"}), response.text

# Basic
pair = f"{api_key}:{api_secret}".encode()
headers = {"Authorization": "Basic %s" % base64.b64encode(pair).decode()}
response = requests.request("GET", url, headers=headers)
assert (response.status_code, response.json()) == (200, {"message": "boss"}), response.text

# What requests makes of a pair by itself.
response = requests.request("GET", url, auth=(api_key, api_secret))
assert response.json() == {"message": "boss"}, response.text

# RPC: the form that is printed, quotes and all, and the form that newer versions want.
rpc = f"{server}/api/method/frappe.core.doctype.user.user.generate_keys"
seen = set()
for method, target, sent in (
    ("GET", f'{rpc}?user="ada"', {}),
    ("GET", rpc, {"params": {"user": "ada"}}),
    ("POST", rpc, {"data": {"user": "ada"}}),
    ("POST", rpc, {"json": {"user": "ada"}}),
    ("POST", rpc, {"params": {"user": "ada"}}),
):
    made = requests.request(method, target, headers=headers, **sent)
    assert made.status_code == 200, made.text
    keys = made.json()["message"]
    seen.add(keys["api_key"])
    adas = {"Authorization": f"token {keys['api_key']}:{keys['api_secret']}"}
    response = requests.request("GET", url, headers=adas)
    assert response.json() == {"message": "ada"}, response.text
    # "Only users with system manager role can generate keys."
    assert requests.request(method, target, headers=adas, **sent).status_code == 403
# "Api key cannot be re-generated."
assert len(seen) == 1, seen

# Without a credential, and with a wrong one.
assert requests.request("GET", url).status_code == 403
headers = {"Authorization": f"token {api_key}:{api_secret[::-1]}"}
response = requests.request("GET", url, headers=headers)
assert (response.status_code, response.json()["exc_type"]) == (401, "AuthenticationError"), response.text
print("done")
