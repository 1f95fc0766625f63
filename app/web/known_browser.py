"""Known browser: a signed cookie of who has logged in before, so that strangers' wrong tries never hold them up.

It opens nothing. Whoever carries it has a counter of wrong tries apart from those of their network and of everybody,
for that one account: a stolen one lets nobody try more than a few passwords an hour.
"""

from datetime import timedelta

from flask import Response, g, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response as Answer

from app.web.context import context, site_path

COOKIE_NAME = "casereviews_known"
MAX_AGE = timedelta(days=365)
MAX_ACCOUNTS = 5  # that one browser remembers, so that the cookie stays small


def known_log_ins() -> dict[str, str]:
    """The numbers of the accounts that this browser was logged in to, each with a token of the last log-in."""
    if "known_log_ins" not in g:
        try:
            g.known_log_ins = _signer().loads(request.cookies.get(COOKIE_NAME, ""))
        except BadSignature:
            g.known_log_ins = {}
    found: dict[str, str] = g.known_log_ins
    return found


def remember_log_in(answer: Answer | Response, account_id: int) -> None:
    """Have the browser remember that somebody has just logged in to an account; by a new token each time."""
    others = [item for item in known_log_ins().items() if item[0] != str(account_id)][1 - MAX_ACCOUNTS :]
    answer.set_cookie(
        COOKIE_NAME,
        _signer().dumps(dict([*others, (str(account_id), context().effects.token())])),
        max_age=MAX_AGE,
        path=site_path("/ops"),
        secure=context().settings.base_url.startswith("https:"),
        httponly=True,
        samesite="Strict",
    )


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(context().key("known browser"))
