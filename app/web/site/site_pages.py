"""Site pages: About, Contact, Privacy, Accessibility from Markdown files, with facts of the installation filled in.

A page that has no file is shown from our own draft. What a draft cannot know stands in it as "[fill in: …]": `check`
warns of it, and readers do not see it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from app.web.site.facts import list_facts
from core.clean_text import clean_text
from core.config.schema import Settings
from core.disk_advice import suggest_fix
from core.errors import HouseError
from newsletter.issue.markdown import to_html

PAGES = {  # each page's name with the words of the link to it
    "about": "About",
    "contact": "Contact",
    "privacy": "How your address is used",
    "accessibility": "Accessibility",
}
MAX_PAGE_BYTES = 64 * 1024
FACT = re.compile(r"\{([a-z_]+)\}")
GAP = re.compile(r"\[fill in[:\]]", re.IGNORECASE)
ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")
_TITLE = re.compile(r"\s*# +(.+)")


@dataclass(frozen=True, slots=True)
class SitePage:
    """A page as readers see it."""

    title: str
    body: str  # HTML, made safe


def draft(name: str) -> str:
    """Our own text of a page, as `init` writes it."""
    return files("templates").joinpath("pages", f"{name}.md").read_text("utf-8")


def page_file(settings: Settings, name: str) -> Path:
    """Where the operator's own text of a page is, if there is one."""
    return settings.site_pages / f"{name}.md"


def write_drafts(settings: Settings) -> list[Path]:
    """Write our draft of each page that has no file yet; the files written. Raises HouseError."""
    written = []
    for name in PAGES:
        file = page_file(settings, name)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8") as page:
                page.write(draft(name))
        except FileExistsError:
            continue
        except OSError as e:
            raise HouseError("a page cannot be written", f"{file}: {e.strerror}", suggest_fix(e)) from e
        written.append(file)
    return written


def read_page(settings: Settings, name: str) -> str:
    """The Markdown of a page: the operator's, else ours. Raises HouseError when there is a file that cannot be read."""
    file = page_file(settings, name)
    try:
        if file.stat().st_size > MAX_PAGE_BYTES:
            raise HouseError("a page is too long", str(file), f"Keep it under {MAX_PAGE_BYTES // 1024} KB.")
        return file.read_text("utf-8-sig")
    except FileNotFoundError:
        return draft(name)
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "it is not UTF-8"
        raise HouseError("a page cannot be read", f"{file}: {why}", "Make it readable, as UTF-8.") from e


def render_site_page(settings: Settings, name: str, text: str) -> SitePage:
    """A page's Markdown as it is shown: its first heading is the title, facts are filled in, gaps are left out."""
    facts = list_facts(settings)
    shown = FACT.sub(lambda mark: facts.get(mark[1], mark[0]), "\n\n".join(_drop_empty_headings(_drop_gaps(text))))
    title = _TITLE.match(shown)
    body = shown[title.end() :] if title else shown
    return SitePage(clean_text(title[1]) if title else PAGES[name], to_html(body, settings.base_url))


def list_gaps(text: str) -> list[str]:
    """What is still to be filled in, line by line."""
    return [line.strip() for line in text.splitlines() if GAP.search(line)]


def unknown_facts(settings: Settings, text: str) -> list[str]:
    """The marks in a page that no fact stands behind: readers see them as they are."""
    return sorted(set(FACT.findall(text)) - list_facts(settings).keys())


def _drop_gaps(text: str) -> Iterator[str]:
    """The blocks without those, and of lists the items without those, that have a gap."""
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.splitlines()
        if any(map(ITEM.match, lines)):
            lines = [line for line in lines if not GAP.search(line)]
        elif GAP.search(block):
            continue
        if lines:
            yield "\n".join(lines)


def _drop_empty_headings(blocks: Iterator[str]) -> Iterator[str]:
    """A heading below which nothing is left says nothing."""
    all_blocks = list(blocks)
    ranks = [len(block) - len(block.lstrip("#")) for block in all_blocks]
    for place, (block, rank) in enumerate(zip(all_blocks, ranks, strict=True)):
        following = ranks[place + 1] if place + 1 < len(ranks) else 1
        if rank > 1 and "\n" not in block and 0 < following <= rank:
            continue
        yield block
