"""The snippets of the guide on tokens of Django REST framework; who is logged in stands for the view of theirs."""

import json
import sys

import requests

server, password = sys.argv[1:]
views = (f"{server}/api/v1/me", f"{server}/api/method/frappe.auth.get_logged_user")


def works(token):
    headers = {"Authorization": "Token " + token}
    answers = [requests.get(view, headers=headers) for view in views]
    assert [answer.status_code for answer in answers] == [200, 200], answers
    assert answers[0].json()["username"] == "ada"
    assert answers[1].json()["message"] == "ada"


# As printed: JSON.
data = {"username": "ada", "password": password}
headers = {"content-type": "application/json"}
response = requests.post(f"{server}/api-token-auth/", data=json.dumps(data), headers=headers)
assert response.status_code == 200, response.text
token = response.json()["token"]
assert len(token) == 40 and int(token, 16), token
works(token)

# As a form, plain and multipart: the same token each time.
for sent in ({"data": data}, {"files": {name: (None, value) for name, value in data.items()}}):
    response = requests.post(f"{server}/api-token-auth/", **sent)
    assert (response.status_code, response.json()) == (200, {"token": token}), response.text

# "Handle invalid credentials"
data["password"] += "!"
response = requests.post(f"{server}/api-token-auth/", data=json.dumps(data), headers=headers)
assert response.status_code == 400, response.text
assert response.json() == {"non_field_errors": ["Unable to log in with provided credentials."]}
for headers in ({}, {"Authorization": "Token " + token[::-1]}):
    assert requests.get(views[0], headers=headers).status_code == 401
print("done")
