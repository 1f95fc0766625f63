"""Script list: signs that only a script fills the list of a page, so that it is not known whether it is empty; pure.

A server that has nothing to list leaves an empty element too. So an element counts only where it says that a script
fills it: by the name that frameworks give theirs, by an attribute that tells the script what to load, or by a script
that names it. It counts below the list's own heading alone: a page has other things that scripts fill.
"""

import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree

from core.lazy_pattern import lazy_pattern
from core.records import Page
from scraper.empty_list import NONE_WORDS
from scraper.line_builder import HEADING_LEVELS, HIDDEN_ROLES
from scraper.page_text import decode_body, normalise_text

MAX_MARKUP = 300_000  # characters looked at
LIST_HEADING = lazy_pattern(r"\breviews?\b", re.I)
MAX_STRINGS = 50  # of an element whose words are looked at
FURNITURE_TAGS = frozenset(["head", "footer", "nav", "aside", "dialog"])
WHOLE_PAGE = frozenset(["html", "body", "form"])  # a form may be around all of it
CONTAINERS = frozenset("div section article main ul ol dl li table tbody tr".split())
SHOWS_MORE = frozenset("img svg iframe video audio object input button select textarea canvas".split())
OTHER_PARTS = lazy_pattern(  # what else a script may fill on a page whose list is empty
    r"cookie|consent|banner|form|newsletter|sign-?up|subscri|share|social|feedback|survey|comment|chat|map|video|related"
    r"|rating|modal|toast|captcha|advert|breadcrumb|paginat|search-?(box|bar)|translat|alert|message|toolbar|print|back-to"
    r"|carousel|slider|icon|spacer|clear|skip|anchor|divider|accessib",
    re.I,
)
MOUNT_NAME = lazy_pattern(r"(.*[_-])?(app|root|react|vue|ng|svelte|blazor|mount|__next|__nuxt)([_-].*)?", re.I)
LOAD_ATTRIBUTE = lazy_pattern(  # a framework's own, or data for a script: what is to be loaded, by which component
    r"(ng-|v-|x-|hx-|wire:|:|@).+|data-(.*-)?(url|uri|src|source|endpoint|api|feed|json|query|component|controller|props"
    r"|react.*|vue.*|list.*|results?.*|reviews?|items|load.*|fetch|ajax|template|filter.*)(-.*)?|is|(src|url|endpoint|api)",
    re.I,
)
HIDING = lazy_pattern(r"display:\s*none|visibility:\s*hidden", re.I)
HIDING_ATTRIBUTE = lazy_pattern(r"(ng|v|x|data)-(if|else.*|show|hide|cloak|bind)|hidden|:hidden|\*ngif", re.I)
NEEDS_SCRIPT = lazy_pattern(r"\b(java ?script|scripting)\b", re.I)
REVIEW_DATA = lazy_pattern(r"searchterm0(=|\\u003d)\w", re.I)  # the report link of a review


def recognize_script_list(page: Page) -> str:
    """What a page without entries is whose list a script fills, in words; empty where nothing says so."""
    sign = script_list_sign(page, said=False) or script_list_sign(page, said=True)
    return f"a list that only a script fills in: {sign}" if sign else ""


def script_list_sign(page: Page, said: bool) -> str:
    """What on a page without entries says that a script fills its list, in words; empty for nothing.

    `said`: the page says itself that it lists none. It is then believed, unless that stands where a script shows it or
    hides it, or the reviews stand in a script.
    """
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True)
    parser.feed(decode_body(page.body, page.header("content-type"))[:MAX_MARKUP])
    root: etree._Element | None = parser.close()
    if root is None:
        return ""
    scripts = "\n".join(script.text or "" for script in root.iter("script"))
    if REVIEW_DATA.search(scripts):
        return "the reviews stand in a script"
    parts = list(_list_parts(root))
    if said:
        hidden = (part for part in parts if _is_switched(part) and NONE_WORDS.search(_words(part)))
        return "it may be a script that shows “none”" if next(hidden, None) is not None else ""
    signs = (_name_sign(part, scripts) for part in parts)
    return next(filter(None, signs), "")


def _list_parts(root: etree._Element) -> Iterator[etree._Element]:
    """The elements below a heading of the list, up to another heading; none of the site's own parts."""
    listed, events = False, etree.iterwalk(root, events=("start",))
    for _, element in events:
        name, role = element.tag, element.get("role")
        names = f"{element.get('id', '')} {element.get('class', '')} {name if '-' in name else ''}"
        other = name not in WHOLE_PAGE and OTHER_PARTS.search(names)
        if name in FURNITURE_TAGS or role in HIDDEN_ROLES or other:
            events.skip_subtree()
        elif name in HEADING_LEVELS:
            listed = LIST_HEADING.search(_words(element)) is not None
        elif listed:
            yield element


def _name_sign(element: etree._Element, scripts: str) -> str:
    """What an element says of a script that fills the list; empty for nothing."""
    name = element.tag
    if name == "noscript":
        return "it asks for JavaScript" if NEEDS_SCRIPT.search(_words(element)) else ""
    if element.get("aria-busy") == "true":
        return f"{_opening_tag(element)} is busy"
    if not (name in CONTAINERS or "-" in name) or any(map(normalise_text, map(str, element.itertext()))):
        return ""
    if next(element.iter(*SHOWS_MORE), None) is not None:
        return ""
    names = [*element.get("id", "").split(), *element.get("class", "").split()]
    filled = (
        "-" in name
        or MOUNT_NAME.fullmatch(element.get("id", ""))
        or any(map(LOAD_ATTRIBUTE.fullmatch, map(str, element.keys())))
        or any(re.search(rf"[\"'`#.]{re.escape(one)}[\"'`\s>]", scripts) for one in names)
    )
    return f"{_opening_tag(element)} is empty" if filled else ""


def _is_switched(element: etree._Element) -> bool:
    """Whether a script shows or hides an element."""
    if HIDING.search(element.get("style", "")):
        return True
    return any(map(HIDING_ATTRIBUTE.fullmatch, map(str, element.keys())))


def _words(element: etree._Element) -> str:
    return normalise_text(" ".join(islice(map(str, element.itertext()), MAX_STRINGS)))


def _opening_tag(element: etree._Element) -> str:
    """An element by name and id, fit for a message."""
    shown = "".join(letter for letter in element.get("id", "")[:40] if letter.isprintable())
    return f'<{element.tag[:40]} id="{shown}">' if shown else f"<{element.tag[:40]}>"
