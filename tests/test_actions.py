"""Actions: no error or notice names a command but in its action, and every action leads to a page that is there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from werkzeug.exceptions import HTTPException

from app.cli import cli
from core import actions
from core.actions import Action
from db.schema.connect import Database
from tests.support.web_site import Site

ROOT = Path(__file__).parents[1]
ROOMS = ("core", "db", "newsletter", "scraper", "services", "app/web", "app/scheduler")  # the others speak to terminals
VERBS = sorted(cli.list_commands(click.Context(cli)))
COMMAND = re.compile(
    rf"casereviews (?:(?:{'|'.join(VERBS)})\b|\{{\}})|(?<!\w)--[a-z-]{{3,}}(?![a-z-]*:)|pip install|systemctl"
)
MAKERS = {"Action", *(name for name in dir(actions) if name.endswith("_action"))}
Found = tuple[str, int, str]


def parsed(room: str) -> Iterator[tuple[Path, ast.Module]]:
    for file in sorted((ROOT / room).rglob("*.py")):
        yield file.relative_to(ROOT), ast.parse(file.read_text("utf-8"))


def text_of(node: ast.AST) -> str:
    """A string as it is written, "{}" for what is filled in."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""


def is_place_of_commands(node: ast.AST) -> bool:
    """Whether commands may stand in it: an action, a name that says so, the log, a docstring."""
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        logs = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "log"
        return name in MAKERS or logs
    if isinstance(node, ast.Assign):
        return any("command" in getattr(target, "id", "").lower() for target in node.targets)
    if isinstance(node, ast.keyword):
        return "command" in (node.arg or "")
    if isinstance(node, ast.FunctionDef):
        return "command" in node.name
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def commands_outside(node: ast.AST, file: str) -> Iterator[Found]:
    """The strings below a node that name a command where none may stand."""
    if is_place_of_commands(node):
        return
    if (words := text_of(node)) and COMMAND.search(words):
        yield file, node.lineno, words  # type: ignore[attr-defined]  # a string stands in a line
        return
    for child in ast.iter_child_nodes(node):
        yield from commands_outside(child, file)


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_person_is_told_names_a_command_in_its_action_alone(room: str) -> None:
    # the page that says what is done in a terminal; what only a program that collects figures is told
    allowed = {"app/web/ops/command_places.py", "app/web/api/prometheus.py"}

    found = [
        one for file, module in parsed(room) if str(file) not in allowed for one in commands_outside(module, str(file))
    ]

    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        'raise HouseError("it is late", "", f"Send it: casereviews issue send {period}")',
        'fix = "See: casereviews status"',
        'lines = ["Stop it", f"casereviews {verb} it"]',
        'words = "type it with --accept"',
    ],
)
def test_a_command_that_is_told_outside_an_action_is_found(source: str) -> None:
    assert len(list(commands_outside(ast.parse(source), "x.py"))) == 1


@pytest.mark.parametrize(
    "source",
    [
        'raise HouseError("late", "", action=issue_action(period, "Send it", f"casereviews issue send {period}"))',
        'SEE_COMMAND = "casereviews status"',
        'log.error("see: casereviews status")',
        '"""As casereviews status does."""',
        'words = "let the user who runs casereviews read it"',
        'style = "--under: #fff; --on-button: #000"',
    ],
)
def test_a_command_in_its_place_is_none_of_them(source: str) -> None:
    assert list(commands_outside(ast.parse(source), "x.py")) == []


def made_actions() -> list[Action]:
    """One of each maker, and every action that is written down with its route."""
    samples = [
        actions.source_action("nspcc", "Look"),
        actions.issue_action("2016-09", "Look"),
        actions.queue_action("2016-09", "Look"),
        actions.review_action(1, "Look"),
        actions.terminal_action("Look"),
        actions.TRY_AGAIN,
    ]
    for room in ROOMS:
        for _, module in parsed(room):
            constants = {
                target.id: text_of(node.value)
                for node in module.body
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            for node in ast.walk(module):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Action" and node.args:
                    named = constants.get(getattr(node.args[0], "id", ""), "")
                    route = (text_of(node.args[0]) or named).replace("{}", "1")
                    samples += [Action(route, "Look")] if route.startswith("/") else []
    return samples


def test_every_action_leads_to_a_page(db: Database) -> None:
    urls = Site(db).app.url_map.bind("")

    def is_page(route: str) -> bool:
        try:
            endpoint, _ = urls.match(route, method="GET")
        except HTTPException:
            return False
        return endpoint != "ops.nothing"

    routes = {action.route for action in made_actions()}
    assert len(routes) > 6
    assert {route for route in routes if not is_page(route)} == set()
    assert not is_page("/ops/nowhere")
