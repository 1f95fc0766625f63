"""Forwarding from a replica: a request to unsubscribe is passed on to the original, whose answer is given.

Mail providers follow no redirect (RFC 8058 §3.1 asks for none), and of what they could not do nobody hears.
"""

import logging
from urllib.parse import quote, urlsplit

from flask import Response, request

from app.web.context import context

PATIENCE = (3.05, 10.0)  # seconds: connect, answer
VIA = "1.1 casereviews-replica"  # RFC 9110 §7.6.3: by which we know what we have passed on ourselves
RETRY_AFTER = "120"  # seconds
NOT_PASSED_ON = (
    "You are not unsubscribed yet: the site itself cannot be reached just now. Try again in a few minutes.\n"
)
log = logging.getLogger("casereviews")


def forward_leaving() -> Response:
    """Pass the request on. Where the original cannot be reached or does not do it, that is said: nothing is kept."""
    import requests  # 40 ms that a replica needs only here

    settings = context().settings
    if VIA in request.headers.get("Via", ""):
        log.error("web.primary leads back to this replica: no request to unsubscribe gets through")
        return _not_passed_on()
    base, path = settings.web.primary or settings.base_url, quote(request.path)
    own, scheme = urlsplit(settings.base_url).netloc, urlsplit(settings.base_url).scheme
    headers = {
        "Host": own,
        "Content-Type": request.headers.get("Content-Type", "application/x-www-form-urlencoded"),
        "Via": VIA,
        "X-Forwarded-For": request.remote_addr or "",
        "X-Forwarded-Proto": scheme,
        "X-Forwarded-Host": own,
    }
    url = f"{base}{settings.root if settings.web.primary else ''}{path}"
    try:
        answer = requests.post(url, request.get_data(), headers=headers, timeout=PATIENCE, allow_redirects=False)
    except requests.RequestException as e:
        log.error("a request to unsubscribe could not be passed on to %s: %s", base, type(e).__name__)
        return _not_passed_on()
    if answer.status_code >= 500 or answer.is_redirect:
        log.error("a request to unsubscribe was passed on to %s, which answered %d", base, answer.status_code)
        return _not_passed_on()
    kind = answer.headers.get("Content-Type", "text/plain; charset=utf-8")
    return Response(answer.content, answer.status_code, {"Cache-Control": "no-store"}, content_type=kind)


def _not_passed_on() -> Response:
    headers = {"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"}
    return Response(NOT_PASSED_ON, 503, headers, content_type="text/plain; charset=utf-8")
