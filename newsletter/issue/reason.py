"""Reason of a mail: why its reader gets it, in words that are true of how their address came here; pure."""

from datetime import date
from email.utils import parseaddr

from core.clean_text import clean_text
from core.dates import day_name
from newsletter.issue.phrases import truncate_text
from newsletter.issue.wording import Wording

MAX_SOURCE_CHARS = 300  # characters of the operator's own words for where an address came from


def reason_asked(wording: Wording) -> str:
    """Of a reader who asked and confirmed."""
    return f"You get this email because you asked for {clean_text(wording.title)} and confirmed your address."


def reason_added(wording: Wording, added_on: date, source: str) -> str:
    """Of a reader whom the operator added, saying in their own words where the address came from."""
    title, sender = clean_text(wording.title), clean_text(parseaddr(wording.sender)[0])
    who = sender if sender and sender.casefold() != title.casefold() else "we"
    words = truncate_text(clean_text(source), MAX_SOURCE_CHARS).rstrip(" .")
    return (
        f"You get this email because {who} added your address to {title} on {day_name(added_on)}. "
        f"We wrote down where it came from: “{words}”. If you do not want it, unsubscribe, and no more comes."
    )
