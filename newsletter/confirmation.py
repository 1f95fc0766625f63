"""A letter to one person about their subscription: confirm it, or that it is there already; pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Literal

from core.errors import HouseError
from core.subscribers import UNCONFIRMED
from newsletter.compose import Wording
from newsletter.message import POLICY, refuse_control, refuse_unfit
from newsletter.render import inliner, linked, templates, wrapped
from newsletter.words import Anchor, clean, listed

Kind = Literal["confirm", "known"]
_IDENTITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,49}")


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything either part says, in order: the template only loops and escapes.

    Nothing in it was typed by whoever signed up but the address it goes to: it may be read by somebody else.
    """

    title: str
    lead: str
    link: Anchor
    after: tuple[str, ...]
    small_print: str


def letter(kind: Kind, wording: Wording, token: str, paused: bool = False) -> Letter:
    """What a letter says; `paused`: of a subscription that is there already."""
    title, days = clean(wording.title), UNCONFIRMED.days
    if kind == "confirm":
        theirs = listed([f"the {one}" for one in wording.all_collections()])
        return Letter(
            title=f"Confirm your subscription to {title}",
            lead=f"You, or somebody who typed your address, asked for {title}: a monthly email of case reviews newly "
            f"published to {theirs}. It comes only if you confirm.",
            link=Anchor("Confirm your subscription", f"{wording.base_url}/confirm/{token}"),
            after=(
                "The link opens a page with one button. Press it, and you are subscribed.",
                f"If you did not ask for this, do nothing: your address is forgotten in {days} days.",
            ),
            small_print=_small_print(wording),
        )
    state = "subscribed, and have paused it" if paused else "subscribed already"
    return Letter(
        title=f"You are subscribed to {title}",
        lead=f"You, or somebody who typed your address, asked for {title}. You are {state}, so nothing has changed.",
        link=Anchor("See and change what you get", f"{wording.base_url}/preferences/{token}"),
        after=(
            f"There you can also {'resume' if paused else 'pause'} it or unsubscribe.",
            "If you did not ask for this, do nothing.",
        ),
        small_print=_small_print(wording),
    )


def confirmation(
    kind: Kind,
    wording: Wording,
    *,
    to: str,
    token: str,
    identity: str,
    host: str,
    date: datetime,
    paused: bool = False,
) -> bytes:
    """The letter as it travels: multipart/alternative, UTF-8, CRLF, seven bits.

    `identity`, before the host, is the Message-ID: the same when it is sent again. Raises HouseError for an
    address, token, host or wording that cannot stand in a header.
    """
    refuse_unfit(wording, to, (token,), host)
    if not _IDENTITY.fullmatch(identity):
        raise HouseError("not an identifier", repr(identity), "Write letters, digits, dots and dashes.")
    said = letter(kind, wording, token, paused)
    mail = EmailMessage(policy=POLICY)
    headers = [("From", wording.sender), ("Reply-To", wording.reply_to), ("Subject", said.title)]
    for name, value in headers:
        refuse_control(name, value)
        if value:
            mail[name] = value
    mail["To"] = to
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = f"<{identity}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_text(said), cte="quoted-printable")
    mail.add_alternative(html(said), subtype="html", cte="quoted-printable")
    mail.set_boundary(f"=_{identity}")  # "=_" never stands in quoted-printable text
    return mail.as_bytes()


def html(said: Letter) -> str:
    """The letter as a page: styles on each element, and a kept block for dark mode and phones."""
    return inliner().inline(templates().get_template("confirmation.html").render(letter=said))


def _text(said: Letter) -> str:
    blocks = [wrapped(said.title), wrapped(said.lead), linked(said.link)]
    return "\n\n".join([*blocks, *map(wrapped, (*said.after, said.small_print))]) + "\n"


def _small_print(wording: Wording) -> str:
    name, address = parseaddr(wording.sender)
    post = f", {clean(wording.postal_address)}" if wording.postal_address else ""
    answer = " Reply to this email to reach a person." if wording.reply_to else ""
    return f"Sent by {clean(name or address)}{post}.{answer}"
