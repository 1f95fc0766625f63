"""Wording of the newsletter: what an issue says that is in no review, frozen as JSON with each issue; pure."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from core.clean_text import clean_text
from core.config.schema import SupportLine
from core.contrast import DEFAULT_BRAND, DEFAULT_LINK, NIGHT_BRAND, NIGHT_LINK
from core.records import Review
from core.states import ReviewOrder


class MailStyle(NamedTuple):
    """What a mail looks like, beside its words."""

    link: str = DEFAULT_LINK
    brand: str = DEFAULT_BRAND
    link_dark: str = NIGHT_LINK
    brand_dark: str = NIGHT_BRAND
    templates: str = ""  # the folder of the operator's own; empty: there are none


@dataclass(frozen=True)
class Wording:
    """What the frame says that is not in the reviews; one for the whole newsletter."""

    title: str  # "Case reviews"
    collection: str  # "NSPCC Repository"
    base_url: str  # "https://news.example.org", without a last slash
    sender: str  # the From header's value: "Case reviews <news@example.org>"
    reply_to: str = ""  # the mailbox that somebody reads
    postal_address: str = ""
    support: tuple[SupportLine, ...] = ()
    support_checked: date | None = None  # the day a person last checked the support lines
    order: ReviewOrder = "publisher"
    unsubscribe_mailbox: str = ""  # for List-Unsubscribe by mail, only when a program reads it
    recipient_delimiter: str = "+"  # what parts the reader's token from it: as Postfix's, or qmail's "-"
    permission: str = ""  # the collection's leave, as it is to be shown
    list_id: str = ""  # what identifies the list (RFC 2919), once that was made
    privacy_url: str = ""  # the operator's own privacy notice; empty: the page of the site
    timezone: str = "Europe/London"  # whose days are told
    site: str = ""  # the site's own name, where it has one
    accent: str = ""  # the site's own colour; empty: ours
    accent_dark: str = ""  # the same in dark mode
    templates: str = ""  # the folder of the operator's own templates; empty: there are none
    collections: tuple[tuple[str, str], ...] = ()  # each source's name, its collection's; an empty one: `collection`

    @property
    def style(self) -> MailStyle:
        """Its colours and templates."""
        link, brand = self.accent or DEFAULT_LINK, self.accent or DEFAULT_BRAND
        return MailStyle(link, brand, self.accent_dark or NIGHT_LINK, self.accent_dark or NIGHT_BRAND, self.templates)

    @property
    def host(self) -> str:
        """The host of `base_url`, which an issue's identifiers end in."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def zone(self) -> ZoneInfo:
        """The clock whose days are told."""
        return ZoneInfo(self.timezone)

    def collection_of(self, review: Review) -> str:
        """Whose review it is: its source's collection's, else the newsletter's own."""
        return self.collection_of_source(review.source)

    def collection_of_source(self, source: str) -> str:
        """The collection that a source belongs to: its own, else the newsletter's."""
        return clean_text(dict(self.collections).get(source, "")) or clean_text(self.collection)

    def all_collections(self) -> list[str]:
        """Those that the sources belong to, each once, in the configuration's order."""
        own = clean_text(self.collection)
        return list(dict.fromkeys(clean_text(label) or own for _, label in self.collections)) or [own]

    def collections_of(self, reviews: Iterable[Review]) -> list[str]:
        """Those that the reviews belong to, each once, in that order; `collection` first if no source has it."""
        theirs, known = dict.fromkeys(map(self.collection_of, reviews)), self.all_collections()
        return [*(own for own in theirs if own not in known), *(one for one in known if one in theirs)]


def wording_to_json(wording: Wording) -> str:
    """The wording as it is stored with a frozen issue: all of it."""
    checked = wording.support_checked.isoformat() if wording.support_checked else None
    support = [line.as_dict() for line in wording.support]
    return json.dumps(asdict(wording) | {"support": support, "support_checked": checked}, ensure_ascii=False)


def wording_from_json(text: str) -> Wording:
    """A stored wording."""
    values = json.loads(text)
    checked = values["support_checked"]
    return Wording(
        **values
        | {
            "support": tuple(SupportLine(**line) for line in values["support"]),
            "support_checked": date.fromisoformat(checked) if checked else None,
            "collections": tuple((source, collection) for source, collection in values["collections"]),
        }
    )
