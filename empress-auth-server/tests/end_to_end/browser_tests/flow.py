# From login through consent back to the client, with JavaScript and without.
import sys

issuer, password, client_id, trusted_id, port = sys.argv[1:]
os.environ["PORT_127.0.0.1"] = port

with sync_playwright() as playwright:
    stage = Stage(playwright, issuer, password)
    client = Site("127.0.0.1")
    callback = client.url + "/callback"

    for scripts in (True, False):
        page = stage.browser(java_script_enabled=scripts)
        page.goto(stage.authorize(client_id, callback, prompt="consent"))
        assert page.url.startswith(issuer + "/login?redirect-to="), page.url
        stage.log_in(page, "wrong")
        assert "The user name or the password is wrong." in page.text_content("[role=alert]")
        assert page.input_value("#username") == "ada"
        stage.log_in(page)
        assert "Invoices" in page.text_content("h1"), page.content()
        assert client.url.removeprefix("http://") in page.text_content("main")
        page.click("text=Allow")
        page.wait_for_url(callback + "?*")
        method, answer = client.returned[-1]
        assert method == "GET" and answer["state"] == "st4te" and answer["iss"] == issuer, answer
        assert answer["code"].startswith("emp_ac_"), answer

        page.goto(stage.authorize(client_id, callback, prompt="consent"))
        page.click("text=Deny")
        page.wait_for_url(callback + "?*")
        assert client.returned[-1][1]["error"] == "access_denied", client.returned[-1]

        # A login may lead to the client at once, over redirects that a policy for forms would hold.
        page = stage.browser(java_script_enabled=scripts)
        page.goto(stage.authorize(trusted_id, callback))
        stage.log_in(page)
        page.wait_for_url(callback + "?*")
        assert "code" in client.returned[-1][1], client.returned[-1]

        # Somebody else can take over at the consent page.
        page.goto(stage.authorize(client_id, callback, prompt="consent"))
        page.click("text=Log in as somebody else")
        stage.log_in(page)
        assert "Invoices" in page.text_content("h1"), (page.url, client.returned[-1])

        page.goto(stage.authorize(client_id, callback, prompt="consent", response_mode="form_post"))
        page.click("text=Allow")
        if not scripts:
            page.click("text=Go on")
        page.wait_for_url(callback)
        method, answer = client.returned[-1]
        assert method == "POST" and "code" in answer and answer["iss"] == issuer, answer

        page.goto(issuer + "/oauth/logout")
        page.click("button")
        assert not stage.is_logged_in(page)
        assert "logged out" in page.text_content("h1")
    assert not stage.alerts
print("done")
