"""Every button that the desk offers works: in each state of an issue, what is shown as open can be done."""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.config.schema import MailSettings, NewsletterSettings
from core.config.value_forms import SecretStr
from core.source_records import Run
from db.collection import runs
from db.mail import issue_marks
from db.operator import home
from db.schema.connect import Database
from tests.app.web.operator import PERIOD, Desk, approved, sent
from tests.app.web.ops.test_login import address, rules
from tests.support.web_site import Visitor

PAGES = ("", "/edit", "/add", "/preview", "/test", "/approve", "/send", "/correct", "/settle")
ISSUE_PAGES = (
    *(f"/ops/issues/{PERIOD}{page}" for page in PAGES),
    *(f"/ops/queue/{PERIOD}{page}" for page in ("", "/again")),
)
ASKS_THE_NETWORK = ("Scrape", "Do it now")  # buttons that read sources
FILES_ONLY = MailSettings(sender="Case reviews <news@example.org>")  # as approved, and nobody is mailed
FORM = re.compile(r'<form [^>]*method="post" action="([^"]+)"[^>]*>(.*?)</form>', re.S)
TYPED = {  # what somebody types where a page asks for words
    "addresses": "me@example.org",
    "words": "The year was 2015.",
    "reason": "",
    "note": "A note.",
}


@dataclass(frozen=True)
class Button:
    """A button of a form, with what the form holds when the page opens."""

    page: str
    action: str
    fields: tuple[tuple[str, str], ...]
    words: str


def quarantine(db: Database, desk: Desk) -> None:
    """A read of the source that was not believed, where the month had none since its end."""
    db.execute("DELETE FROM runs WHERE started_at >= '2016-10-01'")
    runs.add(db, Run("nspcc", desk.house.clock.now, 1, 2, quarantined=1, problems=("2 reviews",)))


def draft(db: Database, desk: Desk) -> None:
    """It waits for its approval."""
    db.execute("UPDATE issues SET status = 'draft', approved_hash = ''")


def drafted_and_quarantined(db: Database, desk: Desk) -> None:
    """It waits for its approval, and its source is not believed."""
    draft(db, desk)
    quarantine(db, desk)


def unbuilt_and_quarantined(db: Database, desk: Desk) -> None:
    """It was never built, and its source is not believed."""
    db.execute("DELETE FROM issues")
    quarantine(db, desk)


def changed(db: Database, desk: Desk) -> None:
    """It was approved, and would be another now."""
    db.execute("UPDATE reviews SET name = 'Child ZZ' WHERE baseline = 0")


def paused(db: Database, desk: Desk) -> None:
    """The timer does not send it."""
    db.execute("UPDATE issues SET paused = 1")


def away(db: Database, desk: Desk) -> None:
    """The house woke on another machine."""
    home.save(db, "another", desk.house.clock.now)
    home.mark_away(db, desk.house.clock.now)


def refused(db: Database, desk: Desk) -> None:
    """Some readers did not get it."""
    db.execute("UPDATE deliveries SET state = 'refused', reply = '550 no' WHERE id = 1")


def refused_and_away(db: Database, desk: Desk) -> None:
    """Some did not get it, and the house woke on another machine."""
    refused(db, desk)
    away(db, desk)


def restored(db: Database, desk: Desk) -> None:
    """A backup was restored: nobody knows whether it went out since."""
    refused(db, desk)
    issue_marks.save(db, PERIOD, "restored", desk.house.clock.now)


def nothing(db: Database, desk: Desk) -> None:
    """As it is."""


UNUSABLE = MailSettings(
    sender="Case reviews <news@example.org>",
    transport="smtp",
    live=True,
    dkim_domain="example.org",
    dkim_key=SecretStr("no key"),
)
HOLD, WAITS = NewsletterSettings(), NewsletterSettings(publish="approve")
STATES: dict[str, tuple[Callable[[Path], Database], Callable[[Database, Desk], None], dict[str, object]]] = {
    "never built": (approved, lambda db, desk: db.execute("DELETE FROM issues"), {}),
    "never built, quarantined": (approved, unbuilt_and_quarantined, {}),
    "draft": (approved, draft, {"newsletter": WAITS}),
    "draft, quarantined": (approved, drafted_and_quarantined, {"newsletter": HOLD}),
    "draft, mail cannot leave": (approved, draft, {"mail": UNUSABLE}),
    "approved": (approved, nothing, {}),
    "approved, quarantined": (approved, quarantine, {}),
    "approved, changed": (approved, changed, {"newsletter": WAITS}),
    "approved, paused": (approved, paused, {}),
    "approved, woken elsewhere": (approved, away, {}),
    "sent": (sent, nothing, {}),
    "sent, refused by some": (sent, refused, {}),
    "sent, refused by some, woken elsewhere": (sent, refused_and_away, {}),
    "sent, backup restored": (sent, restored, {}),
}


