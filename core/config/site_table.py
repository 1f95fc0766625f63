"""Site table: the name, colours, words, files by which readers know whose newsletter this is."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated

from core.address_patterns import PLAIN
from core.config.settings_table import SettingsTable
from core.config.value_forms import length, one_line
from core.contrast import COLOUR, MIN_CONTRAST, NIGHT_PAPERS, PAPERS, nearest_passing, worst_contrast

MAX_WORDS = 2_000  # characters of an introduction


def _readable(papers: Sequence[str], towards: str) -> Callable[[str], str]:
    """The rule that words in a colour can be read on each paper, and what the nearest such is `towards` another."""

    def checked(value: str) -> str:
        colour = value.lower()
        if not colour:
            return ""
        if not COLOUR.fullmatch(colour):
            raise ValueError('write a colour as "#0a4a7c"')
        least, paper = worst_contrast(colour, papers)
        if least < MIN_CONTRAST:
            near = nearest_passing(colour, papers, towards)
            raise ValueError(
                f"its contrast with {paper} is {_cut(least)}, and words need {MIN_CONTRAST}; the nearest that has it "
                f"is {near}"
            )
        return colour

    return checked


def _check_contact(value: str) -> str:
    address = value.removeprefix("mailto:")
    if value and not PLAIN.fullmatch(address) and not re.fullmatch(r"https://[!-~]+", value):
        raise ValueError("write it as security@example.org, or as https://example.org/report")
    return f"mailto:{address}" if PLAIN.fullmatch(address) else value


def _cut(ratio: float) -> str:
    """With one digit more than the limit, and never rounded up to it."""
    return f"{int(ratio * 100) / 100:.2f}"


DayColour = Annotated[str, _readable(PAPERS, "#000000")]
NightColour = Annotated[str, _readable(NIGHT_PAPERS, "#ffffff")]
Contact = Annotated[str, _check_contact]


class SiteSettings(SettingsTable):
    """Who is behind the pages, and what they look like."""

    name: Annotated[str, length(0, 60), one_line] = ""  # newsletter.title when empty
    logo: str = ""  # a file, SVG, PNG, JPEG or WebP: shown in place of the name
    accent: DayColour = ""  # the colour of links, buttons and the line at the top, as "#0a4a7c"; ours when empty
    accent_dark: NightColour = ""  # the same in dark mode; made from `accent` when empty
    introduction: Annotated[str, length(0, MAX_WORDS)] = ""  # Markdown on the front page, in place of our sentence
    footer: Annotated[str, length(0, 300), one_line] = ""  # a sentence at the end of every page
    pages: str = ""  # the folder of about.md, contact.md, privacy.md, accessibility.md; data_dir/site when empty
    templates: str = ""  # a folder of templates that take the place of ours
    security_contact: Contact = ""  # where a hole in these pages is told: an address, mailto or https; /security.txt

    @property
    def night_accent(self) -> str:
        """The colour in dark mode: as set, or made from the other; empty where both are ours."""
        if self.accent_dark or not self.accent:
            return self.accent_dark
        return nearest_passing(self.accent, NIGHT_PAPERS, "#ffffff")
