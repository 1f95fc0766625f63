"""Clean text: words from outside on one line, as any page, mail or list shows them; pure."""

import re

from core.folding import strip_format_marks

TOKEN_PLACEHOLDER = "READER-TOKEN-GOES-HERE"  # noqa: S105 - a reader's own token (22 characters) goes here
NO_READER = "(READER)"  # where somebody else wrote that: with its brackets, what stands around makes no new one of it
_PLAIN_TEXT = re.compile("[ -~\xa1-\xac\xae-ſ‐-‧]*")  # each with a look: Latin, kinds of dash and quote, "…"
UNPRINTABLE_CHARS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")


def clean_text(text: str) -> str:
    """One line, single spaces, nothing without a look, and nothing that a reader's token would be merged into.

    What turns the letters around it has no look either: a name may not rewrite what follows it.
    """
    if _PLAIN_TEXT.fullmatch(text) and "  " not in text and TOKEN_PLACEHOLDER not in text:  # as nearly all
        return text.strip()
    plain = UNPRINTABLE_CHARS.sub(" ", strip_format_marks(text))
    return " ".join(plain.replace(TOKEN_PLACEHOLDER, NO_READER).split())
