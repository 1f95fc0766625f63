"""Listing pages of the demonstration, in the markup of 2019 or 2025."""

from collections.abc import Iterable
from dataclasses import replace
from html import escape
from typing import Literal

from app.demo.sample_reviews import SampleReview
from core.records import Link, Review

MarkupEra = Literal["2019", "2025"]

INVENTED_NOTICE = "Invented reviews: sample data"
REPORTS_PATH = "/reports/"


def reviews_in_month(samples: Iterable[SampleReview], n: int, year: int) -> tuple[Review, ...]:
    """The reviews on the list in month `n` (1 or 2) of the demonstration, all of the given year."""
    return tuple(
        replace(
            sample.review,
            year=year,
            summary=sample.edited if n > 1 and sample.edited else sample.review.summary,
        )
        for sample in samples
        if sample.month <= n
    )


def reviews_about(samples: Iterable[SampleReview], keyword: str) -> tuple[Review, ...]:
    """The reviews with a keyword, as a list of their theme has them: with another link to the same report."""
    chosen = [sample.review for sample in samples if keyword in sample.review.keywords]
    links = [Link("Read the report", f"{REPORTS_PATH}{number}.pdf") for number in range(1, len(chosen) + 1)]
    return tuple(replace(review, links=(link,)) for review, link in zip(chosen, links, strict=True))


def render_listing(reviews: Iterable[Review], era: MarkupEra, year: int | str) -> str:
    """A whole page of the reviews, in the order given; `year`: or years. The page says that they are invented."""
    page, entry = (_PAGE_2019, _render_entry_2019) if era == "2019" else (_PAGE_2025, _render_entry_2025)
    entries = "\n".join(entry(number, review) for number, review in enumerate(reviews, 1))
    return page.format(notice=INVENTED_NOTICE, year=year, entries=entries)


def _render_entry_2019(number: int, review: Review) -> str:
    """A heading, then one paragraph with a line for each part."""
    lines = [escape(review.summary)]
    lines += [f"<strong>{escape(label)}:</strong> {escape(text)}" for label, text in _labelled_texts(review)]
    lines += [f'<a href="{escape(_local_path(link.url))}">{escape(link.text)}</a>' for link in review.links]
    heading = f"{review.year} – {review.publisher} - {review.name}"  # two dashes, as the real lists mix them
    return f"<h3>{escape(heading)}</h3>\n<p>" + "<br>\n".join(lines) + "</p>"


def _render_entry_2025(number: int, review: Review) -> str:
    """A button that opens a panel, with a paragraph for each part."""
    heading = escape(f"{review.year} – {review.publisher} – {review.name}")
    parts = [f"<p>{escape(review.summary)}</p>"]
    parts += [f"<p>{escape(label)}: {escape(text)}</p>" for label, text in _labelled_texts(review)]
    parts += [f'<p><a href="{escape(_local_path(link.url))}">&gt; {escape(link.text)}</a></p>' for link in review.links]
    return (
        f'<div class="accordion-item">\n<h2><button type="button" aria-expanded="true" '
        f'aria-controls="panel-{number}">{heading}</button></h2>\n'
        f'<div class="accordion-panel" id="panel-{number}">\n' + "\n".join(parts) + "\n</div>\n</div>"
    )


def _local_path(url: str) -> str:
    """The address of a report on the demonstration's own site: it looks at no other."""
    return url.removeprefix("https://library.example.org")


def _labelled_texts(review: Review) -> list[tuple[str, str]]:
    keywords = [("Keywords", ", ".join(review.keywords))] if review.keywords else []
    return [(section.label, section.text) for section in review.sections] + keywords


_PAGE_2019 = """\
<!DOCTYPE html>
<!-- {notice} -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="robots" content="noindex">
<title>Case reviews published in {year}</title>
</head>
<body>
<ul class="nav"><li><a href="/">Home</a></li></ul>
<div id="content">
<h1>Case reviews published in {year}</h1>
<p>{notice}. No child, family or case on this page is real.</p>
<p>Last updated: 02 Sept {year}</p>
{entries}
</div>
<div id="footer"><p>{notice}.</p></div>
</body>
</html>
"""

_PAGE_2025 = """\
<!DOCTYPE html>
<!-- {notice} -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Recently published case reviews</title>
</head>
<body>
<header><nav aria-label="Main"><a href="/">Home</a></nav></header>
<main>
<h1>Recently published case reviews</h1>
<p>{notice}. No child, family or case on this page is real. These are the reviews listed in {year}.</p>
<div class="accordion">
{entries}
</div>
</main>
<footer><p>{notice}.</p></footer>
</body>
</html>
"""
