"""Answers that show what others wrote: as text, or as a page in which nothing runs and from which nothing loads."""

from flask import Response

FRAMED = "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
CAGE = f"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; {FRAMED}"


def caged(html: str) -> Response:
    """A page for a frame of ours. Browsers that know frame-ancestors pass over X-Frame-Options (CSP 3 §6.4.2.2)."""
    answer = Response(html.encode("utf-8", "replace"), content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = CAGE
    return answer


def plain(text: str) -> Response:
    """Text, whatever is in it."""
    answer = Response(text.encode("utf-8", "replace"), content_type="text/plain; charset=utf-8")
    answer.headers["Content-Security-Policy"] = CAGE
    return answer
