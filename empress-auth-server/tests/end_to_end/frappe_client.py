"""The frappe-client of PyPI, with a password and with keys."""

import sys

from frappeclient import FrappeClient
from frappeclient.frappeclient import AuthError, FrappeException

server, password = sys.argv[1:]
WHO = "frappe.auth.get_logged_user"
GENERATE = "frappe.core.doctype.user.user.generate_keys"


def refused(kind, call):
    try:
        answer = call()
    except kind:
        return
    raise AssertionError(f"{answer} instead of {kind}")


# Login, method calls, logout.
client = FrappeClient(server, "boss", password)
assert client.get_api(WHO) == client.post_api(WHO) == "boss"
made = client.post_api(GENERATE, {"user": "boss"})
session = client.session.cookies["sid"]
client.post_api("logout")
refused(FrappeException, lambda: client.get_api(WHO))
client.session.cookies.set("sid", session)
refused(FrappeException, lambda: client.get_api(WHO))

# Its own logout is a GET, which changes nothing here; it takes the answer as it comes.
with FrappeClient(server, "boss", password) as client:
    assert client.get_api(WHO) == "boss"

# Keys.
by_key = FrappeClient(server, api_key=made["api_key"], api_secret=made["api_secret"])
assert by_key.get_api(WHO) == "boss"
adas = by_key.post_api(GENERATE, {"user": "ada"})
ada = FrappeClient(server, api_key=adas["api_key"], api_secret=adas["api_secret"])
assert ada.get_api(WHO) == "ada"
assert ada.get_api("ping") == "pong"

# Refusals are noticed.
refused(AuthError, lambda: FrappeClient(server, "boss", password + "!"))
refused(AuthError, lambda: FrappeClient(server, "nobody", password))
refused(FrappeException, lambda: FrappeClient(server).get_api(WHO))
refused(FrappeException, lambda: ada.post_api(GENERATE, {"user": "ada"}))
by_key.post_api(GENERATE, {"user": "ada"})
refused(FrappeException, lambda: ada.get_api(WHO))
print("done")
