"""Checks of the site's own look: its logo, the contrast of its colours, its pages, its templates."""

import re
from collections.abc import Iterator
from importlib.metadata import version

from app.checks.finding import Finding, error_finding, failure, ok, warning
from app.web.site.logo import read_logo
from app.web.site.site_pages import PAGES, list_gaps, page_file, read_page, unknown_facts
from app.web.site.template_trial import TemplateFault, find_lost_names, is_template_of_ours
from app.web.site.templates import list_overrides, overrides_folder
from core.config.schema import Settings
from core.contrast import NIGHT_PAPERS, PAPERS, worst_contrast
from core.errors import HouseError
from core.plurals import plural

COPIED_FROM = re.compile(r"casereviews (\d+(?:\.\d+)+)")  # in the first line of a template, as a comment


def check_site(settings: Settings) -> Iterator[Finding]:
    """The logo, the colours, the pages."""
    if settings.site.logo:
        yield _check_logo(settings)
    if settings.site.accent or settings.site.accent_dark:
        yield ok("site colours", "; ".join(_contrasts(settings)))
    yield _check_pages(settings)


def _check_logo(settings: Settings) -> Finding:
    try:
        logo = read_logo(settings.beside_data(settings.site.logo))
    except HouseError as e:
        return error_finding("site.logo", e)
    about = f"{logo.kind.upper()}, {logo.width} × {logo.height} pixels"
    if logo.left_out:
        words = f"{about}; not shown of it, as it could run or load something: {', '.join(logo.left_out)}"
        return warning("site.logo", words, "Look at the pages; if the logo is not whole, save it as plain SVG or PNG.")
    return ok("site.logo", about)


def _contrasts(settings: Settings) -> Iterator[str]:
    site = settings.site
    for key, colour, papers in (("accent", site.accent, PAPERS), ("accent_dark", site.night_accent, NIGHT_PAPERS)):
        if colour:
            least, paper = worst_contrast(colour, papers)
            made = ", made from accent" if key == "accent_dark" and not site.accent_dark else ""
            yield f"{key} {colour}{made}: contrast {least:.1f} with {paper}"


def _check_pages(settings: Settings) -> Finding:
    about, gaps, unknown = "site pages", list[str](), list[str]()
    for name in PAGES:
        if name == "privacy" and settings.newsletter.privacy_url:
            continue
        try:
            text = read_page(settings, name)
        except HouseError as e:
            return error_finding(about, e)
        if count := len(list_gaps(text)):
            gaps.append(f"{name} {count}")
        unknown += [f"{{{mark}}} in {page_file(settings, name)}" for mark in unknown_facts(settings, text)]
    if unknown:
        return warning(about, f"no such fact: {', '.join(unknown)}", "See docs/your-site.md for those that there are.")
    if gaps:
        words = f"places to fill in, which readers do not see: {', '.join(gaps)}"
        return warning(about, words, f"Write what you know at each [fill in: …] in {settings.site_pages}.")
    return ok(about, f"{plural(len(PAGES), 'page')} without gaps")


def check_overrides(settings: Settings) -> Iterator[Finding]:
    """Each template of the operator's: whether it takes the place of one, can be read, and uses what is there."""
    folder = overrides_folder(settings)
    if folder is not None and not folder.is_dir():
        yield failure("site.templates", f"there is no folder {folder}", "Make it, or empty the key.")
    for kind, name, file in list_overrides(settings):
        yield _check_override(kind, name, file.read_text("utf-8", "replace"))


def _check_override(kind: str, name: str, source: str) -> Finding:
    about = f"template {kind}/{name}"
    if not is_template_of_ours(kind, name):
        return warning(about, "it takes the place of none: there is no template of that name", "Correct its name.")
    if kind == "web" and not name.endswith(".html"):
        return warning(about, "it is not read: only pages are", "Colours and logo have keys of their own, see [site].")
    copied = COPIED_FROM.search(source[:200])
    origin = f"copied from version {copied[1]}" if copied else "copied from a version that it does not name"
    try:
        lost = find_lost_names(kind, name, source)
    except ValueError as e:
        return failure(about, str(e), "Correct it, or take it away: then ours is shown.")
    if lost:
        words = f"{origin}; it uses what ours is not given: {', '.join(lost)}"
        return failure(about, words, "Copy ours anew, and make your changes again.")
    if copied and copied[1] != version("casereviews"):
        words = f"{origin}; this is {version('casereviews')}"
        return warning(about, words, "Compare it with ours, then write this version into its first line.")
    return ok(about, origin)


def fault_finding(fault: TemplateFault) -> Finding:
    """A template that breaks what is made with it."""
    fix = "Copy ours anew and make your changes again, or take it away: then ours is shown."
    return failure(f"template {fault.name}", f"line {fault.line}: {fault.words}", fix)
