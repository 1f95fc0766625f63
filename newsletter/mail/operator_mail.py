"""Operator mail: a notice to an operator as message bytes, with the page that puts it right, and any draft; pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from core.actions import Action
from newsletter.mail.message_policy import AUTOMATIC_HEADERS, MESSAGE_POLICY

if TYPE_CHECKING:
    from newsletter.issue.render import RenderedIssue

DRAFT_RULE = "-" * 72
_BODY = re.compile(r"<body[^>]*>")
_WEB_ADDRESS = re.compile(r"https?://\S+(?<![.,;:])")


@dataclass(frozen=True, slots=True)
class NoticeBlock:
    """A paragraph of a notice: lines of words, or one link."""

    lines: tuple[str, ...]
    url: str = ""  # of a link, whose words are the one line
    main: bool = False  # whether the link is what the mail is about

    @property
    def pieces(self) -> list[list[tuple[str, bool]]]:
        """Each line in pieces: the words, and whether they are a web address."""
        return list(map(_split_addresses, self.lines))

    def __str__(self) -> str:
        return f"{self.lines[0]}:\n{self.url}" if self.url else "\n".join(self.lines)


def build_operator_mail(
    subject: str,
    lines: Sequence[str | Action],
    sender: str,
    to: str,
    message_id: str,
    date: datetime,
    draft: "RenderedIssue | None" = None,
    base_url: str = "",
    action: Action | None = None,
) -> bytes:
    """The message as bytes, CRLF. Line breaks in a header's words become spaces.

    `action`: what the mail is about, said after its first paragraph as a link to that page below `base_url`; one among
    the lines is a link in its place. With a `draft` both parts hold it below the lines, as its readers would get it.
    """
    mail = EmailMessage(policy=MESSAGE_POLICY)
    mail["From"], mail["To"] = " ".join(sender.split()), " ".join(to.split())
    mail["Subject"] = title = " ".join(subject.split())
    mail["Date"], mail["Message-ID"] = format_datetime(date), message_id
    for name, value in AUTOMATIC_HEADERS:
        mail[name] = value
    blocks = list(_split_blocks(lines, base_url))
    if action:
        blocks.insert(1, NoticeBlock((action.words,), base_url + action.route, main=True))
    text = "\n\n".join(map(str, blocks)) + "\n"
    mail.set_content(f"{text}\n{DRAFT_RULE}\n\n{draft.text}" if draft else text, cte="quoted-printable")
    html = _render_above(draft.html, blocks) if draft else _render_page(title.removeprefix("casereviews: "), blocks)
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    mail.set_boundary(f"=_{re.sub(r'[^A-Za-z0-9]', '', message_id)[:60]}")  # "=_" never stands in quoted-printable text
    return mail.as_bytes()


def _split_blocks(lines: Sequence[str | Action], base_url: str) -> Iterator[NoticeBlock]:
    words: list[str] = []
    for line in (*lines, ""):
        if isinstance(line, str) and line:
            words.append(line)
            continue
        if words:
            yield NoticeBlock(tuple(words))
            words = []
        if isinstance(line, Action):
            yield NoticeBlock((line.words,), base_url + line.route)


def _split_addresses(line: str) -> list[tuple[str, bool]]:
    pieces, at = [], 0
    for found in _WEB_ADDRESS.finditer(line):
        pieces += [(line[at : found.start()], False), (found[0], True)]
        at = found.end()
    return [*pieces, (line[at:], False)]


def _render_page(title: str, blocks: Sequence[NoticeBlock]) -> str:
    from newsletter.issue.render import css_inliner, email_templates

    return css_inliner().inline(email_templates().get_template("operator.html").render(title=title, blocks=blocks))


def _render_above(html: str, blocks: Sequence[NoticeBlock]) -> str:
    """The page of a draft with the notice above it."""
    from newsletter.issue.render import email_templates

    above = email_templates().get_template("draft_notice.html").render(blocks=blocks)
    return _BODY.sub(lambda found: f"{found[0]}\n{above}", html, count=1)
