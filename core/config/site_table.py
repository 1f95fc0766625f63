"""Site table: the name, colours, words, files by which readers know whose newsletter this is."""

import re

from pydantic import Field, ValidationInfo, field_validator

from core.address_patterns import PLAIN
from core.config.source_table import SettingsTable
from core.contrast import COLOUR, MIN_CONTRAST, NIGHT_PAPERS, PAPERS, nearest_passing, worst_contrast

MAX_WORDS = 2_000  # characters of an introduction


class SiteSettings(SettingsTable):
    """Who is behind the pages, and what they look like."""

    name: str = Field("", max_length=60, pattern=r"^[^\r\n]*$")  # newsletter.title when empty
    logo: str = ""  # a file, SVG, PNG, JPEG or WebP: shown in place of the name
    accent: str = ""  # the colour of links, buttons and the line at the top, as "#0a4a7c"; ours when empty
    accent_dark: str = ""  # the same in dark mode; made from `accent` when empty
    introduction: str = Field("", max_length=MAX_WORDS)  # Markdown on the front page, in place of our sentence
    footer: str = Field("", max_length=300, pattern=r"^[^\r\n]*$")  # a sentence at the end of every page
    pages: str = ""  # the folder of about.md, contact.md, privacy.md, accessibility.md; data_dir/site when empty
    templates: str = ""  # a folder of templates that take the place of ours
    security_contact: str = ""  # where a hole in these pages is told: an address, mailto or https; /security.txt

    @field_validator("accent", "accent_dark")
    @classmethod
    def _check_colour(cls, value: str, asked: ValidationInfo) -> str:
        colour = value.lower()
        if not colour:
            return ""
        if not COLOUR.fullmatch(colour):
            raise ValueError('write a colour as "#0a4a7c"')
        by_night = asked.field_name == "accent_dark"
        papers, towards = (NIGHT_PAPERS, "#ffffff") if by_night else (PAPERS, "#000000")
        least, paper = worst_contrast(colour, papers)
        if least < MIN_CONTRAST:
            near = nearest_passing(colour, papers, towards)
            raise ValueError(
                f"its contrast with {paper} is {_cut(least)}, and words need {MIN_CONTRAST}; the nearest that has it "
                f"is {near}"
            )
        return colour

    @field_validator("security_contact")
    @classmethod
    def _check_contact(cls, value: str) -> str:
        address = value.removeprefix("mailto:")
        if value and not PLAIN.fullmatch(address) and not re.fullmatch(r"https://[!-~]+", value):
            raise ValueError("write it as security@example.org, or as https://example.org/report")
        return f"mailto:{address}" if PLAIN.fullmatch(address) else value

    @property
    def night_accent(self) -> str:
        """The colour in dark mode: as set, or made from the other; empty where both are ours."""
        if self.accent_dark or not self.accent:
            return self.accent_dark
        return nearest_passing(self.accent, NIGHT_PAPERS, "#ffffff")


def _cut(ratio: float) -> str:
    """With one digit more than the limit, and never rounded up to it."""
    return f"{int(ratio * 100) / 100:.2f}"
