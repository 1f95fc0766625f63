"""Whether the sites we read can write to us, and whether their collections agreed."""

import pytest

from app.checks.finding import Finding
from app.checks.manners import check_contact, check_permission
from core.config.schema import FetchSettings, NewsletterSettings, Settings, Source

LOCAL = Source(name="sample", url="http://127.0.0.1:8000/list")
REAL = Source(name="nspcc", url="https://learning.example.org/list")


@pytest.mark.parametrize(
    ("source", "contact", "verdict"),
    [
        (REAL, "", "failure"),
        (REAL, "ann@localhost", "failure"),
        (REAL, "ann@example.org", "ok"),
        (LOCAL, "", "ok"),
    ],
)
def test_a_site_on_the_web_is_told_whom_to_write_to(source: Source, contact: str, verdict: str) -> None:
    finding = check_contact(Settings(sources=(source,), fetch=FetchSettings(contact=contact)))

    assert finding.verdict == verdict
    assert ("fetch.contact" in finding.fix) == (verdict == "failure")


def permission(*sources: Source, **newsletter: str) -> Finding:
    return check_permission(Settings(sources=sources, newsletter=NewsletterSettings(**newsletter)))


def test_one_line_asks_for_all_whether_the_collections_agreed() -> None:
    finding = permission(REAL, REAL.replace(name="panel"), LOCAL)

    assert finding.verdict == "warning"
    assert "nspcc and panel" in finding.words
    assert "newsletter.permission" in finding.fix
    assert "docs/permission.md" in finding.fix


def test_nothing_is_asked_where_it_was_answered_or_nothing_is_passed_on() -> None:
    answers = [
        permission(REAL, permission="By leave of the collection."),
        permission(REAL, detail="heading"),
        permission(REAL.replace(detail="heading")),
        permission(LOCAL),
    ]

    assert [one.verdict for one in answers] == ["ok"] * 4
    assert answers[0].words == "By leave of the collection."


def test_a_first_sentence_needs_leave_too() -> None:
    assert permission(REAL, detail="first sentence").verdict == "warning"
