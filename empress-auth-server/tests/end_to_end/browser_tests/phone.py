# P-28, and what people need: a phone, the dark, a keyboard, a password manager.
import sys

issuer, password, callback, client_id = sys.argv[1:]
PHONE = {"width": 320, "height": 568}

with sync_playwright() as playwright:
    stage = Stage(playwright, issuer, password)

    def fits(page):
        width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width[0] <= width[1] <= 320, (page.url, width)
        small = page.eval_on_selector_all(
            "button, input:not([type=hidden])", "all => all.filter(one => one.offsetHeight < 44).length"
        )
        assert small == 0, page.url

    def ground(page):
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    grounds = set()
    for scheme in ("light", "dark"):
        page = stage.browser(viewport=PHONE, color_scheme=scheme)
        page.goto(issuer + "/login?login_hint=" + "a" * 140)
        fits(page)
        page.goto(issuer + "/login")
        fits(page)
        grounds.add(ground(page))
        stage.log_in(page, "wrong")
        fits(page)
        # The summary leads to what it names.
        page.click("[role=alert] a[href='#password']")
        assert page.evaluate("document.activeElement.id") == "password"
        page.goto(stage.authorize(client_id, callback, prompt="consent"))
        stage.log_in(page)
        assert page.locator("text=Allow").count() == 1, page.content()
        fits(page)
        for path in ["/oauth/authorize?client_id=" + "x" * 200, "/oauth/logout"]:
            page.goto(issuer + path)
            fits(page)
        page.click("button")
        fits(page)
    assert len(grounds) == 2, grounds

    # The keyboard alone: what is focused is seen, and the order is that of the page.
    page = stage.browser()
    page.goto(issuer + "/login")
    assert page.evaluate("document.activeElement.id") == "username"
    seen = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert seen == "solid", seen
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "password"
    # Pasted, as password managers and people do.
    page.keyboard.insert_text(password)
    pasted = page.evaluate(
        "document.activeElement.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true }))"
    )
    assert pasted and page.input_value("#password") == password
    page.keyboard.press("Enter")
    page.wait_for_url(issuer + "/")
    assert stage.is_logged_in(page)
print("done")
