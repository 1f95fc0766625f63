"""Outbox pages: messages that were written to files instead of mailed."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Response, abort, request

from app.web.context import context
from app.web.ops import ops_phrases
from app.web.ops.desk import blueprint, render_page
from app.web.ops.sandboxed_html import sandbox_response, text_response
from core.dates import PERIOD, parse_correction_run

ROWS_PER_PAGE = 50  # on a page
FILE_NAME = re.compile(r"[\w][\w-]{0,250}\.eml")  # as those who make a parcel name them
MAX_MESSAGE_BYTES = 5_000_000  # bytes of a message that is shown


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One message as a mail program reads it."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    source: str

    @property
    def first(self) -> list[tuple[str, str]]:
        """What a reader sees of the headers."""
        return [(name, value) for name, value in self.headers if name.lower() in ("from", "to", "subject", "date")]


@blueprint.get("/outbox")
def outbox() -> str:
    """The folders, one an issue or a correction, and the messages in none."""
    return _render_listing("")


@blueprint.get("/outbox/<folder>")
def outbox_folder(folder: str) -> str:
    """The messages of one issue, or correction."""
    return _render_listing(folder)


def _render_listing(folder: str) -> str:
    place, at = _folder_path(folder), max(request.args.get("page", 1, int), 1)
    names, folders = [], []
    for one in place.iterdir() if place.is_dir() else ():
        if FILE_NAME.fullmatch(one.name) and not one.is_symlink():
            names.append(one.name)
        elif not folder and _is_run(one.name) and one.is_dir():
            folders.append(one.name)
    names.sort(reverse=not folder)
    pages = -(-len(names) // ROWS_PER_PAGE)
    return render_page(
        "outbox.html",
        f"Outbox: {folder}" if folder else "Outbox",
        folder=folder,
        folders=sorted(folders, reverse=True),
        names=names[(at - 1) * ROWS_PER_PAGE : at * ROWS_PER_PAGE],
        number=ops_phrases.format_count(len(names), "message"),
        page=at,
        pages=pages,
        how=ops_phrases.describe_transport(context().settings.mail),
    )


@blueprint.get("/outbox/file/<name>", defaults={"folder": ""})
@blueprint.get("/outbox/<folder>/<name>")
def outbox_message(folder: str, name: str) -> str:
    """One message: its headers, its text, its HTML in a cage, its source."""
    view = request.args.get("view", "html")
    return render_page(
        "message.html",
        "A message in the outbox",
        folder=folder,
        name=name,
        message=_read_message(folder, name),
        view=view if view in ("html", "text", "source") else "html",
    )


@blueprint.get("/outbox/file/<name>/html", defaults={"folder": ""})
@blueprint.get("/outbox/<folder>/<name>/html")
def outbox_html(folder: str, name: str) -> Response:
    """The HTML part in a cage."""
    return sandbox_response(_read_message(folder, name).html)


@blueprint.get("/outbox/file/<name>/source", defaults={"folder": ""})
@blueprint.get("/outbox/<folder>/<name>/source")
def outbox_source(folder: str, name: str) -> Response:
    """The message as it was written."""
    return text_response(_read_message(folder, name).source)


def _is_run(folder: str) -> bool:
    return bool(PERIOD.fullmatch(folder) or parse_correction_run(folder))


def _folder_path(folder: str) -> Path:
    if folder and not _is_run(folder):
        abort(404)
    return context().settings.data_dir / "outbox" / folder


def _read_message(folder: str, name: str) -> OutboxMessage:
    """A message by its name, which leads nowhere but into the folder."""
    file = _folder_path(folder) / name
    if (
        not FILE_NAME.fullmatch(name)
        or file.is_symlink()
        or not file.is_file()
        or file.stat().st_size > MAX_MESSAGE_BYTES
    ):
        abort(404)
    raw = file.read_bytes()
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)  # that is what this policy makes
    headers = tuple((header, " ".join(str(value).split())) for header, value in parsed.items())
    return OutboxMessage(
        headers, _body_text(parsed, "plain"), _body_text(parsed, "html"), raw.decode("utf-8", "replace")
    )


def _body_text(parsed: EmailMessage, kind: str) -> str:
    """The body of a kind as text; empty where there is none."""
    part = parsed.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
