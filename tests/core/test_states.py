"""A misspelt state fails `make check`, whether it stands in Python or in SQL; schema and types agree."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from core import states
from core.states import members
from db.schema.connect import create
from tests.lint.sql_states import ROOT, checked_words, known_words, main, misspelt

SETS = {name: value for name, value in vars(states).items() if name[0].isupper() and get_args(value)}
CHECKS: dict[tuple[str, str], Any] = {
    ("accounts", "role"): states.Role,
    ("bounce_holds", "answer"): states.BounceAnswer,
    ("bounces", "ended"): states.PriorStatus,
    ("bounces", "kind"): states.BounceKind,
    ("bounces", "source"): states.BounceSource,
    ("bounces", "standing"): states.BounceStanding,
    ("correction_mailings", "status"): states.MailingStatus,
    ("deliveries", "edition"): states.Edition,
    ("deliveries", "state"): states.DeliveryState,
    ("deliveries", "via"): states.DeliveredBy,
    ("delivery_counts", "state"): states.DeliveryState,
    ("issue_blocks", "edition"): states.Edition,
    ("issue_marks", "mark"): states.IssueMark,
    ("issue_messages", "edition"): states.Edition,
    ("issues", "status"): states.IssueStatus,
    ("link_checks", "state"): states.LinkState,
    ("links", "state"): states.LinkState,
    ("provider_events", "kind"): states.ProviderEventMark,
    ("provider_events", "provider"): states.HookName,
    ("reader_changes", "change"): states.ReaderChange,
    ("refusal_labels", "meaning"): states.RefusalMeaning,
    ("review_events", "kind"): states.ReviewEventKind,
    ("reviews", "nation"): states.Nation,
    ("reviews", "status"): states.ReviewStatus,
    ("saved_searches", "cadence"): states.AlertCadence,
    ("sections", "kind"): states.SectionKind,
    ("signup_attempts", "kind"): states.AttemptKind,
    ("source_states", "state"): states.SourceHealth,
    ("subscribers", "consent_channel"): states.ConsentOrigin,
    ("subscribers", "edition"): states.Edition,
    ("subscribers", "rest"): states.RestOfIssue,
    ("subscribers", "status"): states.SubscriberStatus,
    ("suppressions", "reason"): states.SuppressionReason,
    ("takedown_questions", "answer"): states.TakedownAnswer,
    ("takedowns", "previous_status"): states.ReviewStatus,
    ("transactional_mail", "kind"): states.TransactionalKind,
    ("transactional_mail", "state"): states.DeliveryState,
}
SCRATCH = """
def {name}_compared(state: states.{name}) -> bool:
    return state == "{wrong}"  # refused


def {name}_asked(state: states.{name}) -> bool:
    return state in ("{right}", "{wrong}")  # refused


def {name}_asked_otherwise(state: states.{name} | None) -> bool:
    return state not in {{"{right}", "{wrong}"}}  # refused


def {name}_returned() -> states.{name}:
    return "{wrong}"  # refused


def {name}_counted(counts: dict[states.{name}, int]) -> int:
    return counts["{wrong}"]  # refused


def {name}_held(counts: dict[states.{name}, int]) -> bool:
    return "{wrong}" in counts  # refused


{name}_right: tuple[states.{name}, ...] = ("{right}",)
{name}_wrong: tuple[states.{name}, ...] = ("{right}", "{wrong}")  # refused
"""


def test_every_check_of_the_schema_says_what_its_type_says(tmp_path: Path) -> None:
    with create(tmp_path / "fresh.db") as db:
        assert checked_words(db.conn) == {column: members(known) for column, known in CHECKS.items()}


def test_a_misspelt_state_of_any_set_is_refused_by_the_type_checker(tmp_path: Path) -> None:
    words = {name: members(known)[0] for name, known in SETS.items()}
    parts = [SCRATCH.format(name=name, right=right, wrong=f"{right[:-1]}~") for name, right in words.items()]
    program = "\n".join(["from core import states", *parts])
    (tmp_path / "scratch.py").write_text(program)

    command = [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path), str(tmp_path / "scratch.py")]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert len(SETS) > 20
    assert [int(number) for number in re.findall(r"scratch\.py:(\d+): error", told.stdout)] == [
        number for number, line in enumerate(program.splitlines(), 1) if line.endswith("# refused")
    ], told.stdout + told.stderr


def test_no_sql_of_ours_holds_a_misspelt_state(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("sql", "lines"),
    [
        ("SELECT 1 FROM deliveries AS d WHERE d.state = 'queued'", []),
        ("SELECT 1 FROM deliveries AS d WHERE d.state = 'quued'", [1]),
        ("UPDATE issues\nSET status = 'sennding' WHERE period = 'no state'", [2]),
        ("SELECT 1 FROM deliveries WHERE state NOT IN ('queued', 'sending')", []),
        ("SELECT 1\nFROM deliveries\nWHERE state NOT IN (\n'queued', 'sendin')", [3]),
        ("SELECT 1 FROM reviews WHERE status <> 'withdrawm' AND name = 'anything'", [1]),
        ("SELECT 1 FROM deliveries WHERE via = '' OR via = 'smpt'", [1]),
    ],
)
def test_a_misspelt_state_in_sql_is_found_on_its_line(sql: str, lines: list[int]) -> None:
    source = f'db.execute(\n    """{sql}"""\n)\n'

    assert [line - 1 for line, _ in misspelt(source, known_words())] == lines
