"""Confirmation message: a transactional email to confirm a subscription, to say it exists, or to prove who asks."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Literal

from core.clean_text import clean_text
from core.errors import HouseError
from core.retention_times import MOVE_RETENTION, PROOF_RETENTION, UNCONFIRMED_RETENTION
from core.states import LinkKind, PromptKind, ProofKind
from newsletter.issue.phrases import Anchor, join_list
from newsletter.issue.render import format_link, render_mail, wrap_text
from newsletter.issue.wording import Wording
from newsletter.mail.issue_message import check_header_inputs, check_line_breaks
from newsletter.mail.message_policy import AUTOMATIC_HEADERS, MESSAGE_POLICY

_IDENTITY_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,49}")
PROOF_PATHS: dict[LinkKind, str] = {  # of the links that prove who reads an email
    "data": "/preferences/{token}/data/{proof}",
    "erase": "/preferences/{token}/delete/{proof}",
    "search": "/preferences/{token}/searches/confirm/{proof}",
    "address": "/new-address/{number}/{proof}",  # without the token: whoever reads it may be a stranger
    "moved": "/preferences/{token}/address/back/{proof}",
}


@dataclass(frozen=True, slots=True)
class ConfirmView:
    """Everything either part says, in order: the template only loops and escapes.

    Nothing in it was typed by whoever signed up but the address it goes to, and of a confirmed new address what is
    left of it when it is masked: it may be read by somebody else.
    """

    title: str
    lead: str
    link: Anchor
    after: tuple[str, ...]
    small_print: str


def build_confirm_view(
    kind: PromptKind,
    wording: Wording,
    token: str,
    paused: bool = False,
    proof: str = "",
    number: int = 0,
    moved_to: str = "",
) -> ConfirmView:
    """What an email says; `paused`: of a subscription that is there already; `proof`: what its own link proves.

    `number`: the email's own; `moved_to`: a new address, masked.
    """
    if kind != "confirm" and kind != "known":
        link = wording.base_url + PROOF_PATHS[kind].format(token=token, number=number, proof=proof)
        return _proof_view(kind, wording, link, moved_to)
    if kind == "confirm":
        return _signup_view(wording, token)
    title = clean_text(wording.title)
    state = "subscribed, and have paused it" if paused else "subscribed already"
    return ConfirmView(
        title=f"You are subscribed to {title}",
        lead=f"You, or somebody who typed your address, asked for {title}. You are {state}, so nothing has changed.",
        link=Anchor("See and change what you get", f"{wording.base_url}/preferences/{token}"),
        after=(
            f"There you can also {'resume' if paused else 'pause'} it or unsubscribe.",
            "If you did not ask for this, do nothing.",
        ),
        small_print=sender_line(wording),
    )


def _signup_view(wording: Wording, token: str) -> ConfirmView:
    title, days = clean_text(wording.title), UNCONFIRMED_RETENTION.days
    theirs = join_list([f"the {one}" for one in wording.all_collections()])
    return ConfirmView(
        title=f"Confirm your subscription to {title}",
        lead=f"You, or somebody who typed your address, asked for {title}: a monthly email of case reviews newly "
        f"published to {theirs}. It comes only if you confirm.",
        link=Anchor("Confirm your subscription", f"{wording.base_url}/confirm/{token}"),
        after=(
            "The link opens a page with one button. Press it, and you are subscribed. The page after it shows what "
            "you asked for, and leads to where you can change it.",
            f"If you did not ask for this, do nothing: your address is forgotten in {days} days.",
        ),
        small_print=sender_line(wording),
    )


@dataclass(frozen=True, slots=True)
class _ProofWords:
    """What an email says whose link does what a newsletter that was passed on does not."""

    title: str
    button: str
    lead: str
    opens: str
    otherwise: str


def _proof_view(kind: LinkKind, wording: Wording, link: str, moved_to: str) -> ConfirmView:
    title = clean_text(wording.title)
    words = _personal_data_words(kind) if kind == "data" or kind == "erase" else _request_words(kind, title, moved_to)
    return ConfirmView(
        title=f"{words.title}: {title}",
        lead=words.lead,
        link=Anchor(words.button, link),
        after=(words.opens, words.otherwise),
        small_print=sender_line(wording),
    )


def _personal_data_words(kind: ProofKind) -> _ProofWords:
    match kind:
        case "data":
            words = "See what we hold about you"
            asked, opens = "to see what we hold about you", "The link opens it"
        case "erase":
            words = "Delete everything we hold about you"
            asked, opens = "us to delete everything we hold about you", "The link opens a page with one button"
    return _ProofWords(
        words,
        words,
        f"You, or somebody who has a copy of your newsletter, asked {asked}. It needs this email, so that nobody else "
        "can.",
        f"{opens}. It works for {PROOF_RETENTION // timedelta(hours=1)} hours. Do not pass this email on.",
        "If you did not ask for this, do nothing: nothing changes, and nobody sees anything.",
    )


def _request_words(kind: Literal["search", "address", "moved"], title: str, moved_to: str) -> _ProofWords:
    days = f"It works for {MOVE_RETENTION.days} days."
    match kind:
        case "search":
            return _ProofWords(
                "Confirm your saved search",
                "See the search and confirm it",
                f"You, or somebody who typed your address, asked {title} to email you when a new case review matches a "
                "search. It does so only if you confirm.",
                f"The link opens a page that shows the search, with one button. {days} If you are not subscribed yet, "
                f"the button subscribes you too: saved searches come with {title}, a monthly email.",
                "If you did not ask for this, do nothing: nothing changes.",
            )
        case "address":
            return _ProofWords(
                "Confirm your new address",
                "Confirm this address",
                f"You, or somebody who typed your address, asked that a subscription to {title} come here from now on. "
                "It does so only if you confirm.",
                f"The link opens a page with one button. {days}",
                "If you did not ask for this, do nothing: nothing changes.",
            )
        case "moved":
            return _ProofWords(
                "Your subscription has moved",
                "This was not me",
                f"Your subscription to {title} now goes to {moved_to}: somebody with a link from your newsletter asked "
                "for it, and confirmed it there. Nothing more comes to this address.",
                "If it was you, do nothing.",
                f"If it was not, the link opens a page with one button that brings it back to this address. {days}",
            )


def build_confirm_message(
    kind: PromptKind,
    wording: Wording,
    *,
    to: str,
    token: str,
    identity: str,
    host: str,
    date: datetime,
    paused: bool = False,
    proof: str = "",
    number: int = 0,
    moved_to: str = "",
) -> bytes:
    """The email as it travels: multipart/alternative, UTF-8, CRLF, seven bits.

    `identity`, before the host, is the Message-ID: the same when it is sent again. Raises HouseError for an
    address, token, host or wording that cannot stand in a header.
    """
    check_header_inputs(wording, to, (token, proof or token), host)
    if not _IDENTITY_PATTERN.fullmatch(identity):
        raise HouseError("not an identifier", repr(identity), "Write letters, digits, dots and dashes.")
    view = build_confirm_view(kind, wording, token, paused, proof, number, moved_to)
    mail = EmailMessage(policy=MESSAGE_POLICY)
    headers = [("From", wording.sender), ("Reply-To", wording.reply_to), ("Subject", view.title)]
    for name, value in headers:
        check_line_breaks(name, value)
        if value:
            mail[name] = value
    mail["To"] = to
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = f"<{identity}@{host}>"
    for name, value in AUTOMATIC_HEADERS:
        mail[name] = value
    mail.set_content(_render_text(view), cte="quoted-printable")
    mail.add_alternative(render_mail("confirmation.html", wording, view=view), subtype="html", cte="quoted-printable")
    mail.set_boundary(f"=_{identity}")  # "=_" never stands in quoted-printable text
    return mail.as_bytes()


def _render_text(view: ConfirmView) -> str:
    blocks = [wrap_text(view.title), wrap_text(view.lead), format_link(view.link)]
    return "\n\n".join([*blocks, *map(wrap_text, (*view.after, view.small_print))]) + "\n"


def sender_line(wording: Wording) -> str:
    """Who has sent an email, and whether an answer reaches a person."""
    name, address = parseaddr(wording.sender)
    post = f", {clean_text(wording.postal_address)}" if wording.postal_address else ""
    answer = " Reply to this email to reach a person." if wording.reply_to else ""
    return f"Sent by {clean_text(name or address)}{post}.{answer}"
