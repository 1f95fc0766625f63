"""A real year of the list, a command a day: what was stored, mailed, said each month; no month stuck, nothing false."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import chdir, closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from html import unescape
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.cli import run_command
from app.runtime import side_effects
from core.calendar import month_after
from core.dates import period_of
from core.records import Issue
from db.mail import issues
from tests.support.changing_list import BOT_CHECK, ChangingList
from tests.support.installation import opened
from tests.support.loopback_site import Answer, Site
from tests.support.timed_installation import PDF, ROBOTS, mails, notices, readers

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
LONDON = ZoneInfo("Europe/London")
READERS = ("ada@example.org", "ben@example.org")
FIRST, LAST = date(2026, 11, 28), date(2028, 3, 3)
MONTHS = [month_after("2026-11", count) for count in range(16)]
THESE = ("this case can be found below:", "each of these cases can be found below:")
BROKEN = ("nspcc is broken", "nspcc is well again")
CONFIGURATION = """operator = "ops@example.org"
base_url = "https://news.example.org"
[[sources]]
name = "nspcc"
url = "{url}"
[fetch]
spacing = 0
retries = 0
[mail]
outbox_days = 0
[backup]
keep_days = 0
"""


@dataclass
class Town:
    """An installation in the working folder, the list that it reads, and the day."""

    page: ChangingList
    now: datetime

    def type(self, line: str) -> str:
        """A person types a command; what it answers."""
        out = StringIO()
        with redirect_stdout(out), redirect_stderr(out):
            code = run_command(line.split())
        assert code == 0, f"{self.now:%Y-%m-%d}: casereviews {line}: exit {code}: {out.getvalue()}"
        return out.getvalue()

    def live(self, day: date) -> None:
        """A day of the timer: the morning's reading, and on the month's first days the issue."""
        for clock in ("06:31", "09:01") if day.day <= 3 else ("06:31",):
            self.now = datetime.combine(day, time.fromisoformat(clock), LONDON).astimezone(UTC)
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                assert run_command(["tick"]) in (0, 1, 3, 4)  # what becomes of the source is told elsewhere


def _new_year(town: Town) -> None:
    town.page.years = (2027,)


def _both_years(town: Town) -> None:
    town.page.years = (2027, 2026)


def _trouble(answer: Answer | None) -> Callable[[Town], None]:
    def begin(town: Town) -> None:
        town.page.trouble = answer

    return begin


def _redesign(town: Town) -> None:
    town.page.redesigned = True


EVENTS: dict[str, Callable[[Town], object]] = {  # before dawn of the day
    "2026-12-02": lambda town: town.type("issue edit 2026-11 --add 3 --add 7"),  # the first issue, as a person wants it
    "2026-12-10": lambda town: town.page.add(2026, "Child Q"),
    "2027-01-01": _new_year,  # the new list, and nothing on it
    "2027-01-12": lambda town: town.page.add(2027, "Child R"),
    "2027-01-20": lambda town: town.page.add(2026, "Baby S", listed=2027),  # a late one of last year
    "2027-01-25": _both_years,  # last year's list comes back beside it
    "2027-02-03": _new_year,  # and leaves at once; nothing else in February
    "2027-03-09": lambda town: town.page.add(2019, "Family T", listed=2027),  # backdated
    "2027-03-16": lambda town: town.page.add(2027, "Child U", "Child V"),
    "2027-04-14": _redesign,  # other markup, and every link moves
    "2027-04-20": lambda town: town.page.add(2027, "Child W", "Child X", "Child Y"),
    "2027-04-30": _trouble(BOT_CHECK),  # across the issue day
    "2027-05-03": _trouble(None),
    "2027-05-11": lambda town: town.page.add(2027, *(f"Child AA{n}" for n in range(1, 7))),
    "2027-05-29": _trouble(Answer(500)),  # an outage across the issue day
    "2027-06-04": _trouble(None),
    "2027-06-08": lambda town: town.page.add(2027, *(f"Child BB{n}" for n in range(1, 9))),
    "2027-07-06": lambda town: town.page.add(2027, *(f"Child CC{n}" for n in range(1, 10))),
    "2027-07-12": lambda town: town.page.edit(range(17, 27), words=" and was known to health"),  # 40 edits, in July
    "2027-07-14": lambda town: town.page.edit(range(27, 37), label="Learning themes include"),
    "2027-07-20": lambda town: [town.page.edit([n], name=f"Child DD{n}") for n in range(22, 32)],
    "2027-07-22": lambda town: town.page.edit(range(32, 42), words=" and was known to school", year=2026),
    "2027-08-10": lambda town: town.page.remove(19),
    "2027-09-15": lambda town: town.page.edit([20], words=" after a move"),
    "2027-10-02": lambda town: town.type("issue pause 2027-09"),  # so that it comes too late, and goes into the next
    "2028-02-10": lambda town: setattr(town.page, "years", (2028,)),  # until then last year's; now empty
}


@dataclass(frozen=True)
class Year:
    """What the year left."""

    issues: dict[str, Issue]  # of the months that were sent
    got: dict[str, list[str]]  # who was mailed it
    parts: dict[str, list[str]]  # of one reader's mail: the text and the page, each on one line
    stored: dict[str, Counter[str]]  # of each kind, how many in each month
    told: list[str]  # to the operator


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    """The year, lived once."""
    page = ChangingList()
    page.add(2026, *(f"Child {letter}" for letter in "ABCDEFGHIJKL"))
    folder = tmp_path_factory.mktemp("real-year")
    with (
        chdir(folder),
        Site({"/robots.txt": lambda _: ROBOTS, "/list": page}) as site,
        pytest.MonkeyPatch.context() as at,
    ):
        site.routes |= {"/HeritageScripts/Hapi.dll/search2": lambda _: PDF}
        site.routes |= {f"/library/record/C{9000 + n}/overview.pdf": lambda _: PDF for n in range(60)}
        town = Town(page, datetime(2026, 11, 28, 10, tzinfo=UTC))
        at.setattr(side_effects, "SYSTEM", replace(side_effects.SYSTEM, now=lambda: town.now, sleep=lambda _: None))
        Path("casereviews.toml").write_text(CONFIGURATION.format(url=site.url("/list")), "utf-8")
        for line in (
            "init",
            "scrape",
            "sources show nspcc --yes",
            *(f"subscribers add {who} --confirmed --consent paper" for who in READERS),
        ):
            town.type(line)
        for day in (FIRST + timedelta(days=n) for n in range(1, (LAST - FIRST).days + 1)):
            if event := EVENTS.get(day.isoformat()):
                event(town)
            town.live(day)
        yield _look_back()


def _look_back() -> Year:
    with closing(opened()) as db:
        sent = {one.period for one in issues.list_states(db).values() if one.status == "sent"}
        stored = {what: Counter(_period(at) for (at,) in db.execute(sql).fetchall()) for what, sql in STORED.items()}
        found = {period: issues.get(db, period).issue for period in MONTHS if period in sent}
    parts = {period: _parts(mails(f"data/outbox/{period}")[0]) for period in found}
    return Year(found, {period: readers(period) for period in MONTHS}, parts, stored, notices())


def _parts(mail: EmailMessage) -> list[str]:
    bodies = [mail.get_body((part,)) for part in ("plain", "html")]
    return [" ".join(unescape(str(body.get_content())).split()) for body in bodies if body]


STORED = {  # the instants of what was stored
    "new": "SELECT first_seen FROM reviews",
    "changed": "SELECT seen_at FROM review_versions",
    "withdrawn": "SELECT at FROM review_events WHERE kind = 'withdrawn'",
}


def _period(at: str) -> str:
    return period_of(datetime.fromisoformat(at).astimezone(LONDON).date())


def table(year: Year) -> str:
    """A line a month: what was stored, mailed and said."""
    lines = [f"{'month':8} {'new':>3} {'chg':>3} {'gone':>4}  mailed  holds  updated  withdrawn  said"]
    for period in MONTHS:
        issue, (new, changed, gone) = year.issues.get(period), (year.stored[what][period] for what in STORED)
        told = "    -        -          -  (not sent)"
        if issue:
            counts = f"{len(issue.reviews):5}  {len(issue.updated):7}  {len(issue.withdrawn):9}"
            told = "  ".join([counts, issue.intro, *issue.notices])
        lines.append(f"{period:8} {new:3} {changed:3} {gone:4}  {len(year.got[period]):6}  {told}")
    return "\n".join(lines)


NONE, LIST = "no case reviews were published to the NSPCC Repository", "published to the NSPCC Repository"
GAP = "The list was not read well from {} to {}: what was published then comes with the next issue."
EXPECTED: dict[str, tuple[int, int, int, str]] = {  # reviews, updated, withdrawn, and how the issue begins
    "2026-11": (
        2, 0, 0, "We began to read the list on 28 November 2026. From then to the end of November 2026 "
        f"nothing was added to it. This issue holds two case reviews that were {LIST} earlier.",
    ),
    "2026-12": (1, 0, 0, f"In December 2026 one case review was {LIST}."),
    "2027-01": (2, 0, 0, f"In January 2027 two case reviews were {LIST}."),
    "2027-02": (0, 0, 0, f"In February 2027 {NONE}."),
    "2027-03": (3, 0, 0, f"In March 2027 three case reviews were {LIST}."),
    "2027-04": (3, 0, 0, f"In April 2027 three case reviews were {LIST}."),
    "2027-05": (6, 0, 0, f"In May 2027 six case reviews were {LIST}."),
    "2027-06": (8, 0, 0, f"In June 2027 eight case reviews were {LIST}."),
    "2027-07": (9, 19, 0, f"In July 2027 nine case reviews were {LIST}."),
    "2027-08": (0, 0, 1, f"In August 2027 {NONE}."),
    "2027-10": (0, 1, 0, f"In October 2027 {NONE}."),
    "2027-11": (0, 0, 0, f"In November 2027 {NONE}."),
    "2027-12": (0, 0, 0, f"In December 2027 {NONE}."),
    "2028-01": (0, 0, 0, "The list has not changed since 15 September 2027."),
    "2028-02": (0, 0, 0, f"In February 2028 {NONE}."),
}  # fmt: skip


def test_no_month_is_stuck_and_everybody_has_each_issue_once(year: Year) -> None:
    print(f"\n{table(year)}")  # pytest -s: what was stored, mailed and said

    assert list(year.issues) == list(EXPECTED)
    assert year.got == {period: list(READERS) if period in EXPECTED else [] for period in MONTHS}


@pytest.mark.parametrize("period", EXPECTED)
def test_each_issue_holds_and_says_what_is_true(year: Year, period: str) -> None:
    issue = year.issues[period]
    reviews, updated, withdrawn, begins = EXPECTED[period]
    gaps = {"2027-04": GAP.format("29 April 2027", "3 May 2027"), "2027-05": GAP.format("28 May 2027", "4 June 2027")}

    assert (len(issue.reviews), len(issue.updated), len(issue.withdrawn)) == (reviews, updated, withdrawn)
    assert issue.intro.startswith(begins)
    assert issue.intro.removeprefix(begins).strip() in ("", *(f"A summary of {these}" for these in THESE))
    assert issue.notices == ((gaps[period],) if period in gaps else ())


def test_each_mail_says_it_in_both_parts(year: Year) -> None:
    for period, issue in year.issues.items():
        for part in year.parts[period]:
            said = [issue.intro, *issue.notices, *(review.title for review in issue.reviews)]
            assert [words for words in said if words not in part] == [], period


def test_each_review_is_news_once_and_nothing_is_withdrawn_but_what_was(year: Year) -> None:
    names = [review.name for issue in year.issues.values() for review in issue.reviews]
    gone = [review.name for issue in year.issues.values() for review in issue.withdrawn]

    assert sorted(set(names)) == sorted(names)
    assert len(names) == 34
    assert gone == ["Child W"]
    assert year.stored["changed"] == {"2027-07": 40, "2027-09": 1}


def test_the_operator_hears_of_what_needs_a_person(year: Year) -> None:
    routine = ("the draft of ", "the issue of ")
    waits = ["the issue of April 2027 waits", "the issue of May 2027 waits", "the issue of September 2027 was not sent"]

    assert [told for told in year.told if told.endswith(("waits", "was not sent"))] == waits
    assert [told for told in year.told if not told.startswith(routine)] == [
        "nspcc lists no review now",
        *BROKEN,
        *BROKEN,
        "nspcc has not changed for long",
        BROKEN[1],
        "nspcc lists no review now",
    ]
