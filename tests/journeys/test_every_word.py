"""Every word of an entry reaches the reader, in both parts of the mail, whatever the entry is made of."""

import random
import re
from dataclasses import replace
from itertools import count

import pytest
from bs4 import BeautifulSoup

from newsletter.issue.render import render
from scraper.sources.nspcc_listing import parse
from tests.newsletter.samples import SEEN, WORDING, issue
from tests.support.saved_pages import page, saved

MARKUPS = [  # heading, row
    ("<h3>{}</h3>", "<p>{}</p>"),
    ("<p><strong>{}</strong></p>", "<p>{}</p>"),
    ("<p>{}</p>", "<p>{}</p>"),
    ("{}<br>", "{}<br>"),
    ("<dt>{}</dt>", "<dd>{}</dd>"),
    ("<h3><button>{}</button></h3>", "<div>{}</div>"),
]
REPORT = '<a href="https://boards.example.org/report-{}.pdf">&gt; Read the overview report</a>'


class EntryWriter:
    """Writes entries of which each word is there once: "qab", "qac"."""

    def __init__(self, seed: int) -> None:
        self.chance, self.numbers = random.Random(seed), count(30)

    def word(self) -> str:
        n = next(self.numbers)
        return f"q{chr(97 + n // 676)}{chr(97 + n // 26 % 26)}{chr(97 + n % 26)}"

    def words(self, many: int) -> str:
        return " ".join(self.word() for _ in range(many))

    def prose(self) -> str:
        return f"{self.words(7).capitalize()}."

    def listed(self) -> str:
        return "; ".join([self.words(3), self.words(2), f"and {self.words(3)}."])

    def section(self, label: str) -> list[str]:
        """The rows of a section in one of the forms that were seen."""
        items = f"<ul><li>{self.words(3)}</li><li>{self.words(2)};</li><li>{self.words(3)}.</li></ul>"
        forms = [
            [f"<b>{label}:</b> {self.listed()}"],
            [f"{label}: {self.listed()} {self.prose()}"],
            [f"{label}: {self.listed()}", self.prose()],
            [f"{label}: {self.listed()} Makes recommendations covering {self.words(3)}."],
            [f"{label}: {self.prose()}", self.listed()],
            [f"{label}: {self.prose()} {self.listed()}"],
            [f"<b>{label}:</b>", items],
            [f"{label}:", f"{items}{self.prose()}"],
            [f"Makes recommendations on: {self.listed()}", self.prose()],
            [f"Actions {self.word()} since: {self.prose()}", self.listed()],
            [f"<strong>What {self.word()} said</strong>", self.prose()],
        ]
        return self.chance.choice(forms)

    def entry(self, markup: tuple[str, str]) -> str:
        rows = [self.prose() for _ in range(self.chance.randint(1, 2))]
        for label in ("Background", "Learning includes", "Recommendations to the board include", "Model"):
            rows += self.section(label) if self.chance.random() < 0.6 else []
        keywords, report = f"Keywords: {self.word()}, {self.words(2)}", REPORT.format(self.word())
        ends = [
            [keywords, report],
            [f"{keywords}, {self.word()}.", self.prose(), report],
            [f"{keywords} {report}"],
            [f"{self.prose()} {keywords} {report}"],
            [f"{self.prose()} {report}"],
            [report],
        ]
        rows += self.chance.choice(ends)
        head, row = markup
        return head.format(f"2026 – Q{self.word()} – Child {self.word()}") + "".join(map(row.format, rows))


def own_words(html: str) -> set[str]:
    """The words that are there once; addresses have none."""
    return set(re.findall(r"\bq{1,2}[a-z]{3}\b", re.sub("<[^>]*>", " ", html).casefold()))


@pytest.mark.parametrize("seed", range(12))
def test_every_word_of_an_entry_is_in_both_parts_of_the_mail(seed: int) -> None:
    writer = EntryWriter(seed)
    body = "".join(writer.entry(MARKUPS[seed % len(MARKUPS)]) for _ in range(4))
    found = parse(page(f"<html><body><h1>Case reviews published in 2026</h1>{body}</body></html>"), "nspcc")

    mail = render(issue(*(replace(r, id=n, first_seen=SEEN) for n, r in enumerate(found.reviews, 1))), WORDING)

    assert (len(found.reviews), found.leftovers, mail.issue.shortened) == (4, (), 0)
    assert len(own_words(body)) > 60
    assert own_words(body) - own_words(BeautifulSoup(mail.html, "lxml").get_text(" ")) == set()
    assert own_words(body) - own_words(mail.text) == set()


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        (
            "after-a-list",
            ["raise the age limit0", "publish guidance", "The review also found good practice by the school nurse."],
        ),
        ("sentence-at-the-end", ["Makes recommendations covering health and police services."]),
    ],
)
def test_what_follows_a_list_is_shown_and_no_part_of_its_last_item(name: str, sentences: list[str]) -> None:
    found = parse(saved(f"nspcc-listing/words/{name}.html"), "nspcc").reviews

    mail = render(issue(*(replace(r, id=n, first_seen=SEEN) for n, r in enumerate(found, 1))), WORDING)

    for sentence in sentences:
        assert sentence in " ".join(mail.text.split())
        assert sentence in " ".join(BeautifulSoup(mail.html, "lxml").get_text(" ").split())
    assert not [item for r in found for s in r.sections for item in s.items if "Makes" in item or "good" in item]


def test_keywords_before_a_link_in_one_paragraph_are_keywords() -> None:
    found = parse(saved("nspcc-listing/words/keywords-then-link.html"), "nspcc").reviews

    assert [(review.keywords, len(review.links)) for review in found] == [(("infants", "neglect"), 1)] * 3
