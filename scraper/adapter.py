"""Source adapters: what each kind of source offers, looked up by kind; other packages may register kinds."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from core.config.schema import Source
from core.errors import PageError, SourceError
from core.records import Page, PageReading
from scraper.source_kinds import ADAPTER_MODULES, OPTION_KINDS
from scraper.source_options import complete_reading

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

HTML_MEDIA = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
PLUGIN_GROUP = "casereviews.sources"  # entry points: the kind's name = an Adapter, or Source -> Adapter


@dataclass(frozen=True, slots=True)
class Adapter:
    """One kind of source. All its functions are pure."""

    parse: Callable[[Page, str], PageReading]  # page, source's name
    follow: Callable[[Page], tuple[str, ...]] | None = None  # the addresses to read after a page; None: one page is all
    media: frozenset[str] = HTML_MEDIA  # what its pages are
    needs: frozenset[str] = field(default=frozenset({"publisher", "text"}))  # what most of its reviews have
    yearly: bool = False  # its page is one year's list, which begins anew in January
    lists_all: bool = True  # absence from a full read means that a review has gone
    # of a source of many pages
    entry_key: Callable[[str], str] | None = None  # the key of the entry at an address; empty where a list is there
    changed_since: Callable[[str, datetime], str] | None = None  # a list's address, for what is new or edited since
    past_end_status: int = 0  # HTTP: what an address past the last page answers; 0: there is none such


def source_kinds() -> list[str]:
    """Every kind of source there is: our own, then those that other packages register."""
    from importlib.metadata import entry_points  # with all of `email`: only who has other kinds needs it

    return list(dict.fromkeys([*ADAPTER_MODULES, *(plugin.name for plugin in entry_points(group=PLUGIN_GROUP))]))


def check_options(source: Source) -> None:
    """Raises SourceError where a source's options cannot be used: before its site is asked for anything.

    A parser whose kind has none is not loaded for it: a page that has not changed needs none.
    """
    if source.kind in OPTION_KINDS:
        load_adapter(source)


def load_adapter(source: Source | str) -> Adapter:
    """The adapter of a source, made for its options; of a kind alone, for none.

    Its module has an ADAPTER, or a `make_adapter` where the kind has options of its own. Raises SourceError where
    there is no such kind, a plugin is broken, or an option is none.
    """
    if isinstance(source, str):
        source = Source(name="source", kind=source, url="https://source.example.org/")
    if module := ADAPTER_MODULES.get(source.kind):
        found = import_module(module)
        adapter: Adapter = found.make_adapter(source) if hasattr(found, "make_adapter") else found.ADAPTER
    else:
        adapter = _load_plugin(source)
    if not (source.publisher or source.nation or source.review_kind or source.only):
        return adapter
    return replace(adapter, parse=partial(_parse_completed, adapter, source))


def _parse_completed(adapter: Adapter, source: Source, page: Page, name: str) -> PageReading:
    return complete_reading(adapter.parse(page, name), source)


def _load_plugin(source: Source) -> Adapter:
    """The adapter that another package registered for a kind. Raises SourceError in one line."""
    from importlib.metadata import entry_points

    plugins = tuple(entry_points(group=PLUGIN_GROUP, name=source.kind))
    if not plugins:
        raise SourceError("no such kind of source", source.kind, f"Kinds: {', '.join(source_kinds())}")
    plugin = plugins[0]
    try:
        found = plugin.load()
        adapter = found if isinstance(found, Adapter) else found(source)
    except Exception as e:  # what another package does wrong is its source's trouble alone
        raise _plugin_error(plugin, f"{type(e).__name__}: {e}") from e
    if not isinstance(adapter, Adapter):
        raise _plugin_error(plugin, f"it gives {type(adapter).__name__}, not a scraper.adapter.Adapter")
    return replace(adapter, parse=lambda page, name: _require_reading(plugin, adapter.parse(page, name)))


def _require_reading(plugin: "EntryPoint", reading: object) -> PageReading:
    if not isinstance(reading, PageReading):
        raise PageError(f"the plugin {plugin.value} gave {type(reading).__name__}, not a PageReading")
    return reading


def _plugin_error(plugin: "EntryPoint", why: str) -> SourceError:
    package = plugin.dist.name if plugin.dist else "its package"
    fix = f"Install {package} anew, or take the source out."
    return SourceError(f"the kind of source {plugin.name} cannot be used", f"{plugin.value} of {package}: {why}", fix)
