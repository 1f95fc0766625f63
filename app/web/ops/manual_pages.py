"""Manual pages: the manual that lies beside the program, rendered for whoever works at the desk."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import abort, url_for

from app.web.ops.desk import blueprint, render_page

if TYPE_CHECKING:
    from markdown_it.token import Token

FOLDER = Path(__file__).parents[3] / "docs"  # with the sources; a wheel has none
FIRST = ("first-month", "running", "handing-over", "mail", "privacy")  # what is looked up most
ELEMENTS = set("p br hr a strong em ul ol li blockquote h2 h3 h4 h5 h6 code pre table thead tbody tr th td".split())


@blueprint.get("/manual")
def manual() -> str:
    """The pages there are, those looked up most first."""
    names = sorted(file.stem for file in FOLDER.glob("*.md"))
    order = [*(name for name in FIRST if name in names), *(name for name in names if name not in FIRST)]
    return render_page("manual.html", "The manual", pages=[(name, _title(name)) for name in order])


@blueprint.get("/manual/<name>")
def manual_page(name: str) -> str:
    """One page of it."""
    if not re.fullmatch("[a-z-]+", name) or not (FOLDER / f"{name}.md").is_file():
        abort(404)
    links = {file.stem: url_for("ops.manual_page", name=file.stem) for file in FOLDER.glob("*.md")}
    return render_page("manual_page.html", _title(name), html=_render(name, tuple(links.items())))


@cache
def _title(name: str) -> str:
    """A page's first heading."""
    lines = (FOLDER / f"{name}.md").read_text("utf-8").splitlines()
    return next((line[2:] for line in lines if line.startswith("# ")), name)


@cache
def _render(name: str, links: tuple[tuple[str, str], ...]) -> str:
    """The page without its first heading, as HTML; links to other pages lead to them, others of files nowhere."""
    import nh3
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = parser.parse((FOLDER / f"{name}.md").read_text("utf-8"))
    first = next((at for at, token in enumerate(tokens) if token.type == "heading_close"), -1)
    tokens = tokens[first + 1 :]
    _lead_links(tokens, dict(links))
    _name_headings(tokens)
    html = parser.renderer.render(tokens, parser.options, {})
    attributes = {"a": {"href"}, "ol": {"start"}} | {f"h{rank}": {"id"} for rank in range(2, 7)}
    return nh3.clean(html, tags=ELEMENTS, attributes=attributes, link_rel="noopener noreferrer")


def _lead_links(tokens: Sequence["Token"], links: dict[str, str]) -> None:
    """Lead links to pages of the manual to where they are here."""
    for token in tokens:
        for one in token.children or ():
            if one.type != "link_open":
                continue
            target, hash_, part = str(one.attrs["href"]).partition("#")
            page = links.get(target.removesuffix(".md"), "" if target else "#")
            if page:
                one.attrs["href"] = f"{page.rstrip('#')}{hash_}{part}"
            elif not target.startswith(("http://", "https://", "mailto:")):
                del one.attrs["href"]


def _name_headings(tokens: Sequence["Token"]) -> None:
    """Give each heading the name that links to it have; none is more than one rank below the one before."""
    before = 1
    for token, inside in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and inside is not None:
            plain = re.sub(r"[^\w\s-]", "", inside.content.lower())
            token.attrs["id"] = re.sub(r"\s", "-", plain.strip())
            before = min(int(token.tag[1:]), before + 1)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{before}"
