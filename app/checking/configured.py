"""The configuration: everything that is wrong with it, and what is only found out when it is used."""

import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.addresses import address
from app.checking.finding import Finding, failure, of_error, ok, warning
from core.configuration import DOTENV, Configured, Shown, shown
from core.settings import Settings
from core.subscribers import Refused
from db.connect import Database
from db.inspection import source_names
from scraper.adapter import KINDS

CONFIGURATION = "configuration"
OTHERS = 0o077  # the mode's bits for everybody but the owner


def configuration(found: Configured, file: Path | None) -> Iterator[Finding]:
    """Each error by itself; with none, where the settings come from and who may read the file's secrets."""
    for error in found.errors:
        yield of_error(CONFIGURATION, error)
    if found.settings is None:
        return
    keys = shown(found)
    places = dict.fromkeys(one.origin.split(" ")[0] for one in keys if one.origin != "default")
    if shown_to_others := [place for place in (file, DOTENV) if place and _is_open(place, keys)]:
        for place in shown_to_others:
            words = f"{place} holds a secret, and others on this machine can read it"
            yield warning(CONFIGURATION, words, f"Run: chmod 600 {place}")
        return
    count = sum(one.origin != "default" for one in keys)
    where = f"{count} keys from {', '.join(places)}" if places else "the defaults"
    yield ok(CONFIGURATION, f"{where}{'' if file else '; there is no casereviews.toml'}")


def _is_open(place: Path, keys: Iterable[Shown]) -> bool:
    """Whether a file holds a secret that everybody can read."""
    own = [one for one in keys if f"{one.origin} ".startswith(f"{place} ")]
    return any(one.value == "(hidden)" for one in own) and bool(place.stat().st_mode & OTHERS)


def sources(settings: Settings, db: Database | None) -> Iterator[Finding]:
    """Kinds that there are not, an address read twice, and reviews of a source that is configured no more."""
    found = [*_kinds(settings), *_twice(settings)]
    names = [source.name for source in settings.sources]
    lost = [name for name in source_names(db) if re.sub(r"-\d{4}$", "", name) not in names] if db else []
    lost = [name for name in lost if name not in names]
    if not found:
        yield ok("sources", ", ".join(names))
    yield from found
    if lost:
        yield ok("former sources", f"{', '.join(lost)}: no longer read; their reviews are kept")


def _kinds(settings: Settings) -> Iterator[Finding]:
    for number, source in enumerate(settings.sources, 1):
        if source.kind not in KINDS:
            near = difflib.get_close_matches(source.kind, KINDS, 1)
            fix = f"Did you mean {near[0]}?" if near else f"Kinds: {', '.join(KINDS)}."
            words = f"sources[{number}].kind = {source.kind!r}: no such kind of source"
            yield failure(f"source {source.name}", words, fix)


def _twice(settings: Settings) -> Iterator[Finding]:
    held: dict[str, str] = {}
    for source in settings.sources:
        if (first := held.setdefault(source.url, source.name)) != source.name:
            words = f"reads the same address as {first}: {source.url}"
            yield warning(f"source {source.name}", words, "Take one of the two out.")


def allow_list(settings: Settings) -> Iterator[Finding]:
    """The items that are no addresses: nothing can be delivered with them."""
    for item in settings.mail.allow_list:
        try:
            address(item)
        except Refused as e:
            yield failure("mail.allow_list", f"{item!r} is no address: {e}", "Correct the address.")
