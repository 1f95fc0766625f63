"""Source added to the configuration file: its table is appended, the rest stays byte for byte."""

import json
import os
import shutil
import tomllib
from contextlib import suppress
from pathlib import Path

from core.actions import terminal_action
from core.config.load import load
from core.config.schema import Settings, Source
from core.disk_advice import suggest_fix
from core.errors import HouseError, SettingsError

TABLE_KEYS = (
    *("name", "kind", "url", "collection", "publisher", "nation", "review_kind", "only", "complete"),
    *("item", "title", "date", "link", "group", "until", "none", "hosts"),
)


def format_table(source: Source) -> str:
    """A source as a table of casereviews.toml: what is set, and the publisher in any case."""
    defaults = {name: key.default for name, key in Source.KEYS.items()}
    values = {key: getattr(source, key) for key in TABLE_KEYS}
    shown = {key: value for key, value in values.items() if key in ("kind", "publisher") or value != defaults[key]}
    return "\n".join(["[[sources]]", *(f"{key} = {_format_value(value)}" for key, value in shown.items())]) + "\n"


def _format_value(value: object) -> str:
    """A value in TOML; text with a backslash in single quotes, where it stands for itself."""
    if isinstance(value, str) and "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False).replace("\x7f", "\\u007f")


def append_source(file: Path, source: Source) -> None:
    """Append a source's table to the file, whole or not at all, if the file is right with it. Raises SettingsError.

    Where the file names no source, the one that is read without saying so is written too, so that it stays.
    """
    try:
        before = file.read_bytes()
        known = tomllib.loads(before.decode("utf-8"))
    except OSError as e:
        raise HouseError("cannot read the configuration", f"{file}: {e.strerror}", suggest_fix(e)) from e
    except ValueError as e:
        action = terminal_action("How the configuration is changed", "Correct it, then run: casereviews check")
        raise SettingsError("configuration", f"{file}: {e}", action=action) from e
    tables = [] if "sources" in known else [format_table(one) for one in Settings.KEYS["sources"].default]
    text = "\n".join(["", *tables, format_table(source)])
    if before and not before.endswith(b"\n"):
        text = f"\n{text}"
    if b"\r\n" in before:
        text = text.replace("\n", "\r\n")
    _replace_file(file.resolve(), before + text.encode(), source)


def _replace_file(file: Path, body: bytes, source: Source) -> None:
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        aside.touch(mode=0o600)
        aside.write_bytes(body)
        shutil.copymode(file, aside)
        try:
            load(aside)
        except SettingsError as e:
            command = f"Write its table into {file.name} by hand: casereviews sources try {source.url}"
            why = e.which.replace(str(aside), file.name)
            action = terminal_action("How the configuration is changed", command)
            raise SettingsError("the file would not be right with the source", why, action=action) from e
        aside.replace(file)
    except OSError as e:
        raise HouseError("cannot write the configuration", f"{file}: {e.strerror}", suggest_fix(e)) from e
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
