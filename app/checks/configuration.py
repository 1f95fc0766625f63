"""Checks of the configuration: errors, exposed secrets, unknown source kinds, the allow list."""

import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.checks.finding import Finding, error_finding, failure, ok, warning
from core.config.load import DOTENV_FILE, ConfigResult, SettingValue, list_settings
from core.config.schema import Settings
from core.email_address import parse_address
from core.errors import SourceError
from core.plurals import plural
from core.redact import REDACTION_MARK
from core.subscriber_rules import InvalidInput
from db.files.db_check import list_source_names
from db.schema.connect import Database
from newsletter.mail.transport import read_routing
from scraper.adapter import load_adapter, source_kinds

CONFIGURATION = "configuration"
OTHERS_MODE_BITS = 0o077  # the mode's bits for everybody but the owner


def check_configuration(config: ConfigResult, file: Path | None) -> Iterator[Finding]:
    """Each error by itself; with none, where the settings come from and who may read the file's secrets."""
    for error in config.errors:
        yield error_finding(CONFIGURATION, error)
    if config.settings is None:
        return
    keys = list_settings(config)
    places = dict.fromkeys(one.origin.split(" ")[0] for one in keys if one.origin != "default")
    if shown_to_others := [place for place in (file, DOTENV_FILE) if place and _exposes_secret(place, keys)]:
        for place in shown_to_others:
            words = f"{place} holds a secret, and others on this machine can read it"
            yield warning(CONFIGURATION, words, f"Run: chmod 600 {place}")
        return
    count = sum(one.origin != "default" for one in keys)
    if not places and not file:
        fix = "Go to the folder where it is, or write one with: casereviews init"
        yield warning(CONFIGURATION, "the defaults alone: there is no casereviews.toml here", fix)
        return
    where = f"{plural(count, 'key')} from {', '.join(places)}" if places else "the defaults"
    yield ok(CONFIGURATION, f"{where}{'' if file else '; there is no casereviews.toml'}")


def _exposes_secret(place: Path, keys: Iterable[SettingValue]) -> bool:
    """Whether a file holds a secret that everybody can read."""
    values = [one for one in keys if f"{one.origin} ".startswith(f"{place} ")]
    return any(one.value == REDACTION_MARK for one in values) and bool(place.stat().st_mode & OTHERS_MODE_BITS)


def check_sources(settings: Settings, db: Database | None) -> Iterator[Finding]:
    """Kinds that there are not, an address read twice, and reviews of a source that is configured no more."""
    findings = [*_check_kinds(settings), *_check_duplicates(settings)]
    names = [source.name for source in settings.sources]
    lost = [name for name in list_source_names(db) if re.sub(r"-\d{4}$", "", name) not in names] if db else []
    lost = [name for name in lost if name not in names]
    if not findings:
        yield ok("sources", ", ".join(names))
    yield from findings
    if lost:
        yield ok("former sources", f"{', '.join(lost)}: no longer read; their reviews are kept")


def _check_kinds(settings: Settings) -> Iterator[Finding]:
    kinds = source_kinds()
    for number, source in enumerate(settings.sources, 1):
        if source.kind not in kinds:
            near = difflib.get_close_matches(source.kind, kinds, 1)
            fix = f"Did you mean {near[0]}?" if near else f"Kinds: {', '.join(kinds)}."
            words = f"sources[{number}].kind = {source.kind!r}: no such kind of source"
            yield failure(f"source {source.name}", words, fix)
            continue
        try:
            load_adapter(source)
        except SourceError as e:
            yield failure(f"source {source.name}", f"{e.what}: {e.which}", e.typed_fix)


def _check_duplicates(settings: Settings) -> Iterator[Finding]:
    names_by_url: dict[str, str] = {}
    for source in settings.sources:
        if (first := names_by_url.setdefault(source.url, source.name)) != source.name:
            words = f"reads the same address as {first}: {source.url}"
            yield warning(f"source {source.name}", words, "Take one of the two out.")


def check_allow_list(settings: Settings) -> Iterator[Finding]:
    """The items that are no addresses: nothing can be delivered with them."""
    for item in read_routing(settings.mail).listed:
        try:
            parse_address(item)
        except InvalidInput as e:
            yield failure("mail.allow_list", f"{item!r} is no address: {e}", "Correct the address.")
