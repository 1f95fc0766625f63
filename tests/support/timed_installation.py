"""A house whose clock a test moves, and the site that it reads."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cache
from pathlib import Path
from threading import Event
from typing import Self
from zoneinfo import ZoneInfo

from app.runtime.side_effects import system_effects
from app.scheduler.job_context import JobContext
from app.scheduler.tick import describe_due, run_all_jobs
from core.config.load import load
from core.config.schema import Settings
from core.side_effects import SideEffects
from db.operator.secrets import add_if_missing
from db.schema.connect import Database, connect, create, write_transaction
from newsletter.mail.operator_mail import DRAFT_RULE
from services.collect.source_sample import sign_off
from services.issues import build_issue, release_issue
from services.issues.issue_schedule import issue_standings
from services.operator.scheduler_status import scheduler_lines
from services.readers.import_readers import import_readers
from tests.support.copies import copied
from tests.support.installation import configure
from tests.support.loopback_site import Answer, Request, Site

ADA = "ada@example.org"
NO_DAILY_BACKUPS = "[backup]\nkeep_days = 0\n"  # of a house that lives for weeks: half of the time that it takes
LONDON = ZoneInfo("Europe/London")
ROBOTS = Answer(200, b"User-agent: *\nAllow: /\n", {"Content-Type": "text/plain"})
PDF = Answer(200, b"%PDF-1.7\n<</Linearized 1/L 60/N 24>>" + bytes(24), {"Content-Type": "application/pdf"})
CAPTCHA = Answer(200, b"<html><title>Just a moment</title><body>Verify you are human</body></html>")


def utc(text: str) -> datetime:
    """ "2026-03-29 05:30" as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(when: datetime) -> str:
    """An instant on London's clocks: "2026-03-29 06:30"."""
    return f"{when.astimezone(LONDON):%Y-%m-%d %H:%M}"


@dataclass
class Listing:
    """A listing that a test publishes to, and that may be out of order."""

    names: list[tuple[int, str]] = field(default_factory=list)
    broken: Answer | None = None
    asked: int = 0

    def publish(self, year: int, *names: str) -> None:
        """List further reviews."""
        self.names += [(year, name) for name in names]

    def __call__(self, _: Request) -> Answer:
        self.asked += 1
        if self.broken:
            return self.broken
        entries = "".join(
            f"<h3>{year} – Westmere – {name}</h3><p>Neglect of a child known to the sample as {name}.</p>"
            f"<p>Keywords: neglect, school, {name}</p><p><a href='/reports/{number}.pdf'>Read the report</a></p>"
            for number, (year, name) in reversed(list(enumerate(self.names)))
        )
        return Answer(200, f"<html><body><h2>Published</h2>{entries}</body></html>".encode())


