"""A source that never fails in silence: one address, answering in turn everything that has ever gone wrong."""

import json
import re
from collections.abc import Callable
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from tests.conftest import Typed
from tests.support.installation import PAGES, configure, opened, rows
from tests.support.loopback_site import Answer, Request, Site

Type = Callable[..., Typed]
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
ERA = PAGES / "2016"
ROBOTS = Answer(200, b"User-agent: *\nAllow: /\n", {"Content-Type": "text/plain"})
GOOD = (ERA / "headings.html").read_bytes()
COLLECTION = ("reviews", "sections", "keywords", "links", "review_versions", "review_events", "sightings", "sources")


def half() -> bytes:
    """The page with half of its six entries."""
    parts = re.split(rb"(?=<h3)", GOOD)
    first = [n for n, part in enumerate(parts) if part.startswith(b"<h3") and b"20" in part[:60]]
    return b"".join(part for n, part in enumerate(parts) if n not in first[1:4])


def renamed() -> bytes:
    """The page with every label renamed."""
    return re.sub(
        rb"(?i)background|key[^<>a-z]*issues|recommendations|key ?words|model",
        b"Particulars",
        (ERA / "flat.html").read_bytes(),
    )


TURNS = [  # what the address answers, the exit code, and what is said
    ("an error page with 200", (PAGES / "broken" / "error.html").read_bytes(), 4, "it looks like an error page"),
    ("a captcha", (PAGES / "broken" / "captcha.html").read_bytes(), 4, "it looks like a bot check"),
    ("half the entries", half(), 4, "only 3 reviews are listed where 6 were before"),
    ("all headings in a new markup", (ERA / "accordion.html").read_bytes(), 0, "6 unchanged"),
    ("all labels renamed", renamed(), 4, "have a known label where 6 of 6 had"),
    ("an empty list", (PAGES / "broken" / "blank.html").read_bytes(), 4, "no review headings were found"),
    ("good again", GOOD, 0, "6 unchanged"),
]


def test_the_drill(typed: Type) -> None:
    answers = [GOOD, *(body for _, body, _, _ in TURNS)]
    with Site({"/robots.txt": lambda _: ROBOTS, "/list": lambda _: Answer(200, answers.pop(0))}) as site:
        configure(site.url("/list"))
        Path("casereviews.toml").write_text('operator = "ops@example.org"\n' + Path("casereviews.toml").read_text())
        typed("init")
        assert typed("scrape", "--as-of", "2026-03-01").code == 0
        with opened() as db:
            before = {name: count for name, count in rows(db).items() if name in COLLECTION}

        for day, (what, _, code, said) in enumerate(TURNS, 2):
            answer = typed("scrape", "--as-of", f"2026-03-0{day}")
            issue = typed("issue", "build", "2026-03")

            assert (what, answer.code) == (what, code)
            assert said in answer.out + answer.err
            with opened() as db:
                assert {name: count for name, count in rows(db).items() if name in COLLECTION} == before
            assert (what, issue.code) == (what, code)  # blocked while quarantined, released when good
            if code:
                assert "casereviews: the issue waits: nspcc is quarantined" in issue.err

    subjects = [
        BytesParser(policy=policy.default).parsebytes(file.read_bytes())["Subject"]
        for file in sorted(Path("data/outbox").glob("*.eml"))
    ]
    assert [subject for subject in subjects if "is read rightly" not in subject] == [
        "casereviews: nspcc is broken",
        "casereviews: nspcc is well again",
        "casereviews: nspcc is broken",
        "casereviews: nspcc is well again",
    ]


def test_a_person_accepts_the_very_page_they_looked_at(typed: Type) -> None:
    answers = [GOOD, half()]
    with Site({"/robots.txt": lambda _: ROBOTS, "/list": lambda _: Answer(200, answers.pop(0))}) as site:
        configure(site.url("/list"))
        typed("init")
        typed("scrape", "--as-of", "2026-03-01")
        assert typed("scrape", "--as-of", "2026-03-02").code == 4

        accepted = typed("scrape", "--accept", "--as-of", "2026-03-02")
        asked = len(site.paths())

    assert asked == 3
    assert (accepted.code, "3 missing" in accepted.out) == (0, True)
    assert "accepted although only 3 reviews are listed" in accepted.err
    assert typed("issue", "build", "2026-03").code == 0


def test_quiet_is_not_broken_and_silence_is_stale(typed: Type) -> None:
    def listing(request: Request) -> Answer:
        return Answer(304) if "if-none-match" in request.headers else Answer(200, GOOD, {"ETag": '"one"'})

    with Site({"/robots.txt": lambda _: ROBOTS, "/list": listing}) as site:
        configure(site.url("/list"))
        typed("init")
        for _ in range(3):
            assert typed("scrape").code == 0
        quiet = json.loads(typed("status", "--json").out)["sources"][0]
        typed("scrape", "--as-of", "2026-01-01")

    assert (quiet["ok"], quiet["state"]) == (True, "well")
    assert "outbox" not in {path.name for path in Path("data").iterdir()}


def test_an_address_that_fails_once_is_tried_again_and_twice_is_broken(typed: Type) -> None:
    answers = [Answer(200, GOOD), Answer(404), Answer(404), Answer(404), Answer(200, GOOD)]
    with Site({"/robots.txt": lambda _: ROBOTS, "/list": lambda _: answers.pop(0)}) as site:
        configure(site.url("/list"))
        Path("casereviews.toml").write_text('operator = "ops@example.org"\n' + Path("casereviews.toml").read_text())
        typed("init")
        states = []
        for _ in range(5):
            typed("scrape")
            states.append(json.loads(typed("status", "--json").out)["sources"][0]["state"])

    assert states == ["well", "well", "broken", "broken", "well"]
    assert len(list(Path("data/outbox").glob("*.eml"))) == 2


def test_a_review_that_goes_is_missing_then_withdrawn_then_back(typed: Type) -> None:
    parts = re.split(rb"(?=<h3)", GOOD)
    entry = next(n for n, part in enumerate(parts) if part.startswith(b"<h3") and b"Stoke" not in part)
    without = b"".join(part for n, part in enumerate(parts) if n != entry)
    answers = [GOOD, without, without, without, GOOD]
    with Site({"/robots.txt": lambda _: ROBOTS, "/list": lambda _: Answer(200, answers.pop(0))}) as site:
        configure(site.url("/list"))
        typed("init")
        seen = []
        for day in ("01", "02", "02", "03", "04"):
            typed("scrape", "--as-of", f"2026-03-{day}")
            listed = json.loads(typed("reviews", "list", "--json").out)
            gone = json.loads(typed("reviews", "list", "--facet", "status=withdrawn", "--json").out)
            seen.append((sum(r["status"] == "missing" for r in listed), len(gone)))
            if day == "03":
                text = typed("issue", "build", "2026-03").out + typed("issue", "show", "2026-03").out

    assert seen == [(0, 0), (1, 0), (1, 0), (0, 1), (0, 0)]
    assert "Withdrawn" in text
