"""The operator's form that puts one review of an issue first, with a reason."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.mail import issues
from tests.app.web.operator import PERIOD, Desk, approved
from tests.support.web_site import texts

EDIT = f"/ops/issues/{PERIOD}/edit"
REASON = "For <supervision>."


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[Desk]:
    """September is approved."""
    db = approved(tmp_path)
    yield Desk(db)
    db.close()


def numbers(desk: Desk) -> list[int]:
    return [review.id for review in issues.get(desk.db, PERIOD).issue.reviews]


def test_a_review_put_first_is_stored_with_its_reason_shown_again_and_voids_the_approval(ready: Desk) -> None:
    who, before = ready.operator(), numbers(ready)

    assert who.press(EDIT, {"order": "", "first": str(before[2]), "reason": f"{REASON}\r\n"}).status_code == 303

    kept = issues.get(ready.db, PERIOD)
    assert (kept.edits.first, kept.edits.first_reason, kept.issue.status) == (before[2], REASON, "draft")
    assert numbers(ready) == [before[2], *before[:2]]
    page, form = who.get(f"/ops/issues/{PERIOD}").text, who.get(EDIT).text
    assert "For &lt;supervision&gt;." in page
    assert f'<option value="{before[2]}" selected>' in form
    assert 'value="For &lt;supervision&gt;."' in form
    assert "For your team this week" in kept.html

    assert who.press(EDIT, {"order": "", "first": "", "reason": ""}).status_code == 303
    assert numbers(ready) == before
    assert issues.get(ready.db, PERIOD).edits.first is None


def test_what_a_colleague_stored_meanwhile_is_not_overwritten_unseen(ready: Desk) -> None:
    who, opened = ready.operator(), re.compile(r'name="before" value="(\w+)"')
    mine = {"order": "", "note": "Mine.", "before": opened.findall(who.get(EDIT).text)[0]}
    ready.operator("Kim").press(EDIT, {"order": "", "note": "Theirs."})

    refused = who.press(EDIT, mine)

    assert refused.status_code == 422 and "edited since you opened this page" in texts(refused.text)
    assert "Mine." in refused.text
    assert issues.get(ready.db, PERIOD).edits.note == "Theirs."
    mine["before"] = opened.findall(refused.text)[0]
    assert [who.press(EDIT, mine).status_code for _ in range(2)] == [303, 303]  # a form sent twice stores the same
    assert issues.get(ready.db, PERIOD).edits.note == "Mine."


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"first": "999", "reason": "x"}, "first"),
        ({"first": "evil", "reason": "x"}, "first"),
        ({"first": "", "reason": "of none"}, "first"),
        ({"first": "1", "reason": " "}, "reason"),
        ({"first": "1", "reason": "x" * 501}, "reason"),
        ({"first": "1", "reason": "x", "skip-1": "yes"}, "first"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_stored(
    ready: Desk, fields: dict[str, str], field: str
) -> None:
    who, before = ready.operator(), issues.get(ready.db, PERIOD)
    first = str(before.issue.reviews[0].id)
    typed = {name.replace("-1", f"-{first}"): first if value == "1" else value for name, value in fields.items()}

    answer = who.press(EDIT, {"order": "", **typed})

    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert f'id="{field}-error"' in answer.text
    assert issues.get(ready.db, PERIOD) == before
