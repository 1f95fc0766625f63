"""Form origin: whether a page of ours sent a form, as the browser says, so that no reader needs a cookie for it."""

from typing import Literal
from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import Forbidden

from app.web.context import context

FormOrigin = Literal["ours", "elsewhere", "unknown"]
OWN_SITES = {"same-origin", "none"}  # none: the person's own doing, as when a page is loaded anew


class ForeignForm(Forbidden):
    """Another site made the browser send this."""


def form_origin() -> FormOrigin:
    """Where a form came from. Unknown: the browser is too old to say, or was told not to.

    Sec-Fetch-Site (W3C Fetch Metadata) is sent over https and to this machine; Origin by browsers since 2020 or so,
    "null" where the page withholds the Referer; before them there is the Referer alone.
    """
    if site := request.headers.get("Sec-Fetch-Site", "").strip().lower():
        return "ours" if site in OWN_SITES else "elsewhere"
    for name in ("Origin", "Referer"):
        if (value := request.headers.get(name, "").strip()) and value != "null":
            return "ours" if _is_ours(value) else "elsewhere"
    return "unknown"


def _is_ours(address: str) -> bool:
    """Behind a proxy that passes our name on wrongly, `base_url` has the right one."""
    try:
        host = urlsplit(address).netloc.lower()
    except ValueError:
        return False
    return host in {request.host.lower(), urlsplit(context().settings.base_url).netloc.lower()}
