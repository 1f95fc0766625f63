"""An invented archive of any size: words as common as words are (Zipf), the same each time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate, islice
from pathlib import Path
from random import Random

from app.runtime.side_effects import system_effects
from core.config.schema import Settings, Source
from core.records import Link, Review, Section
from db.collection import reviews, sightings
from db.mail import issues
from db.operator import secrets
from db.schema.connect import Database, create, write_transaction
from scraper.nations import ENGLISH_AREAS, WELSH_AREAS
from services.issues import build_issue, frozen_issue

NOW = datetime(2026, 10, 20, 9, tzinfo=UTC)
PERIOD = "2026-10"
NEWS = 20  # reviews that are news, and in the issue
VOCABULARY = 30_000  # words
TOPICS = 400
BATCH = 10_000  # reviews stored at once


class Words:
    """Invented words, the n-th as common as 1/n."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.all = list(dict.fromkeys(self._word() for _ in range(VOCABULARY)))
        self._weights = list(accumulate(1 / (n + 5) for n in range(len(self.all))))

    def _word(self) -> str:
        return "".join(
            self._chance.choice("bcdfgklmnprstv") + self._chance.choice("aeiou")
            for _ in range(self._chance.randint(2, 4))
        )

    def some(self, count: int) -> str:
        """So many words."""
        return " ".join(self._chance.choices(self.all, cum_weights=self._weights, k=count))


def entries(count: int) -> Iterator[Review]:
    """So many reviews, of about 200 words each; the last are news."""
    chance = Random(2026)
    words = Words(chance)
    places = [place.strip() for place in f"{ENGLISH_AREAS};{WELSH_AREAS}".split(";")]
    topics = [words.some(2) for _ in range(TOPICS)]
    weights = list(accumulate(1 / (n + 3) for n in range(TOPICS)))
    for number in range(1, count + 1):
        year, publisher = chance.randint(2003, 2026), chance.choice(places)
        harm = chance.choice("Death of a|Neglect of a|Serious injury of a|Suicide of a|Considers".split("|"))
        age = chance.choice(
            "5-week-old girl|7-month-old boy|2-year-old girl|13-year-old boy|17-year-old girl".split("|")
        )
        name = f"Child {words.some(1).title()}"
        yield Review(
            "bench",
            publisher,
            name,
            year,
            title=f"{publisher} – {name}",
            summary=f"{harm} {age}. {words.some(60)}.",
            sections=(
                Section(
                    "learning",
                    "Learning",
                    f"{(first := words.some(45))}; {(second := words.some(45))}.",
                    (first, second),
                ),
                Section("recommendations", "Recommendations", words.some(40)),
            ),
            keywords=tuple(dict.fromkeys(chance.choices(topics, cum_weights=weights, k=6))),
            links=(Link("Read", f"https://x.example.org/{number}", "live", "application/pdf", 1_200_000, 40),),
            catalogue=f"C{number:06}",
            key=f"C{number:06}",
            fingerprint=f"{number:064}",
            nation="England" if chance.random() < 0.9 else "Wales",
            kind="Serious case review" if year < 2019 else "Local child safeguarding practice review",
            baseline=number <= count - NEWS,
        )


def settings(folder: Path) -> Settings:
    """The house in a folder."""
    source = Source(name="bench", url="https://x.example.org/list")
    return Settings(data_dir=folder, base_url="http://127.0.0.1:8765", sources=(source,))


def build(folder: Path, count: int) -> Database:
    """A house with so many reviews and one issue that was sent."""
    folder.mkdir(parents=True)
    own = settings(folder)
    db = create(own.database)
    with write_transaction(db):
        secrets.add_if_missing(db, "signing", "the key of the benchmark")
        left = entries(count)
        while some := [reviews.NewReview(one, one.fingerprint, one.baseline) for one in islice(left, BATCH)]:
            added = reviews.add_many(db, some, NOW)
            sightings.mark_shown(db, "bench", [(number, "print") for number, _ in added], NOW)
    build_issue.build_issue(system_effects(now=lambda: NOW), own, db, PERIOD)
    with write_transaction(db):
        frozen_issue.freeze_issue(own, db, issues.get(db, PERIOD), NOW)
        issues.mark_sent(db, PERIOD, NOW)
    return db
