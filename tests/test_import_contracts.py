"""Import contracts: what is forbidden is planted in every module of a copy, and import-linter refuses all of it."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("core", "scraper", "newsletter", "db", "services", "templates", "app")
ALLOWED = {  # library: the modules, or whole rooms, that may import it
    "smtplib": ("newsletter.mail.smtp_login",),
    "oauthlib": ("newsletter.oauth.token_server",),
    "imaplib": ("newsletter.inbound.imap",),
    "dns": ("newsletter.dns.resolver",),
    "requests": (
        "scraper.fetch",
        "newsletter.oauth.token_server",
        "app.web.ops.oidc_client",
        "app.web.replica.forwarding",
    ),
    "authlib": ("app.web.ops.oidc_client",),
    "joserfc": ("app.web.ops.oidc_client",),
    "pyotp": ("services.operator.second_factor",),
    "segno": ("services.operator.second_factor",),
    "flask": ("app.web",),
    "click": ("app.cli",),
    "sqlite3": ("db",),
    "sqlite_utils": ("db",),
    "apscheduler": ("app.scheduler.timer",),
    "jinja2": ("app.web", "newsletter.issue.render", "newsletter.issue.template_cache"),
    "structlog": ("app.runtime.logging_setup",),
    "redis": ("newsletter.cluster.batch_store",),
    "celery": ("app.worker", "newsletter.cluster.task_queue"),
    "docx": ("newsletter.briefing.word_document",),
    "rispy": ("newsletter.briefing.citations",),
}
FLOORS = (  # from the top; rooms of one floor are strangers to one another
    ("app.cli",),
    ("app.checks",),
    ("app.web", "app.scheduler", "app.demo", "app.worker"),
    ("app.runtime",),
    ("services.operator",),
    ("services.delivery",),
    ("services.issues",),
    ("services.readers",),
    ("services.collect",),
    ("scraper", "newsletter", "db"),
    ("core",),
)
NEW_ROOMS = ("services.letters", "app.api")  # without a floor of their own


def forbidden_pairs() -> Iterator[tuple[str, str]]:
    """Each room and each other room that it may not import: those above, those beside it, and app from services."""
    for number, floor in enumerate(FLOORS):
        for room in floor:
            beside = [other for other in floor if other != room]
            above = [other for higher in FLOORS[:number] for other in higher]
            yield from ((room, other) for other in above + beside)


def module_name(file: Path) -> str:
    """A file of the copy as it is imported."""
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def is_allowed(module: str, library: str) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in ALLOWED[library])


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The packages, without anything but code, in the working directory."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=data_files)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def data_files(folder: str, names: list[str]) -> list[str]:
    """What copying leaves out."""
    return [name for name in names if Path(folder, name).is_file() and not name.endswith(".py")]


def lint() -> tuple[int, str]:
    """What import-linter says of the working directory, each module's line as one."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-cache"]
    environment = os.environ | {"PYTHONPATH": str(Path.cwd()), "COLUMNS": "1000"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    return done.returncode, done.stdout + done.stderr


def test_the_tree_keeps_every_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], capture_output=True, text=True, cwd=ROOT
    )

    assert done.returncode == 0, done.stdout


def test_every_foreign_library_is_refused_in_every_other_module(copy: Path) -> None:
    planted = []
    for file in sorted(file.relative_to(copy) for room in ROOMS for file in (copy / room).rglob("*.py")):
        module = module_name(file)
        libraries = [library for library in ALLOWED if not is_allowed(module, library)]
        with file.open("a", encoding="utf-8") as lines:
            lines.writelines(f"import {library}\n" for library in libraries)
        planted += [(module, library) for library in libraries]

    code, said = lint()

    assert code == 1
    assert len(planted) > 2000
    assert [f"{module} -> {library}" for module, library in planted if f"{module} -> {library} " not in said] == []


def test_every_import_upwards_or_sideways_is_refused(copy: Path) -> None:
    planted: dict[str, list[str]] = {}
    for room, other in forbidden_pairs():
        planted.setdefault(room, []).append(other)
    for floor in FLOORS:
        for room in floor:
            folder = copy / room.replace(".", "/")
            (folder / "leaf.py").touch()
            lines = "".join(f"import {other}.leaf\n" for other in planted.get(room, ()))
            (folder / "planted.py").write_text(lines, "utf-8")

    code, said = lint()

    assert code == 1
    pairs = [f"{room}.planted -> {other}.leaf" for room, others in planted.items() for other in others]
    assert len(pairs) > 60
    assert [pair for pair in pairs if pair not in said] == []


@pytest.mark.parametrize("room", NEW_ROOMS)
def test_a_room_without_a_floor_is_refused(copy: Path, room: str) -> None:
    folder = copy / room.replace(".", "/")
    folder.mkdir()
    (folder / "__init__.py").touch()

    code, said = lint()

    assert code == 1
    assert room.rpartition(".")[2] in said


def test_every_declared_library_is_known_to_a_contract() -> None:
    """What is not named in a contract may be imported anywhere: so each library is."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    named = {
        name
        for contract in project["tool"]["importlinter"]["contracts"]
        for name in contract.get("forbidden_modules", ())
    }
    modules = {
        **{"beautifulsoup4": "bs4", "dnspython": "dns", "python-dateutil": "dateutil", "python-docx": "docx"},
        **{"markdown-it-py": "markdown_it"},
        "python-dotenv": "dotenv",
    }
    data = {"tzdata"}  # no module of it is imported
    libraries = {line.split(">")[0].split("=")[0] for line in project["project"]["dependencies"]} - data

    assert sorted(one for one in libraries if modules.get(one, one.replace("-", "_")) not in named) == []
