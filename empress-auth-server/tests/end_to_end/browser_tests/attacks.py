# P-14, P-16: another site sends forms, and puts our pages into frames.
import sys

issuer, password, client_id, port = sys.argv[1:]
os.environ["PORT_127.0.0.1"] = port

with sync_playwright() as playwright:
    stage = Stage(playwright, issuer, password)
    client, evil = Site("127.0.0.1"), Site("localhost")
    callback = client.url + "/callback"

    # Nobody is logged in as somebody of the attacker's choice.
    page = stage.browser()
    for path, fields in {
        "/login": {"username": "ada", "password": password},
        "/api/method/login": {"usr": "ada", "pwd": password},
        "/": {"cmd": "login", "usr": "ada", "pwd": password},
    }.items():
        with page.expect_response(issuer + path) as answered:
            page.goto(evil.sends(issuer + path, fields))
        assert answered.value.status in (400, 403), (path, answered.value.status)
        assert not stage.is_logged_in(page), path

    # Whose session there is stays, and nothing is done in its name.
    page = stage.browser()
    page.goto(issuer + "/login")
    stage.log_in(page)
    page.wait_for_url(issuer + "/")
    page.goto(stage.authorize(client_id, callback))
    action = page.get_attribute("form", "action")
    fields = page.eval_on_selector_all(
        "form input", "inputs => Object.fromEntries(inputs.map(input => [input.name, input.value]))"
    )
    without_token = {name: "" if "csrf" in name else value for name, value in fields.items()}
    before = len(client.returned)
    for path, stolen in {
        action: {**without_token, "decision": "allow"},
        "/api/method/frappe.integrations.oauth2.approve": {**without_token, "decision": "allow"},
        "/oauth/logout": {"decision": "log_out"},
        "/api/method/logout": {},
        "/api/method/frappe.core.doctype.user.user.generate_keys": {"user": "ada"},
        "/api/v1/tokens": {"name": "stolen"},
        "/api/v1/users/ada/keys": {},
    }.items():
        page.goto(evil.sends(issuer + path, stolen))
        page.wait_for_load_state()
        assert stage.is_logged_in(page), path
        assert len(client.returned) == before, path
    assert page.request.get(issuer + "/api/v1/tokens").json()["items"] == []
    # What a page of ours shows, another cannot read; only with it does the decision count.
    page.goto(stage.authorize(client_id, callback))
    page.click("text=Allow")
    page.wait_for_url(callback + "?*")

    # Frames stay empty.
    for path in ["/login", "/oauth/logout", "/oauth/authorize?client_id=x"]:
        evil.pages["/frame"] = f'<title>evil</title><iframe src="{issuer}{path}"></iframe>'
        page.goto(evil.url + "/frame")
        page.wait_for_load_state("networkidle")
        framed = page.frames[1]
        assert framed.url.startswith("chrome-error:"), framed.url
    asks = stage.authorize(client_id, callback, prompt="consent").replace("&", "&amp;")
    evil.pages["/frame"] = f'<title>evil</title><iframe src="{asks}"></iframe>'
    page.goto(evil.url + "/frame")
    page.wait_for_load_state("networkidle")
    assert page.frames[1].url.startswith("chrome-error:"), page.frames[1].url
print("done")
