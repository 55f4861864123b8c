"""A browser without scripts: it keeps cookies, follows redirects up to a client's own URL, and fills in forms."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import requests


class Page(HTMLParser):
    """A page's forms, each with its action, its fields and its buttons."""

    def __init__(self, answer):
        super().__init__()
        self.url, self.status, self.text = answer.url, answer.status_code, answer.text
        self.forms = []
        self.feed(answer.text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append({"action": urljoin(self.url, attributes["action"]), "fields": {}, "buttons": []})
        elif tag == "input" and "name" in attributes:
            self.forms[-1]["fields"][attributes["name"]] = attributes.get("value", "")
        elif tag == "button" and "name" in attributes:
            self.forms[-1]["buttons"].append((attributes["name"], attributes["value"]))


class Browser:
    def __init__(self, callback):
        self.session = requests.Session()
        self.session.trust_env = False
        self.callback = callback

    def open(self, url, method="GET", **what):
        """The page that a URL leads to, or the URL of the client that it leads to."""
        for _ in range(10):
            answer = self.session.request(method, url, allow_redirects=False, timeout=20, **what)
            if answer.status_code not in (302, 303):
                return Page(answer)
            url, method, what = urljoin(url, answer.headers["Location"]), "GET", {}
            if url.startswith(self.callback):
                return url
        raise AssertionError(f"it goes round in circles: {url}")

    def submit(self, page, button=None, **filled):
        form = page.forms[0]
        fields = {**form["fields"], **filled}
        if button:
            name, value = next(found for found in form["buttons"] if found[1] == button)
            fields[name] = value
        return self.open(form["action"], "POST", data=fields)

    def log_in(self, page, username, password):
        assert "Log in" in page.text, page.text
        return self.submit(page, username=username, password=password)

    def authorize(self, url, password, decision="allow"):
        """What the client gets to see after a login and a decision."""
        page = self.log_in(self.open(url), "ada", password)
        # Somebody who allowed it before is not asked again.
        return page if isinstance(page, str) else self.submit(page, decision)
