"""Markdown of notes, corrections, site pages: rendered as HTML for mail or web, as plain text.

Two gates stand before a browser: the parser knows no raw HTML, no images, no code, and makes a link only of an address
that a reader may follow; then nh3 keeps these few elements alone, whatever the parser did.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count, repeat
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.clean_text import NO_READER, TOKEN_PLACEHOLDER, clean_text
from newsletter.issue.phrases import MAX_URL_CHARS

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

SCHEMES = {"http", "https", "mailto"}
ELEMENTS = {"p", "br", "hr", "a", "strong", "em", "ul", "ol", "li", "blockquote", "h2", "h3", "h4", "h5", "h6"}
_UNKNOWN_RULES = ["html_block", "html_inline", "image", "code", "fence", "backticks"]
_BARE_ADDRESS = re.compile(r"(?<![\w<(\[\"'/])https?://[^\s<>()\[\]\"']*[^\s<>()\[\]\"'.,;:!?*_]")


def to_html(text: str, base_url: str = "") -> str:
    """The words as HTML whose first heading is of rank 2, as fit for a mail as for a page; a line's end stays one.

    Addresses that begin with a slash are pages of ours: they get `base_url` before them, and without it are no links.
    """
    if not text.strip():  # as most notes are: the parser takes time to load
        return ""
    import nh3

    parser = _parser(base_url)
    tokens = parser.parse(_clean_lines(text))
    _shift_headings(tokens)
    html = parser.renderer.render(tokens, parser.options, {})
    safe = nh3.clean(
        html, tags=ELEMENTS, attributes={"*": set(), "a": {"href"}, "ol": {"start"}}, url_schemes=SCHEMES, link_rel=None
    )
    return safe.replace(TOKEN_PLACEHOLDER, NO_READER).strip()


def to_text(text: str, base_url: str = "") -> str:
    """The words without marks: blocks parted by an empty line, each item a line, a link as "words (address)"."""
    shown = "".join(_text_blocks(_parser(base_url).parse(_clean_lines(text)))) if text.strip() else ""
    return shown.replace(TOKEN_PLACEHOLDER, NO_READER).strip()


@cache
def _parser(base_url: str) -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(_UNKNOWN_RULES)
    normalise = parser.normalizeLink

    def normalise_ours(url: str) -> str:
        ours = base_url and url.startswith("/") and not url.startswith("//")
        return normalise(base_url + url if ours else url)

    parser.normalizeLink = normalise_ours  # type: ignore[method-assign]  # as its manual does
    parser.validateLink = _is_followable  # type: ignore[method-assign]
    return parser


def _is_followable(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    target = parts.path if parts.scheme == "mailto" else parts.hostname
    return parts.scheme in SCHEMES and bool(target) and len(url) <= MAX_URL_CHARS


def _clean_lines(text: str) -> str:
    """Each line without what has no look, its indent kept; addresses that stand bare are marked as links."""
    lines = (line[: len(line) - len(line.lstrip(" "))] + clean_text(line) for line in text.splitlines())
    return _BARE_ADDRESS.sub(r"<\g<0>>", "\n".join(lines))


def _shift_headings(tokens: Sequence["Token"]) -> None:
    """The page's own heading is of rank 1: these begin at 2, and none is more than one rank below the one before."""
    highest, before = min((int(token.tag[1:]) for token in tokens if token.type == "heading_open"), default=1), 1
    for token in tokens:
        if token.type == "heading_open":
            before = min(int(token.tag[1:]) - highest + 2, before + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{before}"


def _text_blocks(tokens: Sequence["Token"]) -> Iterator[str]:
    marks: list[Iterator[str]] = []  # of the lists that we are in, the innermost last
    mark, listed = "", False
    for token in tokens:
        match token.type:
            case "bullet_list_open":
                marks.append(repeat("- "))
            case "ordered_list_open":
                marks.append(f"{number}. " for number in count(int(token.attrs.get("start", 1))))
            case "bullet_list_close" | "ordered_list_close":
                marks.pop()
            case "list_item_open":
                mark = next(marks[-1])
            case "inline":
                indent = "  " * (len(marks) - bool(mark))
                block = _inline_text(token.children or []).replace("\n", "\n" + "  " * len(marks))
                yield ("\n" if listed and mark else "\n\n") + indent + mark + block
                mark, listed = "", bool(marks)


def _inline_text(tokens: Sequence["Token"]) -> str:
    words: list[str] = []
    begun, address = 0, ""
    for token in tokens:
        match token.type:
            case "link_open":
                begun, address = len(words), str(token.attrs["href"]).removeprefix("mailto:")
            case "link_close":
                words += [f" ({address})"] if "".join(words[begun:]) != address else []
            case "softbreak" | "hardbreak":
                words.append("\n")
            case _:
                words.append(token.content)
    return "".join(words)
