"""The command line: help, errors, output for people and programs."""

import csv
import io
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pytest

from app.cli import cli
from app.cli.command_list import COMMANDS
from app.cli.review_commands import format_review
from core.config.schema import Settings
from core.config.settings_table import inner_table
from core.records import Review
from tests.conftest import Typed
from tests.support.installation import PAGES, configure, opened
from tests.support.processes import Popen

Type = Callable[..., Typed]
REVIEW = (
    "id source key year month publisher name title summary sections keywords links nation status first_seen "
    "last_seen baseline issue"
).split()


@pytest.fixture
def read(typed: Type) -> Type:
    """A house that has read six reviews of 2016."""
    typed("init")
    typed("scrape", "--from-file", str(PAGES / "2016" / "flat.html"), "--as-of", "2026-01-02")
    return typed


def every_command(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found = [(path, command)] if path else []
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found += every_command(command.get_command(context, name), (*path, name))  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("path", "command"), every_command(cli), ids=lambda v: " ".join(v) if isinstance(v, tuple) else ""
)
def test_every_command_has_help_with_an_example(typed: Type, path: tuple[str, ...], command: click.Command) -> None:
    answer = typed(*path, "--help")

    assert answer.code == 0
    assert f"Example: casereviews {path[0]}" in answer.out


def test_the_list_of_commands_says_what_each_says_itself() -> None:
    own = {name: command.get_short_help_str(200) for (name, *rest), command in every_command(cli) if not rest}

    assert own == {name: listed.summary for name, listed in COMMANDS.items()}


def test_init_writes_what_the_settings_are_by_default_and_keeps_what_is_there(typed: Type) -> None:
    first = typed("init")
    written = Path("casereviews.toml").read_text("utf-8")

    again = typed("init")

    assert (first.code, again.code) == (0, 0)
    assert Path("casereviews.toml").read_text("utf-8") == written
    said = Settings(**tomllib.loads(written))
    assert said == Settings()
    with opened() as db:
        assert db.execute("SELECT COUNT(*) FROM secrets").fetchone()[0] == 1


def test_four_at_once_may_set_up_the_same_house() -> None:
    command = [sys.executable, "-c", "from app.cli import main; main()", "init"]
    processes = [Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]

    answers = [(process.communicate()[1], process.returncode) for process in processes]

    assert answers == [(b"", 0)] * 4
    assert sorted(path.name for path in Path().iterdir()) == ["casereviews.toml", "data"]


def test_every_setting_is_in_the_file_that_init_writes(typed: Type) -> None:
    typed("init")
    text = Path("casereviews.toml").read_text("utf-8")

    for name, field in Settings.KEYS.items():
        assert re.search(rf"^(# )?(\[\[?)?{name}\b", text, re.M), name
        for inner, part in getattr(inner_table(field.kind), "KEYS", {}).items():
            table = inner_table(part.kind)
            key = rf"^\[{name}\.{inner}\]" if table else rf"^(# )?({inner} = |\[\[{name}\.{inner}\]\])"
            assert re.search(key, text, re.M), f"{name}.{inner}"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (Path.mkdir, "it is a folder. Put the file there that it should be"),
        (lambda file: file.symlink_to("nowhere"), "it is a link that leads nowhere. Put back"),
        (lambda file: file.write_bytes(b"# \xff"), "invalid start byte. Save it as UTF-8"),
        (lambda file: file.write_text("a = yes"), "column 5). Correct it as TOML"),
    ],
    ids=["a folder", "a dead link", "Latin-1", "no TOML"],
)
def test_what_stands_in_place_of_the_configuration_is_not_passed_over(
    typed: Type, make: Callable[[Path], None], why: str
) -> None:
    make(Path("casereviews.toml"))

    said = typed("status")

    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "cannot read the configuration: casereviews.toml: " in said.err
    assert why in said.err


def test_status_answers_first_whether_all_is_well(typed: Type) -> None:
    configure()
    typed("init")
    assert typed("status").out.startswith("Nothing is wrong, but nspcc was not read yet; the timer has never run; ")

    typed("scrape", "--from-file", str(PAGES / "2016" / "flat.html"))
    well = typed("status", "--json")

    assert (well.code, json.loads(well.out)["ok"]) == (0, True)


def test_status_exits_1_when_a_source_is_overdue(read: Type) -> None:
    answer = read("status")

    assert answer.code == 1
    assert answer.out.startswith("Not all is well: nspcc: last read well on 2 January 2026")


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("scrape",),
        ("reviews", "list"),
        ("reviews", "show", "1"),
        ("reviews", "search", "x"),
        ("reviews", "export"),
        ("issue", "list"),
        ("issue", "build", "2026-10"),
        ("issue", "preview", "2026-10"),
        ("issue", "show", "2026-10"),
        ("issue", "edit", "2026-10"),
    ],
)
def test_before_init_every_command_exits_10_with_one_line(typed: Type, words: tuple[str, ...]) -> None:
    answer = typed(*words)

    assert (answer.code, answer.out, answer.err.count("\n")) == (10, "", 1)
    assert not Path("data").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nonsense",), 2, "No such command 'nonsense'"),
        (("scrape", "--nonsense"), 2, "No such option"),
        (("issue", "build", "2026-13"), 2, "'2026-13' is no month; write it as 2026-10."),
        (("issue", "build", "October"), 2, "write it as 2026-10"),
        (("issue", "show", "2016-10"), 1, "no such issue: 2016-10. Make it with: casereviews issue build 2016-10"),
        (
            ("issue", "pause", "2999-10"),
            1,
            "no such issue yet: 2999-10 has not begun. See those there are: casereviews",
        ),
        (("issue", "send", "2999-10"), 1, "no such issue yet: 2999-10 has not begun."),
        (("issue", "test-send", "2999-10", "me@example.org"), 1, "the month has not begun: 2999-10"),
        (("reviews", "show", "99"), 1, "no such review: 99"),
        (("reviews", "search", "x", "--facet", "colour=red"), 2, "write NAME=VALUE with one of"),
        (("scrape", "--from-file", "no-such.html"), 2, "no-such.html"),
        (("scrape", "--as-of", "yesterday"), 2, "yesterday"),
        (("--config", "no-such.toml", "status"), 2, "no such configuration file: no-such.toml"),
    ],
)
def test_an_error_is_one_line_that_says_what_and_which(
    typed: Type, words: tuple[str, ...], code: int, said: str
) -> None:
    typed("init")

    answer = typed(*words)

    assert (answer.code, answer.out) == (code, "")
    assert answer.err.count("\n") == 1
    assert answer.err.startswith("casereviews: ")
    assert said in answer.err


