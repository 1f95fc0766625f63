"""Sandboxed HTML: responses that show untrusted HTML or text under a strict Content-Security-Policy."""

from flask import Response

FRAME_POLICY = "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
SANDBOX_POLICY = f"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; {FRAME_POLICY}"


def sandbox_response(html: str) -> Response:
    """A page for a frame of ours. Browsers that know frame-ancestors pass over X-Frame-Options (CSP 3 §6.4.2.2)."""
    answer = Response(html.encode("utf-8", "replace"), content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = SANDBOX_POLICY
    return answer


def text_response(text: str) -> Response:
    """Text, whatever is in it."""
    answer = Response(text.encode("utf-8", "replace"), content_type="text/plain; charset=utf-8")
    answer.headers["Content-Security-Policy"] = SANDBOX_POLICY
    return answer
