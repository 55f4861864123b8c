# P-17: whatever is written into a page, nothing of it runs.
import json
import sys
from urllib.parse import quote

issuer, password, callback, payloads, clients = sys.argv[1:]
payloads, clients = payloads.splitlines(), json.loads(clients)

with sync_playwright() as playwright:
    stage = Stage(playwright, issuer, password)
    page = stage.browser()
    requested = []
    page.on("request", lambda request: requested.append(request.url))

    def looks_harmless(what):
        assert page.locator("script, img, svg, iframe, object, embed, style, base, body[onload]").count() == 0, what
        assert page.locator("h1").count() == 1, what

    page.goto(issuer + "/login")
    for payload in payloads:
        page.goto(f"{issuer}/login?login_hint={quote(payload)}&redirect-to={quote(payload)}")
        assert page.input_value("#username") == payload
        looks_harmless(payload)
        page.eval_on_selector("#username", "(input, text) => { input.removeAttribute('maxlength'); input.value = text }", payload)
        page.fill("#password", "x")
        page.eval_on_selector("#password", "input => { input.value = '' ; input.required = false }")
        page.click("button")
        assert page.input_value("#username") == payload
        looks_harmless(payload)

    page.goto(issuer + "/login")
    stage.log_in(page)
    page.wait_for_url(issuer + "/")
    client_id = clients[0]
    for payload in payloads:
        # Pages that say what is wrong with a request.
        page.goto(stage.authorize(payload, callback))
        looks_harmless(("client_id", payload))
        unfit = ["redirect_uri", "response_mode", "response_type", "scope", "error", "error_description"]
        page.goto(stage.authorize(client_id, callback, **dict.fromkeys(unfit, payload)))
        looks_harmless((unfit, payload))
        # A page that keeps them for later.
        kept = ["state", "nonce", "login_hint", "ui_locales", "acr_values"]
        page.goto(stage.authorize(client_id, callback, prompt="consent", **dict.fromkeys(kept, payload)))
        assert page.locator("text=Allow").count() == 1, page.content()
        looks_harmless((kept, payload))
        logout = ["id_token_hint", "post_logout_redirect_uri", "state", "client_id"]
        page.goto(f"{issuer}/oauth/logout?{urlencode(dict.fromkeys(logout, payload))}")
        looks_harmless((logout, payload))
    # Clients named after them.
    for number, client_id in enumerate(clients):
        page.goto(stage.authorize(client_id, callback, prompt="consent"))
        looks_harmless(("client_name", number))
    assert not stage.alerts, stage.alerts
    strangers = [url for url in requested if not url.startswith((issuer, "data:"))]
    assert not strangers, strangers
print("done")
