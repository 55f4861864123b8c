# oidc-client-ts in a page of another origin: what it asks for by script, the provider has to let it read.
import json
import sys

issuer, password, client_id, port, library = sys.argv[1:]
os.environ["PORT_127.0.0.1"] = port

with sync_playwright() as playwright:
    stage = Stage(playwright, issuer, password)
    site = Site("127.0.0.1")
    settings = {
        "authority": issuer,
        "client_id": client_id,
        "redirect_uri": site.url + "/callback",
        "post_logout_redirect_uri": site.url + "/",
        "scope": "openid profile email",
        "loadUserInfo": True,
        "automaticSilentRenew": False,
    }
    with open(library, encoding="utf-8") as file:
        site.pages["/oidc.js"] = file.read()
    app = f'<script src="/oidc.js"></script><script>const manager = new oidc.UserManager({json.dumps(settings)})</script>'
    site.pages["/app"] = site.pages["/callback"] = "<!DOCTYPE html><title>app</title>" + app

    page = stage.browser()
    page.goto(site.url + "/app")
    page.evaluate("void manager.signinRedirect()")
    page.wait_for_url(issuer + "/login*")
    stage.log_in(page)
    page.click("text=Allow")
    page.wait_for_url(site.url + "/callback?*")
    user = page.evaluate("manager.signinRedirectCallback()")
    assert user["profile"]["email"] == "ada@example.com", user
    assert user["profile"]["iss"] == issuer and user["profile"]["aud"] == client_id, user
    assert page.evaluate("manager.signinSilent().then(user => user.access_token)") != user["access_token"]
    page.evaluate("manager.revokeTokens()")
    asked = page.evaluate(
        "token => fetch(manager.settings.authority + '/oauth/userinfo', { headers: { authorization: 'Bearer ' + token } })"
        ".then(answer => [answer.status, answer.headers.get('www-authenticate')])",
        user["access_token"],
    )
    assert asked[0] == 401 and "invalid_token" in asked[1], asked
    page.evaluate("void manager.signoutRedirect()")
    # With the ID token of this session nobody has to be asked.
    page.wait_for_url(site.url + "/")
    assert not stage.is_logged_in(page)
print("done")
