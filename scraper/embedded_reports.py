"""Embedded reports: a report that a page shows in a frame or opens by a button, as the link that it is; pure.

A frame (iframe, object, embed) stays where it is, behind a link that says no more than its title, unless its report is
linked anyway. A form or button that only fetches a file is a link around its words.
"""

import re
from contextlib import suppress
from functools import partial
from urllib.parse import unquote, urljoin

from core.lazy_pattern import lazy_pattern

# Three letters of iframe, object, embed, form, button, input.
MARK = re.compile("<[iIoOeEfFbB][fFbBmMoOuUnN][rRjJbBtTpP]")
_REST = r"\b([^<>]{0,2000})>"
_INSIDE = r"((?:(?!<\1\b).){0,2000}?)</\1\s*>"
FRAME = lazy_pattern(rf"<(iframe|object){_REST}{_INSIDE}|<embed{_REST}", re.I | re.S)
FORM = lazy_pattern(rf"<(form){_REST}{_INSIDE}", re.I | re.S)
BUTTON = lazy_pattern(rf"<(button){_REST}{_INSIDE}|<input{_REST}", re.I | re.S)
PRESSED = lazy_pattern(rf"<input{_REST}|</?button{_REST}", re.I)
ATTRIBUTE = lazy_pattern(r"""(?<![\w-])([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
HREF = lazy_pattern(r"""<a\b[^<>]{0,2000}?\shref\s*=\s*["']?([^"'<>]+)""", re.I)
LINK_WORDS = lazy_pattern(r"<a\b[^<>]*>([^<>]+)</a", re.I)
FRAME_SOURCES = ("data-src", "data-lazy-src", "src", "data")
SUFFIX = r"\.(?:pdf|docx?)(?=$|[?#&])"
REPORT = lazy_pattern(rf"(?!\w*script:)[^#]+?{SUFFIX}[^#]*", re.I)
VIEWED = lazy_pattern(r"[?&;](?:url|file|src|pdf)=([^&#]+)", re.I)  # of a page that shows a file of another address
SCRIPT_ADDRESS = lazy_pattern(r"['\"]([^'\"\s]*(?:\.pdf\b|\.docx?\b|searchterm0=)[^'\"\s]*)['\"]", re.I)  # of a report
SITE = lazy_pattern(r"^(?:https?:)?//[^/]*", re.I)


def link_reports(html: str) -> str:
    """The page's HTML with links to the reports that it embeds or has buttons for."""
    if not MARK.search(html):
        return html
    if FRAME.search(html):
        linked = {SITE.sub("", href) for href in HREF.findall(FRAME.sub("", html))}
        html = FRAME.sub(partial(_link_frame, linked), html)
    return BUTTON.sub(_link_button, FORM.sub(_link_form, html))


def _link_frame(linked: set[str], frame: re.Match[str]) -> str:
    attributes = _attributes(frame[2] or frame[4] or "")
    is_pdf = attributes.get("type", "").lower() == "application/pdf"
    address = next(filter(None, (_report_address(attributes.get(name, ""), is_pdf) for name in FRAME_SOURCES)), "")
    if not address or SITE.sub("", address) in linked:
        return frame[0]
    inside = LINK_WORDS.search(frame[3] or "")  # for browsers that do not show it
    title = inside[1] if inside else attributes.get("title") or attributes.get("aria-label") or ""
    return _link(address, "", title) + frame[0]


def _link_form(form: re.Match[str]) -> str:
    attributes = _attributes(form[2])
    address = _report_address(attributes.get("action", ""))
    if not address or attributes.get("method", "").lower() == "post":
        return form[0]
    words = PRESSED.sub(lambda one: _button_words(_attributes(one[1] or "")), form[3])
    return f"<form>{_link(address, words)}</form>"


def _link_button(button: re.Match[str]) -> str:
    attributes = _attributes(button[2] or button[4] or "")
    address = _report_address(attributes.get("formaction", "")) or _script_address(attributes.get("onclick", ""))
    return _link(address, button[3] or _button_words(attributes)) if address else button[0]


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): a or b or c for name, a, b, c in ATTRIBUTE.findall(text)}


def _button_words(attributes: dict[str, str]) -> str:
    return attributes.get("value", "") if attributes.get("type", "").lower() in ("submit", "button") else ""


def _report_address(address: str, is_report: bool = False) -> str:
    """The address of a report, as written in an attribute; empty for that of anything else."""
    address = address.strip()
    if viewed := VIEWED.search(address):
        with suppress(ValueError):  # an address no browser could read
            if REPORT.fullmatch(file := urljoin(address, unquote(viewed[1]))):
                return file
    found = REPORT.match(address)
    return found[0] if found else address if is_report else ""


def _script_address(script: str) -> str:
    if "." not in script:
        return ""
    from html import unescape  # with a table of all entities

    found = SCRIPT_ADDRESS.search(unescape(script))
    return found[1] if found else ""


def _link(address: str, words: str, title: str = "") -> str:
    href, name = (text.replace('"', "&quot;") for text in (address, title))
    label = f' aria-label="{name}"' if name else ""
    return f' <a href="{href}"{label}>{words}</a> '
