"""The outbox: the messages that were written to files."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Response, abort, request

from app.web.house import house
from app.web.ops import phrases
from app.web.ops.cage import caged, plain
from app.web.ops.desk import room, show
from core.dates import PERIOD

ROWS = 50  # on a page
NAME = re.compile(r"[\w][\w-]{0,250}\.eml")  # as newsletter.send and those who call it name them
LARGEST = 5_000_000  # bytes of a message that is shown


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a mail program reads it."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    source: str

    @property
    def first(self) -> list[tuple[str, str]]:
        """What a reader sees of the headers."""
        return [(name, value) for name, value in self.headers if name.lower() in ("from", "to", "subject", "date")]


@room.get("/outbox")
def outbox() -> str:
    """The folders, one an issue, and the messages in none."""
    return _listing("")


@room.get("/outbox/<folder>")
def outbox_folder(folder: str) -> str:
    """The messages of one issue."""
    return _listing(folder)


def _listing(folder: str) -> str:
    place, at = _folder(folder), max(request.args.get("page", 1, int), 1)
    names, folders = [], []
    for one in place.iterdir() if place.is_dir() else ():
        if NAME.fullmatch(one.name) and not one.is_symlink():
            names.append(one.name)
        elif not folder and PERIOD.fullmatch(one.name) and one.is_dir():
            folders.append(one.name)
    names.sort(reverse=not folder)
    pages = -(-len(names) // ROWS)
    return show(
        "outbox.html",
        f"Outbox: {folder}" if folder else "Outbox",
        folder=folder,
        folders=sorted(folders, reverse=True),
        names=names[(at - 1) * ROWS : at * ROWS],
        number=phrases.count(len(names), "message"),
        page=at,
        pages=pages,
        how=phrases.how(house().settings.mail),
    )


@room.get("/outbox/file/<name>", defaults={"folder": ""})
@room.get("/outbox/<folder>/<name>")
def outbox_message(folder: str, name: str) -> str:
    """One message: its headers, its text, its HTML in a cage, its source."""
    view = request.args.get("view", "html")
    return show(
        "message.html",
        "A message in the outbox",
        folder=folder,
        name=name,
        message=_read(folder, name),
        view=view if view in ("html", "text", "source") else "html",
    )


@room.get("/outbox/file/<name>/html", defaults={"folder": ""})
@room.get("/outbox/<folder>/<name>/html")
def outbox_html(folder: str, name: str) -> Response:
    """The HTML part in a cage."""
    return caged(_read(folder, name).html)


@room.get("/outbox/file/<name>/source", defaults={"folder": ""})
@room.get("/outbox/<folder>/<name>/source")
def outbox_source(folder: str, name: str) -> Response:
    """The message as it was written."""
    return plain(_read(folder, name).source)


def _folder(folder: str) -> Path:
    if folder and not PERIOD.fullmatch(folder):
        abort(404)
    return house().settings.data_dir / "outbox" / folder


def _read(folder: str, name: str) -> Message:
    """A message by its name, which leads nowhere but into the folder."""
    file = _folder(folder) / name
    if not NAME.fullmatch(name) or file.is_symlink() or not file.is_file() or file.stat().st_size > LARGEST:
        abort(404)
    raw = file.read_bytes()
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)  # that is what this policy makes
    headers = tuple((header, " ".join(str(value).split())) for header, value in parsed.items())
    return Message(headers, _part(parsed, "plain"), _part(parsed, "html"), raw.decode("utf-8", "replace"))


def _part(parsed: EmailMessage, kind: str) -> str:
    """The body of a kind as text; empty where there is none."""
    part = parsed.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