class Installation:
    """`with Installation("2026-01-10 12:00") as house:` a set-up house that reads a site on loopback, at `house.at`."""

    def __init__(self, at: str, more: str = "", port: int = 0) -> None:
        self.at, self.listing, self._more, self._port = utc(at), Listing(), more, port

    def __enter__(self) -> Self:
        self.site = Site({"/robots.txt": lambda _: ROBOTS, "/list": self.listing}, port=self._port)
        self.site.routes |= {f"/reports/{number}.pdf": lambda _: PDF for number in range(100)}
        self.site.__enter__()
        self.set_up()
        return self

    def set_up(self) -> None:
        """Make its configuration and database in the working folder."""
        self.configure(self._more)
        with closing(create(self.settings.database)) as db, write_transaction(db):
            add_if_missing(db, "signing", "a secret of the sample")

    def __exit__(self, *error: object) -> None:
        self.site.__exit__(*error)

    def configure(self, more: str, operator: str = "ops@example.org") -> None:
        """Write the configuration anew."""
        configure(self.site.url("/list"), more)
        file = Path("casereviews.toml")
        file.write_text(f'operator = "{operator}"\nbase_url = "https://news.example.org"\n' + file.read_text("utf-8"))

    @property
    def settings(self) -> Settings:
        """As configured now."""
        return load(Path("casereviews.toml"))

    @property
    def effects(self) -> SideEffects:
        """A world in which it is `at`, and nobody sleeps."""
        return system_effects(now=lambda: self.at, sleep=lambda _: None)

    def standing(self) -> list[str]:
        """What `status` says of the timer; an exclamation mark before what is not all right."""
        with closing(self.db()) as db:
            lines = scheduler_lines(self.settings, db, self.at)
        return [f"{'' if line.ok else '! '}{line.typed}" for line in lines]

    def step(self, period: str) -> str:
        """Where an issue stands."""
        with closing(self.db()) as db:
            return next((one.step for one in issue_standings(self.settings, db, self.at) if one.period == period), "")

    def db(self) -> Database:
        """The database, to be closed."""
        return connect(self.settings.database)

    def read(self, *names: str) -> None:
        """A first read now, of these reviews: known, and no news. Somebody looks, and says yes to how it is read."""
        self.listing.publish(self.at.year, *names)
        self.tick()
        with closing(self.db()) as db:
            sign_off(db, self.settings.sources[0], self.at)

    def readers(self, emails: list[str]) -> None:
        """Readers who have agreed."""
        with closing(self.db()) as db:
            import_readers(self.effects, db, "\n".join(["email", *emails]).encode(), "sample")

    def build(self, period: str = "2026-01") -> None:
        """A person builds an issue."""
        with closing(self.db()) as db:
            build_issue.build_issue(self.effects, self.settings, db, period)

    def approve(self, period: str = "2026-01") -> None:
        """A person approves an issue."""
        with closing(self.db()) as db:
            release_issue.approve_issue(self.effects, self.settings, db, period)

    def tick(self, at: str = "", dry: bool = False) -> list[str]:
        """Tick once; what was done."""
        self.at = utc(at) if at else self.at
        with closing(self.db()) as db:
            context = JobContext(self.effects, self.settings, db, Event())
            return describe_due(context) if dry else [result.words for result in run_all_jobs(context)]

    def until(self, end: str, hours: tuple[str, ...] = ("05:30", "06:30", "08:00", "09:00", "15:00", "22:00")) -> None:
        """Tick at these hours (UTC) of every day up to, not including, `end`."""
        settings, last = self.settings, utc(end)
        with closing(self.db()) as db:
            day = self.at.replace(hour=0, minute=0)
            while day < last:
                for hour in hours:
                    when = day + timedelta(hours=int(hour[:2]), minutes=int(hour[3:]))
                    if self.at < when < last:
                        self.at = when
                        list(run_all_jobs(JobContext(self.effects, settings, db, Event())))
                day += timedelta(days=1)
        self.at = max(self.at, last)


@contextmanager
def news() -> Iterator[Installation]:
    """A house with one reader, that has read its source on 10 January 2026 and again, with news, on the 12th."""
    with Installation("2026-01-10 12:00", port=_port()) as made:
        copied(Path(), f"news-{made.site.port}", lambda: _live_two_days(made))
        made.at, made.listing.asked = utc("2026-01-12 09:00"), 2
        made.listing.names = [(2026, f"Child {letter}") for letter in "ABCD"]
        yield made


def _live_two_days(house: Installation) -> None:
    house.set_up()
    house.readers([ADA])
    house.read("Child A", "Child B", "Child C")
    house.listing.publish(2026, "Child D")
    house.tick("2026-01-12 09:00")


@cache
def _port() -> int:
    """A port that is free, so that the addresses which a copy of a house has stored lead to its site too."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def mails(folder: str = "data/outbox") -> list[EmailMessage]:
    """The messages in a folder, by name."""
    parser = BytesParser(policy=policy.default)
    found = [parser.parsebytes(file.read_bytes()) for file in sorted(Path(folder).glob("*.eml"))]
    return [mail for mail in found if isinstance(mail, EmailMessage)]


def notices() -> list[str]:
    """What the operator was told, in order, without the house's name."""
    return [str(mail["Subject"]).removeprefix("casereviews: ") for mail in mails()]


def said(subject: str) -> str:
    """The words of the one notice with this subject, without the draft that may follow them."""
    (mail,) = [mail for mail in mails() if mail["Subject"] == f"casereviews: {subject}"]
    body = mail.get_body(("plain",))
    assert body
    return str(body.get_content()).replace("\r\n", "\n").partition(DRAFT_RULE)[0]


def but_the_copy(done: list[str]) -> list[str]:
    """What a tick did beside the day's copy of the database."""
    return [words for words in done if not words.startswith("copied the database: casereviews-")]


def readers(period: str) -> list[str]:
    """Who was sent an issue, sorted; somebody who has two is in it twice."""
    return sorted(str(mail["To"]) for mail in mails(f"data/outbox/{period}"))
