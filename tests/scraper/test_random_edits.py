"""Random reviews, edited in every way: each is one change; and once it was taken down, it is held back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random

import pytest

from core.records import Link, Review, Section
from scraper.identity import add_identity
from scraper.match import StoredReview
from scraper.reconcile import reconcile_read
from tests.scraper.test_match import held
from tests.scraper.test_reconcile import NUMBERED

WORDS = (
    "baby child family mother father sibling neglect injury assessment agency school visitor police information "
    "concern risk home partner history drug alcohol housing strategy meeting record culture language moved practice"
).split()
PUBLISHERS = ("Suffolk", "Leeds", "Norfolk", "Kent", "Anonymous", "Anonymous")
NAMES = ("Child A", "Child B", "Baby C", "Family D", "Rowan")
TODAY = date(2026, 12, 1)
Edit = Callable[[Review], Review]


def sentence(random: Random, words: int) -> str:
    return " ".join(random.choice(WORDS) for _ in range(words)).capitalize() + "."


def make(random: Random, number: int) -> Review:
    """A review with a link of any kind, or none."""
    publisher = random.choice(PUBLISHERS)
    first = f"Death of a {random.randint(2, 40)}-week-old {random.choice(('boy', 'girl'))} of a large family."
    text = " ".join((first, *(sentence(random, random.randint(8, 20)) for _ in range(random.randint(2, 5)))))
    listed = "; ".join(sentence(random, 6) for _ in range(4))
    url = random.choice(
        (
            f"{NUMBERED}C{1000 + number}",
            f"https://boards.example.org/{number}.pdf",
            f"https://boards.example.org/{number}",
            "https://boards.example.org/reviews/",
        )
    )
    links = (Link("Read", url),) if random.random() < 0.8 else ()
    sections = (Section("learning", "Learning", listed),)
    return Review("nspcc", publisher, random.choice(NAMES), 2026, summary=text, sections=sections, links=links)


def first_sentence(text: str) -> str:
    return text.partition(". ")[0] + "."


EDITS: dict[str, Edit] = {
    "name": lambda one: replace(one, name=f"{one.name} and sibling"),
    "year": lambda one: replace(one, year=2025),
    "publisher": lambda one: replace(one, publisher="Wessex"),
    "made anonymous": lambda one: replace(one, publisher="Anonymous", name="Child Z"),
    "age": lambda one: replace(one, summary=one.summary.replace("-week-old", "-month-old")),
    "name and age": lambda one: replace(one, name="Child Z", summary=one.summary.replace("-week-old", "-month-old")),
    "anonymous and age": lambda one: replace(
        one, publisher="Anonymous", name="Child Z", summary=one.summary.replace("-week-old", "-month-old")
    ),
    "link": lambda one: replace(one, links=(Link("Read", "https://new.example.org/a.pdf"),)),
    "link gone, anonymous": lambda one: replace(one, publisher="Anonymous", name="Child Z", links=()),
    "shortened": lambda one: replace(one, summary=first_sentence(one.summary)),
    "gone on with": lambda one: replace(one, summary=f"{one.summary} The board has since published a reply."),
    "sections gone": lambda one: replace(one, sections=()),
    "keywords": lambda one: replace(one, keywords=("neglect",)),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_review_is_one_change_and_stays_down_once_it_was_taken_down(edit: Edit) -> None:
    for seed in range(6):
        random = Random(seed)
        listed = [add_identity(make(random, number)) for number in range(20)]
        stranger = add_identity(replace(make(random, 99), publisher="Elsewhere"))
        edited = add_identity(edit(listed[5]))
        read = [*listed[:5], edited, *listed[6:], stranger]
        stored = held(*listed)
        down = [replace(s, review=replace(s.review, taken_down=s.review.id == 6)) for s in stored]

        changed, guarded = reconcile_read(stored, read, TODAY), reconcile_read(down, read, TODAY)

        assert [review.publisher for review in changed.new] == ["Elsewhere"], seed
        assert (changed.missing, changed.ended) == ((), ()), seed
        assert [review.id for review, _ in changed.changed] == [6], seed
        assert [review.publisher for review in guarded.new] == ["Elsewhere"], seed
        assert [(entry.withdrawn_id, entry.position) for entry in guarded.held_back] == [(6, 6)], seed
        assert guarded.changed == (), seed


def test_another_review_in_the_place_of_one_that_is_gone_is_not_taken_for_it() -> None:
    for seed in range(30):
        random = Random(seed)
        listed = [add_identity(make(random, number)) for number in range(20)]
        other = add_identity(replace(make(random, 99), publisher=listed[5].publisher, name=listed[5].name))

        decisions = reconcile_read(held(*listed), [*listed[:5], other, *listed[6:]], TODAY)

        assert (len(decisions.new), [review.id for review in decisions.missing]) == (1, [6]), seed
        assert decisions.changed == (), seed


def test_every_stored_review_is_paired_once() -> None:
    random = Random(1)
    listed = [add_identity(make(random, number)) for number in range(60)]
    stored = [StoredReview(replace(one, id=number)) for number, one in enumerate(listed, 1)]

    decisions = reconcile_read(stored, [*listed, *listed], TODAY)

    assert len(decisions.new) == 60
