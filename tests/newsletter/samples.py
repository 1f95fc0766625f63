"""Invented reviews shaped like those of the September 2016 newsletter; no child here is a real one."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from core.config.support_table import DEFAULT_SUPPORT_LINES
from core.records import Change, Issue, Link, Review, Section, Update
from core.source_records import SourceCoverage
from newsletter.issue.compose import compose
from newsletter.issue.wording import Wording

SEEN = datetime(2016, 9, 12, 5, 30, tzinfo=UTC)
UNTIL = datetime(2016, 9, 30, 23, 0, tzinfo=UTC)  # October begins in London
PERIOD = "2016-09"
WORDING = Wording(
    title="Case reviews",
    collection="NSPCC Repository",
    base_url="https://news.example.org",
    sender="Case reviews <news@example.org>",
    reply_to="editor@example.org",
    postal_address="1 Example Street, Sampleton SA1 1AA",
    support=DEFAULT_SUPPORT_LINES,
    support_checked=date(2016, 9, 1),
)


def review(number: int = 1, **fields: Any) -> Review:
    """A review that waits for the September issue; its id and name come from the number."""
    known: dict[str, Any] = {
        "source": "nspcc",
        "publisher": "Sampleshire",
        "name": f"Child {number}",
        "year": 2016,
        "summary": f"Serious injury of child number {number}.",
        "first_seen": SEEN,
        "last_seen": SEEN,
        "id": number,
        "key": f"C{number:04}",
    }
    return Review(**{**known, **fields})


def issue(*reviews: Review, **how: Any) -> Issue:
    """The September issue of these reviews."""
    return compose(reviews, PERIOD, WORDING, **{"until": UNTIL, **how})


def items(kind: str, label: str, *listed: str) -> Section:
    """A section that is a list."""
    return Section(kind, label, "; ".join(listed) + ".", listed)


THEMATIC = review(
    1,
    publisher="Fenbridge",
    name="Overview of the local response to online exploitation",
    summary="A thematic review of how agencies answered the exploitation of young people between 2011 "
    "and 2015. It draws on the learning of Operation Lantern, in which seven adults were convicted.",
    sections=(
        items(
            "learning",
            "Issues identified include",
            "slow answers to what young people said the first time",
            "plans made after each missing episode without asking why",
            "a gap between children's and adults' services at the age of 18",
        ),
    ),
    keywords=("child sexual exploitation", "online abuse", "transition to adult services"),
    links=(
        Link("Read the executive summary", "https://library.example.org/search2?searchTerm0=C0001s"),
        Link(
            "> Read the overview report",
            "https://library.example.org/search2?searchTerm0=C0001&x=1",
            media="application/pdf",
            size=1_240_000,
            pages=84,
        ),
    ),
    nation="England",
    kind="Serious case review",
)
BABY = review(
    2,
    publisher="Norwell",
    name="Baby T",
    summary="Death of a 10-week-old baby girl while sharing a sofa with a parent.\n"
    "Police had visited after two anonymous calls and found nothing that called for action. Several "
    "agencies knew the family because of the needs of an older sibling.",
    sections=(
        items(
            "learning",
            "Issues identified include",
            "advice on safe sleeping was given but seldom recorded",
            "nobody asked who cared for the baby at night",
        ),
        items(
            "recommendations",
            "Recommendations include",
            "one message on safe sleeping for all agencies",
            "a check of the home before the first discharge",
        ),
    ),
    keywords=("infant deaths", "sleeping behaviour"),
    links=(
        Link(
            "Download report here",
            "https://library.example.org/search2?searchTerm0=C0002",
            state="live",
            media="application/pdf",
            size=640_000,
        ),
    ),
)
ROSE = review(
    3,
    publisher="Millhaven",
    name='"Rose"',
    summary='Death of a 15-year-old girl, "Rose", in 2013, after an assault by an older boyfriend.',
    sections=(
        Section("background", "Background", "Rose had been homeless for part of that year."),
        items(
            "learning",
            "Findings include",
            "when safeguarding teenagers there is a tension between their choices and their safety",
            "the form used for adults misses what matters to under-18s",
        ),
    ),
    links=(Link("Download report here", "https://library.example.org/C0003", state="dead"),),
)
JOE = review(
    4,
    publisher="Millhaven",
    name='"Joe"',
    summary="Non-accidental head injury of a 7-month-old boy. Little was known about the father.",
    sections=(Section("recommendations", "Makes recommendations", "Makes recommendations for midwifery."),),
)
FOUR = (THEMATIC, BABY, ROSE, JOE)
EDITED = Update(
    review(50, publisher="Oldbridge", name="Child Q", year=2014),
    SEEN,
    (Change("summary", "One.", "Two."), Change("keywords", "a", "b")),
)
READ = tuple(
    SourceCoverage(
        name,
        begun_at=datetime(2016, 8, 1, tzinfo=UTC),
        begun=date(2016, 8, 1),
        last=date(2016, 9, 30),
        next=date(2016, 10, 1),
        last_read=date(2016, 9, 30),
    )
    for name in ("nspcc", "adults", "fires")
)
GONE = review(60, publisher="Farley", name="Family X", year=2012, status="withdrawn")


def full_issue() -> Issue:
    """An issue with everything that an issue can have."""
    return issue(
        *FOUR,
        note="This month’s note comes from the editor.\nThere is a second paragraph.",
        updated=(EDITED,),
        withdrawn=(GONE,),
        sources=READ[:1],
    )


ADULTS = "Safeguarding Adults National Network"
TWO = replace(WORDING, collections=(("nspcc", ""), ("adults", ADULTS)))
ADULT = review(
    70,
    source="adults",
    publisher="Aldercombe",
    name="Mr K",
    summary="Death of a 61-year-old man who lived alone and had turned away help with his flat and his health.",
    sections=(
        items(
            "learning",
            "Learning includes",
            "refusing help once was taken for refusing it always",
            "nobody led when housing, health and social care were all involved",
        ),
    ),
    keywords=("self-neglect", "mental capacity"),
    links=(Link("Read the report", "https://adults.example.org/k.pdf", media="application/pdf", size=410_000),),
    kind="Safeguarding Adults Review",
)
MRS = replace(
    ADULT,
    id=71,
    key="a71",
    publisher="Zennor Bay",
    name="Mrs L",
    summary="Neglect of a woman of 88 in a care home in the year before it closed.",
    sections=(Section("recommendations", "Makes recommendations", "Makes recommendations for commissioners."),),
    links=(),
)
PAIR = (ADULT, MRS)


def grouped_issue(*more: Review, **how: Any) -> Issue:
    """An issue of two collections with everything that it can have; render it with TWO."""
    edits = (EDITED, replace(EDITED, review=replace(EDITED.review, id=51, source="adults", name="Mrs P")))
    full = {"updated": edits, "withdrawn": (GONE,), "sources": READ[:2], **how}
    return compose((*PAIR, *FOUR, *more), PERIOD, TWO, until=UNTIL, **full)


def plain(text: str) -> str:
    """On one line."""
    return " ".join(text.split())


TWINS = (replace(BABY, id=8, key="t"), replace(BABY, id=9, key="u", year=2015), replace(THEMATIC, id=10))
HOSTILE = review(
    13,
    publisher="<script>alert(1)</script>",
    name='"onmouseover="alert(1)',
    summary="</td></tr></table><img src=x onerror=alert(1)>{{ 7 * 7 }}\x00\x07",
    sections=(Section("learning", "<h1>", "a", ("<style>*{}</style>", "&amp;")), Section("other", "<b>", "<i>")),
    keywords=("<b>", '"'),
    links=(Link("<u>", "javascript:alert(1)"), Link('"><i>', 'https://x.example/"><script>alert(1)</script>')),
    nation="<b>",
    kind="<!-- ",
)
ISSUES = {
    "full": full_issue(),
    "empty": issue(),
    "one": issue(JOE),
    "twins": issue(*FOUR, *TWINS),
    "hostile": issue(HOSTILE, BABY, note="<script>alert(1)</script>\nTwo"),
    "long": issue(*(replace(FOUR[n % 4], id=n + 1, key=str(n)) for n in range(150))),
}