def test_a_damaged_database_is_one_line(typed: Type) -> None:
    typed("init")
    Path("data/casereviews.db").write_bytes(b"not a database at all" * 100)

    answer = typed("status")

    assert (answer.code, answer.err.count("\n")) == (1, 1)
    assert "Restore a backup" in answer.err


def test_lists_show_days_by_the_house_s_clock_in_words(read: Type) -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # in London it is July
    review = Review("nspcc", "Kent", "Child A", 2026, title="Kent – Child A", id=7, first_seen=late)

    assert format_review(review, ZoneInfo("Europe/London")) == "     7        1 July 2026  2026  Kent – Child A"
    read("subscribers", "add", "ada@example.org", "--confirmed", "--consent", "By phone.")
    assert re.search(r"(?m)^     1     2 January 2026  2016  ", read("reviews", "list").out)
    assert re.fullmatch(r"active {8} +\d+ [A-Z][a-z]+ \d{4}  ada@example.org\n", read("subscribers", "list").out)


def test_a_review_as_json_has_the_keys_of_the_contract(read: Type) -> None:
    (first, *_) = json.loads(read("reviews", "list", "--json").out)

    assert list(first) == REVIEW
    assert list(first["sections"][0]) == ["kind", "label", "text", "items"]
    assert list(first["links"][0]) == ["text", "url", "state"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first["first_seen"])


def test_a_run_as_json_has_the_keys_of_the_contract(read: Type) -> None:
    page = str(PAGES / "2016" / "flat.html")

    (run,) = json.loads(read("scrape", "--from-file", page, "--as-of", "2026-01-03", "--json").out)

    assert (
        list(run)
        == (
            "source pages seen new changed missing unchanged not_modified quarantined frozen covered leftovers "
            "problems bytes requests seconds"
        ).split()
    )


def test_an_issue_as_json_has_the_keys_of_the_contract(read: Type) -> None:
    issue = json.loads(read("issue", "build", "2026-01", "--json").out)

    assert (
        list(issue)
        == ("period title intro status hash reviews html_bytes text_bytes queued sent refused failed unknown").split()
    )


def test_the_export_opens_in_a_spreadsheet_and_runs_nothing_there(typed: Type) -> None:
    typed("init")
    Path("p.html").write_text("<html><body><h3>2016 – Westmere – =HYPERLINK(1)</h3><p>@SUM(1)</p></body></html>")
    typed("scrape", "--from-file", "p.html", "--as-of", "2026-01-02")

    (row,) = csv.DictReader(io.StringIO(typed("reviews", "export", "--format", "csv").out))

    assert (row["name"], row["summary"], row["year"]) == ("'=HYPERLINK(1)", "'@SUM(1)", "2016")


def test_search_narrows_by_facet(read: Type) -> None:
    everything = json.loads(read("reviews", "search", "child", "--json").out)
    none = json.loads(read("reviews", "search", "child", "--facet", "year=1999", "--json").out)

    assert everything
    assert "«" in everything[0]["extract"]
    assert none == []


def test_search_names_the_other_words_and_the_word_that_is_meant(read: Type) -> None:
    other = read("reviews", "search", "domestic violence")
    wrong = read("reviews", "search", "childern NOT xyzzy")

    assert "Also searched: DVA; domestic abuse; intimate partner violence. Only the words typed:" in other.err
    assert """reviews search '"domestic" "violence"'""" in other.err
    assert wrong.err.splitlines() == ["0 found", "Did you mean? casereviews reviews search 'children -xyzzy'"]


def test_an_unknown_key_of_the_configuration_suggests_the_near_one(typed: Type) -> None:
    Path("casereviews.toml").write_text("[mail]\nprot = 25\n")

    answer = typed("status")

    assert answer.code == 2
    assert answer.err == "casereviews: unknown key: mail.prot in casereviews.toml. Did you mean port?\n"


def test_a_preview_is_written_to_files_and_changes_nothing(read: Type) -> None:
    answer = read("issue", "preview", "2026-01", "--json")

    paths = json.loads(answer.out)
    assert Path(paths["html"]).read_text("utf-8").startswith("<!DOCTYPE html>")
    assert "We began to read the list on 2 January 2026." in Path(paths["text"]).read_text("utf-8")
    assert json.loads(read("issue", "list", "--json").out) == []


def test_the_configuration_is_its_owners_alone(typed: Type) -> None:
    typed("init")

    assert Path("casereviews.toml").stat().st_mode & 0o777 == 0o600
    assert Path("data").stat().st_mode & 0o777 == 0o700
