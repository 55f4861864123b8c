"""Chromium, and a site of a client's and one of an attacker's for it to visit.

Sites differ by host: the issuer is 127.0.0.1, the attacker localhost, both on this machine.
"""

import html
import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode

from playwright.sync_api import sync_playwright


class Site:
    """Answers with the pages it is given, and remembers what came back to /callback."""

    def __init__(self, host):
        pages, returned = {}, []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                path, _, query = self.path.partition("?")
                if path == "/callback":
                    returned.append(("GET", dict(parse_qsl(query))))
                self.answer(pages.get(path, "<title>back</title><h1>back</h1>"))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                returned.append(("POST", dict(parse_qsl(body))))
                self.answer("<title>back</title><h1>back</h1>")

            def answer(self, page):
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(page.encode())

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get(f"PORT_{host}", 0))), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://{host}:{server.server_port}"
        self.pages, self.returned = pages, returned

    def sends(self, action, fields, method="post"):
        """The URL of a page that sends a form as soon as it is looked at."""
        inputs = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in fields.items()
        )
        form = f'<form method="{method}" action="{html.escape(action)}">{inputs}</form>'
        self.pages["/sends"] = f"<title>evil</title>{form}<script>document.forms[0].submit()</script>"
        return self.url + "/sends"


class Stage:
    def __init__(self, playwright, issuer, password):
        self.issuer, self.password = issuer, password
        self.chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            # Its sandbox refuses to run as root, as everything does in a container.
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        self.alerts = []

    def browser(self, **options):
        """A browser of somebody who was never here; what alerts is remembered."""
        page = self.chromium.new_context(**options).new_page()
        page.set_default_timeout(20_000)

        def alerted(dialog):
            self.alerts.append((page.url, dialog.message))
            dialog.dismiss()

        page.on("dialog", alerted)
        return page

    def log_in(self, page, password=None):
        page.fill("#username", "ada")
        page.fill("#password", password or self.password)
        page.click("button")

    def authorize(self, client_id, callback, **more):
        """The URL of an authorization request without PKCE, which confidential clients may leave out."""
        parameters = {
            "client_id": client_id,
            "redirect_uri": callback,
            "response_type": "code",
            "scope": "openid",
            "state": "st4te",
            **more,
        }
        return f"{self.issuer}/oauth/authorize?{urlencode(parameters)}"

    def is_logged_in(self, page):
        return page.request.get(f"{self.issuer}/api/v1/me").ok
