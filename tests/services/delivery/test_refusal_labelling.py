"""Refusals that nobody understood: kept without anything personal, counted once, and understood once labelled."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.runtime.side_effects import system_effects
from core.errors import HouseError, NotFound
from core.refusal_labels import RefusalLabel, find_label, parse_phrase, refusal_phrase
from core.states import RefusalMeaning
from db.mail import refusal_labels, unknown_refusals
from db.schema.connect import Database, connect, write_transaction
from services.delivery.bounce_handling import BounceOutcome, handle_message, record_refusal
from services.delivery.refusal_labelling import keep_unknown, label_refusal, remove_label
from services.operator.health import assess_health
from services.operator.metrics import collect_metrics
from services.operator.retention import delete_old_records
from tests.app.web.operator import Desk
from tests.conftest import Typed
from tests.newsletter.inbound.test_bounce_shapes import SHAPES
from tests.services.delivery.test_bounce_handling import (
    OWN,
    READER,
    SETTINGS,
    TOKEN,
    at,
    delivery,
    furnished,
    reader,
)
from tests.support.web_site import texts

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
ODD = "550 5.9.9 mailbox nailed shut at mx1.example.org (id 4711)"


def keep(db: Database, *refusals: str, ident: str = "d") -> None:
    with write_transaction(db):
        for number, words in enumerate(refusals):
            keep_unknown(db, f"{ident}{number}", words, NOW + timedelta(hours=number))


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        (ODD, "mailbox nailed shut at id"),
        ("554-<ada@example.org>: Kasten zugenagelt, ÄRGERLICH (#5.0.0)", "kasten zugenagelt ärgerlich"),
        ("550 5.0.0", ""),
        ("", ""),
    ],
)
def test_a_phrase_is_the_words_alone(text: str, phrase: str) -> None:
    assert refusal_phrase(text) == phrase
    assert refusal_phrase(phrase) == phrase


def test_a_label_is_found_by_whole_words_and_the_longest_counts() -> None:
    short, long = RefusalLabel("nailed shut", "gone", NOW), RefusalLabel("nailed shut at", "passing", NOW)

    assert find_label([short, long], ODD) == long
    assert find_label([short], "mailbox nailed shutters") is None
    assert find_label([], ODD) is None


@pytest.mark.parametrize(
    ("typed", "refusal", "why"),
    [
        ("shut", "nailed shut", "too few"),
        ("", "", "too few"),
        ("5.9.9", "", "too few"),
        ("mailbox is full", "nailed shut", "not in that refusal"),
        ("nailed shu", "nailed shut", "not in that refusal"),
    ],
)
def test_words_that_are_too_few_or_not_in_it_are_no_label(typed: str, refusal: str, why: str) -> None:
    with pytest.raises(HouseError, match=why):
        parse_phrase(typed, refusal)


def test_what_is_heard_of_twice_is_kept_once_and_alike_is_one_line(db: Database) -> None:
    keep(db, ODD, ODD.replace("4711", "4712").replace("mx1", "mx2"), "421 gone fishing")
    keep(db, ODD)

    kept = unknown_refusals.listing(db)

    assert [(one.phrase, one.count) for one in kept] == [("mailbox nailed shut at id", 2), ("gone fishing", 1)]
    assert (kept[0].last_at, unknown_refusals.count(db)) == (NOW + timedelta(hours=1), 3)


def test_no_more_are_kept_than_there_is_room_for(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unknown_refusals, "MAX_KEPT", 2)
    keep(db, "one", "two", "three")

    assert unknown_refusals.count(db) == 2


def test_a_label_explains_all_that_hold_its_words(db: Database) -> None:
    keep(db, ODD, "550 the box was nailed shut", "421 gone fishing")
    number = unknown_refusals.listing(db)[0].id

    dry = label_refusal(db, number, "gone", "nailed shut", NOW, dry=True)
    assert (unknown_refusals.count(db), refusal_labels.listing(db)) == (3, [])
    label, explained = label_refusal(db, number, "gone", "nailed shut", NOW)

    assert dry == (label, explained) == (RefusalLabel("nailed shut", "gone", NOW), 2)
    assert refusal_labels.listing(db) == [label]
    assert [one.phrase for one in unknown_refusals.listing(db)] == ["gone fishing"]


def test_a_label_is_taken_back(db: Database) -> None:
    keep(db, ODD)
    label_refusal(db, 1, "gone", "", NOW)

    assert remove_label(db, "mailbox nailed shut at id").meaning == "gone"
    assert refusal_labels.listing(db) == []
    with pytest.raises(NotFound):
        remove_label(db, "mailbox nailed shut at id")
    with pytest.raises(NotFound):
        label_refusal(db, 1, "gone", "", NOW)


# On the road of a bounce


def returned(db: Database, name: str = "unheard-of", **more: bool) -> BounceOutcome:
    return handle_message(at(NOW), SETTINGS, db, (SHAPES / f"{name}.eml").read_bytes(), **more)


def test_a_mail_system_s_message_is_kept_until_a_label_makes_it_a_bounce(db: Database) -> None:
    furnished(db)

    dry = returned(db, dry=True)
    assert unknown_refusals.count(db) == 0
    assert returned(db) == returned(db) == dry
    (kept,) = unknown_refusals.listing(db)
    assert (dry.ours, "not understood" in dry.words, kept.count, reader(db).status) == (False, True, 1, "active")
    assert kept.words == "Zustellung unmöglich Der Kasten von r…@example.org ist zugenagelt."
    label_refusal(db, kept.id, "passing", "ist zugenagelt", NOW)

    assert (returned(db).kind, unknown_refusals.count(db)) == ("soft", 0)


def test_what_is_kept_of_a_message_names_nobody(db: Database) -> None:
    furnished(db)
    own, about = f"https://news.example/unsubscribe/{OWN}", f"<2026-10.{TOKEN}@news.example>"
    raw = (SHAPES / "unheard-of.eml").read_bytes() + f"{own} {about} {READER}\n".encode()

    handle_message(at(NOW), SETTINGS, db, raw)

    (kept,) = unknown_refusals.listing(db)
    assert [one for one in (OWN, TOKEN, READER) if one.lower() in f"{kept.words} {kept.phrase}".lower()] == []
    label_refusal(db, kept.id, "passing", "", NOW)
    assert handle_message(at(NOW), SETTINGS, db, raw).kind == "soft"


@pytest.mark.parametrize(
    ("meaning", "kind"),
    [
        ("gone", "hard"),
        ("domain", "domain"),
        ("passing", "soft"),
        ("sender", "spam"),
        ("content", "spam"),
        ("nothing", ""),
    ],
)
def test_a_refusal_in_unknown_words_is_kept_and_its_label_goes_before_the_table(
    db: Database, meaning: RefusalMeaning, kind: str
) -> None:
    furnished(db)
    number = delivery(db).id
    record_refusal(db, number, "550 your spam box is nailed shut", NOW)
    assert unknown_refusals.count(db) == 0
    record_refusal(db, number, "550 box nailed shut", NOW)
    label_refusal(db, unknown_refusals.listing(db)[0].id, meaning, "", NOW)

    assert record_refusal(db, number, "550 your spam box nailed shut", NOW).kind == kind
    assert record_refusal(db, number, "450 box nailed shut", NOW).kind == (
        "soft" if kind in ("hard", "domain") else kind
    )


# The command


def test_the_command_lists_labels_and_takes_back(typed: Callable[..., Typed]) -> None:
    typed("init")
    with closing(connect(Path("data/casereviews.db"))) as db:
        keep(db, ODD, "421 gone fishing")

    assert typed("refusals", "list").out.startswith("     1  1 time, last on 2026-11-01: 550 5.9.9 mailbox nailed shut")
    assert len(json.loads(typed("refusals", "list", "--json").out)) == 2
    assert typed("refusals", "label", "1", "gone", "--words", "gone").code == 1
    said = typed("refusals", "label", "1", "gone", "--words", "mailbox nailed")
    assert said.out == '"mailbox nailed" means from now on: the mailbox is not there; 1 refusal explained\n'
    assert typed("refusals", "list", "--labels").out == "gone      mailbox nailed\n"
    assert typed("refusals", "unlabel", "Mailbox nailed", "--dry-run").code == 0
    assert json.loads(typed("refusals", "unlabel", "Mailbox nailed", "--json").out)["meaning"] == "gone"
    assert json.loads(typed("refusals", "list", "--labels", "--json").out) == []
    assert "no such label: '99'" in typed("refusals", "unlabel", "99").err


# The pages


def test_the_desk_shows_what_was_not_understood_and_takes_a_label(db: Database) -> None:
    keep(db, ODD, "550 <script>alert(1)</script> nailed shut")
    desk = Desk(db)
    who = desk.operator()

    assert "2 refusals by readers’ servers not understood." in texts(who.get("/ops").text)
    page = who.get("/ops/refusals")
    assert "<script>alert" not in page.text
    wrong = who.press("/ops/refusals", {"words-1": "shut", "meaning": "gone"}, "/ops/refusals/1")
    assert wrong.status_code == 422
    done = who.press("/ops/refusals", {"words-1": "nailed shut", "meaning": "gone"}, "/ops/refusals/1")
    assert done.status_code == 303
    after = texts(who.get("/ops/refusals").text)
    assert "2 refusals explained" in after
    assert "nailed shut : the mailbox is not there" in after
    assert desk.trail()[0] == 'labelled refusals that say "nailed shut": gone'
    assert who.press("/ops/refusals", {"phrase": "nailed shut"}, "/ops/refusals/unlabel").status_code == 303
    assert refusal_labels.listing(db) == []


def test_status_and_metrics_count_what_was_not_understood(db: Database) -> None:
    keep(db, ODD, "421 gone fishing")
    settings = Desk(db).settings

    lines = {line.about: line for line in assess_health(settings, db, NOW).lines}
    figures = {metric.name: metric.values for metric in collect_metrics(settings, db, NOW)}

    assert lines["refusals"].ok
    assert lines["refusals"].words.startswith("2 refusals of the last months not understood")
    assert figures["refusals_not_understood"] == (((), 2.0),)


def test_what_was_not_understood_is_forgotten_after_ninety_days(db: Database) -> None:
    keep(db, ODD)
    settings = Desk(db).settings

    assert [
        delete_old_records(system_effects(), settings, db, NOW + timedelta(days=days)).refusals for days in (90, 91)
    ] == [0, 1]
    assert unknown_refusals.count(db) == 0
