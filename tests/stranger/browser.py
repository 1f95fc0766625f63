"""A browser without script, for which the pages' https address is the `serve` of this machine."""

from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup
from requests.adapters import HTTPAdapter

PATIENCE = 600  # seconds


class Browser:
    """Opens pages and presses buttons. `there` is the address in mail, `here` where `casereviews serve` answers."""

    def __init__(self, there: str, here: str) -> None:
        self._session = requests.Session()
        self._session.mount(there, _Proxy(there, here))
        self._at, self._page = there, BeautifulSoup("", "html.parser")

    def open(self, url: str) -> str:
        """Open a page; what its heading says."""
        return self._shown(self._session.get(url, timeout=PATIENCE))

    def press(self, button: str, **fields: str) -> str:
        """Fill in the form that has this button and press it; what the next page's heading says."""
        (form,) = [
            form
            for form in self._page.find_all("form")
            if any(one.get_text(" ", strip=True) == button for one in form.find_all("button"))
        ]
        hidden = {one["name"]: one.get("value", "") for one in form.find_all("input", type="hidden")}
        where = urljoin(self._at, str(form.get("action") or ""))
        said = {"Sec-Fetch-Site": "same-origin"}
        return self._shown(self._session.post(where, {**hidden, **fields}, headers=said, timeout=PATIENCE))

    def one_click(self, url: str) -> requests.Response:
        """What a mail provider does when a reader presses Unsubscribe beside the sender (RFC 8058 §3.2)."""
        body = {"List-Unsubscribe": "One-Click"}
        with requests.Session() as provider:
            provider.mount(url, self._session.get_adapter(url))
            return provider.post(url, body, allow_redirects=False, timeout=PATIENCE)

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def _shown(self, answer: requests.Response) -> str:
        answer.raise_for_status()
        self._at, self._page = answer.url, BeautifulSoup(answer.text, "html.parser")
        heading = self._page.find("h1")
        return heading.get_text(" ", strip=True) if heading else answer.text


class _Proxy(HTTPAdapter):
    """The web server in front, as far as we notice it: https outside, the headers of a proxy inside."""

    def __init__(self, there: str, here: str) -> None:
        super().__init__()
        self._there, self._here = there, here

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Hand a request on, and its answer back as from outside."""
        outside = request.url or ""
        host = urlsplit(self._there).netloc
        headers = {"Host": host, "X-Forwarded-Host": host, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
        request.headers.update(headers)
        request.url = outside.replace(self._there, self._here, 1)
        answer = super().send(request, *args, **more)
        answer.url = request.url = outside
        return answer
