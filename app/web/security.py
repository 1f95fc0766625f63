"""Web security: response headers, host check, forms that are ours, rate limits."""

import re
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request, session
from flask_limiter import Limiter
from flask_wtf import CSRFProtect  # type: ignore[import-untyped]  # it has no types
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import UnicodeConverter

from app.web.context import context
from app.web.form_origin import ForeignForm, form_origin
from app.web.known_browser import known_log_ins
from app.web.reverse_proxy import NormalisedRequests
from core.subscriber_rules import address_digest, network_key
from newsletter.mail.issue_message import TOKEN_PATTERN
from services.readers.list_uploads import MAX_UPLOAD_BYTES

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; "
    "img-src 'self' data:"
)
PUBLIC_HEADERS = (  # of every answer; no page of ours sets any of them itself
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Referrer-Policy", "same-origin"),  # our own site may know, by which old browsers can tell that a form is ours
)
PRIVATE_HEADERS = (
    *PUBLIC_HEADERS[:-1],
    ("Referrer-Policy", "no-referrer"),
)  # an address with a token is told to nobody
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}
POST_LIMITS = ["300 per minute", "3000 per hour"]  # from one network: an office of thousands may share one address
PROBE_ENDPOINTS = {
    "health.healthz",
    "health.readyz",
    "metrics.metrics",
}  # asked by machines, which know an IP address only
MAX_FORM_BYTES = 64 * 1024  # bytes of a request's body
UPLOAD_ENDPOINT = "ops.upload_list"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
OPERATIONS = "ops"  # the blueprint of the desk
WEBHOOK_ENDPOINT = "hooks.take_report"
ONE_CLICK_ENDPOINTS = {"subscribe.leave", "stop_alerts.stop"}
ONE_CLICK_FORM = {"List-Unsubscribe": ["One-Click"]}  # RFC 8058 §3.2
csrf = CSRFProtect()


def _network_hash() -> str:
    """Whose request this is, as far as limits need to know: a keyed hash, so that no address is kept or logged.

    At the operator's pages a browser that was logged in before counts by itself, whoever shares its network.
    """
    if (request.endpoint or "").startswith("ops.") and (known := known_log_ins()):
        return address_digest(context().key("network"), " ".join(known.values()))
    today = context().effects.now().date()
    return address_digest(context().key("network"), network_key(request.remote_addr or "", today))


limiter = Limiter(
    _network_hash,
    application_limits=list(POST_LIMITS),
    application_limits_exempt_when=lambda: is_one_click() or is_webhook(),
    storage_uri="memory://",
)


@limiter.request_filter
def _is_read() -> bool:
    """Whether a request changes nothing: then no limit is even looked for."""
    return request.method != "POST"


class TokenConverter(UnicodeConverter):
    """A reader's token in an address. Mail programs take a full stop or bracket behind a link for a part of it.

    So they do with what is left of quoted-printable (=20, a lone =) and of HTML (&gt;), and gateways that rewrite links
    leave their own behind it (&data=05, __;!!).
    """

    def to_python(self, value: str) -> str:
        """The token without what follows it."""
        marks = r"(?:=(?:[0-9A-Fa-f]{2})?|&[a-z]{1,10};|[^A-Za-z0-9_=&-])*"
        whole = re.fullmatch(rf"({TOKEN_PATTERN.pattern}){marks}(?:[_-]{{1,3}}\W*)?(?:(?:&|__;).*)?", value)
        return whole[1] if whole else value


def register(app: Flask) -> None:
    """Guard every request and every answer."""
    settings = app.extensions["casereviews"].settings
    application = NormalisedRequests(app.wsgi_app, settings.root)
    hops = settings.web.proxies
    believing = ProxyFix(application, x_for=hops, x_proto=hops, x_host=hops) if hops else application
    app.wsgi_app = believing  # type: ignore[method-assign]  # as Flask's manual does
    app.url_map.converters["token"] = TokenConverter
    app.url_map.merge_slashes = False  # else "//reviews" is redirected, and not by us
    app.before_request(_check_host)
    limiter.init_app(app)
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,  # we ask below, where it is needed
        WTF_CSRF_TIME_LIMIT=None,  # good for as long as the session: a page may be left open over lunch
        WTF_CSRF_SSL_STRICT=False,  # it wants the Referer that our own policy withholds; the token is what counts
    )
    csrf.init_app(app)
    app.before_request(_check_form)
    app.after_request(_add_security_headers)


def is_one_click() -> bool:
    """Whether this is a mailbox provider's one-click unsubscribe, and nothing else: exempt from limits and CSRF."""
    if request.method != "POST" or request.endpoint not in ONE_CLICK_ENDPOINTS:
        return False
    return request.form.to_dict(flat=False) == ONE_CLICK_FORM and not request.files


def is_webhook() -> bool:
    """Whether this is a mail provider's report, which proves itself what it is, and whose failures count alone."""
    return request.endpoint == WEBHOOK_ENDPOINT


def is_operations() -> bool:
    """Whether this is a page of the desk."""
    return request.blueprint == OPERATIONS


def _check_host() -> None:
    """Answer to our own name only, so that nobody makes our links point elsewhere."""
    if request.endpoint in PROBE_ENDPOINTS or context().is_copy:  # a copy may answer to a name of its own
        return
    base_url = urlsplit(context().settings.base_url)
    name, _, port = request.host.rpartition(":")
    named = name if port.isascii() and port.isdigit() else request.host
    if named.strip("[]").lower() not in {(base_url.hostname or "").lower(), *LOCAL_HOSTS}:
        abort(421)


def _check_form() -> None:
    """Every POST comes from a page of ours.

    On the desk it carries the token of a form that we gave to this very browser. Whoever only reads gets no cookie, so
    elsewhere the browser's word counts. Where it says nothing, what was sent is shown, with a token and a button.
    """
    if not request.endpoint or request.method in SAFE_METHODS or is_one_click() or is_webhook():
        return
    if request.endpoint == UPLOAD_ENDPOINT and "ops" in session:  # of a stranger no more is read than of any form
        request.max_content_length = MAX_UPLOAD_BYTES + MAX_FORM_BYTES
        request.max_form_memory_size = 4 * MAX_FORM_BYTES  # werkzeug holds a file's 64 KiB in hand against it, too
    if is_operations():
        csrf.protect()
        return
    origin = form_origin()
    if origin == "elsewhere":
        raise ForeignForm
    if origin == "unknown":
        csrf.protect()


def _add_security_headers(answer: Response) -> Response:
    headers = answer.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    personal = "token" in (request.view_args or {})
    headers.extend(PRIVATE_HEADERS if personal or is_operations() else PUBLIC_HEADERS)
    if context().settings.base_url.startswith("https:"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if personal:
        headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    if personal or "csrf_token" in g:
        headers.setdefault("Cache-Control", "no-store")
    return answer