def open_desk(folder: Path, name: str) -> Desk:
    make, change, settings = STATES[name]
    db = make(folder)
    desk = Desk(db, **{"mail": FILES_ONLY, **settings})
    change(db, desk)
    return desk


def list_buttons(who: Visitor, pages: Iterable[str] = ISSUE_PAGES) -> Iterator[Button]:
    """Every enabled button of these pages."""
    for page in pages:
        answer = who.get(page)
        for action, body in FORM.findall(answer.text):
            held = tuple(_fields(body))
            for attributes, words in re.findall(r"<button([^>]*)>(.*?)</button>", body, re.S):
                pressed = re.search(r'name="([^"]*)" value="([^"]*)"', attributes)
                own = ((pressed[1], html.unescape(pressed[2])),) if pressed else ()
                if "disabled" not in attributes and "aria-hidden" not in attributes and words != "Log out":
                    yield Button(page, html.unescape(action), held + own, re.sub(r"<[^>]*>", "", words))


def _fields(body: str) -> Iterator[tuple[str, str]]:
    """What a browser would send of a form as it opens, with words where it asks for some."""
    for tag in re.findall(r"<input [^>]*>", body):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind = attributes.get("type", "text")
        if attributes["name"] != "csrf_token" and (kind not in ("radio", "checkbox") or " checked" in tag):
            value = html.unescape(attributes.get("value", ""))
            yield attributes["name"], value or (TYPED.get(attributes["name"], "") if kind == "text" else "")
    for name in re.findall(r'<textarea [^>]*name="([\w-]+)"', body):
        yield name, TYPED.get(name, "")
    for name, options in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', body, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        yield name, chosen[1] if chosen else ""
    if 'name="review"' in body and (known := re.search(r'name="review" value="(\d+)"', body)):
        yield "review", known[1]


def press(desk: Desk, who: Visitor, button: Button) -> str:
    """Why a button does not do what it says; empty where it does."""
    answer = who.press(button.page, dict(button.fields), button.action)
    if answer.status_code >= 400:
        return f"{answer.status_code}"
    if "/ops/tasks/" in (where := answer.headers.get("Location", "")):
        desk.wait()
        said = who.get(f"{where}.json").json
        return str(said["error"])
    return ""


@pytest.mark.parametrize("name", STATES)
def test_every_button_that_is_offered_works(tmp_path: Path, name: str) -> None:
    first = open_desk(tmp_path / "first", name)
    buttons = list(dict.fromkeys(list_buttons(first.operator())))
    first.db.close()
    wrong = []
    for at, button in enumerate({(one.action, one.words.partition(":")[0]): one for one in buttons}.values()):
        desk = open_desk(tmp_path / str(at), name)
        if why := press(desk, desk.operator(), button):
            wrong.append((button.page, button.words, why))
        desk.db.close()

    assert wrong == []
    assert buttons or "mail" in name


def test_every_other_button_of_the_desk_works_or_asks_for_what_was_not_typed(tmp_path: Path) -> None:
    first = open_desk(tmp_path / "first", "sent, refused by some")
    pages = sorted({*map(address, rules(first, "GET"))} - {*ISSUE_PAGES})
    buttons = {
        (one.action, one.words.partition(":")[0]): one
        for one in list_buttons(first.operator(), pages)
        if not one.words.startswith(ASKS_THE_NETWORK)
    }
    first.db.close()
    wrong = []
    for at, button in enumerate(buttons.values()):
        desk = open_desk(tmp_path / str(at), "sent, refused by some")
        why = press(desk, desk.operator(), button)
        if why and not (why == "422" and "" in dict(button.fields).values()):
            wrong.append((button.page, button.words, why))
        desk.db.close()

    assert wrong == []
    assert len(buttons) > 12
