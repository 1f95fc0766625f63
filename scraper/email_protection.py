"""Email addresses that Cloudflare has obfuscated, put back as they were written; pure.

Each answer has them under another key, so that left as they are an entry with one would differ at every read. The first
byte is the key, the others are the address under it.
"""

import re

PROTECTED_WORDS = re.compile(
    r"<(a|span)\b(?=[^<>]*\sdata-cfemail=[\"']?([0-9a-f]{4,400})\b)[^<>]*>[^<]{0,40}</\1>", re.I
)
PROTECTED_LINK = re.compile(r"(?<=href=[\"'])/cdn-cgi/l/email-protection#([0-9a-f]{4,400})(?=[\"'])", re.I)


def reveal_addresses(html: str) -> str:
    """The page's HTML with the addresses themselves, as words and as mailto links."""
    if "email-protection" not in html and "data-cfemail" not in html:
        return html
    html = PROTECTED_LINK.sub(lambda link: f"mailto:{_decode(link[1])}", html)
    return PROTECTED_WORDS.sub(lambda words: _decode(words[2]), html)


def _decode(digits: str) -> str:
    from html import escape  # with a table of all entities

    key, *letters = bytes.fromhex(digits[: len(digits) // 2 * 2])
    return escape(bytes(letter ^ key for letter in letters).decode("utf-8", "replace"))
