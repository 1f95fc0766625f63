"""Checks of our manners as a guest: a contact for the sites we read, the collection's leave to pass its words on."""

from app.checks.finding import Finding, failure, ok, warning
from core.config.schema import Settings
from core.detail import source_detail
from newsletter.issue.phrases import join_list
from scraper.fetch import is_private
from services.collect.fetch_policy import contact_address


def check_contact(settings: Settings) -> Finding:
    """Whether the owner of a site that we read can write to somebody."""
    about, contact = "contact", contact_address(settings)
    if contact:
        return ok(about, f"{contact}, told to the sites we read")
    if not _real_sources(settings):
        return ok(about, "none is needed: no source is on the web")
    words = "none: the sites we read cannot ask us to read less, and may shut us out"
    return failure(about, words, 'Set operator or fetch.contact to your address, as "ann@example.org".')


def check_permission(settings: Settings) -> Finding:
    """Whether the collections have agreed that their summaries are passed on."""
    about, permission = "permission", " ".join(settings.newsletter.permission.split())
    passed_on = [name for name in _real_sources(settings) if source_detail(settings, name) != "heading"]
    if permission:
        return ok(about, permission)
    if not passed_on:
        return ok(about, "none is needed: no summary of a source on the web is passed on")
    words = f"the summaries of {join_list(passed_on)} are their librarians' work; did they agree that you mail them?"
    fix = (
        "Ask them with the letter in docs/permission.md, then set newsletter.permission to what they wish to be shown; "
        'until then newsletter.detail = "heading" passes on none.'
    )
    return warning(about, words, fix)


def _real_sources(settings: Settings) -> list[str]:
    return [source.name for source in settings.sources if not is_private(source.url)]
