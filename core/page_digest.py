"""Page digest: a body without what a server draws anew for each answer, so that equal pages are one; pure."""

import re

VOLATILE = re.compile(
    rb"""
    (?<=data-cfemail=")[0-9a-f]+                          # an obfuscated address: another key each time
    | (?<=/cdn-cgi/l/email-protection\#)[0-9a-f]+         # the link to it
    | (?<=__CF\$cv\$params=)\{[^}]{0,400}\}                     # the mark of a request
    | (?<=\bnonce=")[^"]*                                 # of scripts (CSP)
    | (?<="nonce":")[^"]*                                 # of forms
    | <(?:input|meta)\b[^<>]*\bname=["']?                  # tokens of forms, and what ASP.NET and Drupal keep in them
        (?:csrf|_csrf|_token|authenticity_token|__RequestVerificationToken|__VIEWSTATE|__EVENTVALIDATION|form_build_id)
        [^<>]*>
    """,
    re.I | re.X,
)

MARKS = tuple(  # of the above, in small letters: a page without any is looked through a hundred times as fast
    b'data-cfemail email-protection# __cf$cv$params nonce=" "nonce" csrf _token __requestverificationtoken __viewstate'
    b" __eventvalidation form_build_id".split()
)


def digest_body(body: bytes) -> str:
    """The SHA-256 of what stays of a body, 64 hexadecimal digits."""
    import hashlib  # with OpenSSL: 3 ms that only a page needs

    lowered = body.lower()
    return hashlib.sha256(VOLATILE.sub(b"", body) if any(mark in lowered for mark in MARKS) else body).hexdigest()
