"""The documents are true: what they name exists, and what exists is named."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from app.runtime.side_effects import system_effects
from app.web import create_app
from core.config.schema import LIST_TABLES, Settings
from db.operator import secrets
from db.schema.connect import create, write_transaction
from tests.documents import ROOT, anchors, blocks, documents, fits, inline, links, prose
from tests.support import program

DEPLOY = sorted(file for file in (ROOT / "docs" / "deploy").rglob("*") if file.is_file())
TEXTS = {str(file.relative_to(ROOT)): file.read_text("utf-8") for file in (*documents(), *DEPLOY)}
PAGES = {name: text for name, text in TEXTS.items() if name.endswith(".md")}
HAND_WRITTEN = {name: text for name, text in PAGES.items() if name not in ("docs/commands.md", "docs/configuration.md")}
README = TEXTS["README.md"]
WORD = re.compile(r"[a-z][a-z-]*")
FOLDERS = ("bin data dev etc home media mnt opt proc root run sbin srv sys tmp usr var path").split()
TOKEN = "A" * 22
FOREIGN_OPTIONS = {"--require-hashes", "--compare"}  # of pip, of the benchmark
FOREIGN_KEYS = {"*.myhostname"}  # Postfix's
each_page = pytest.mark.parametrize("name", sorted(PAGES))
each_text = pytest.mark.parametrize("name", sorted(TEXTS))


def test_the_front_page_has_each_table_row_once() -> None:
    for table in re.findall(r"(?:^\|.*\n)+", README, re.M):
        named = [cell for line in table.splitlines()[2:] if "`" in (cell := line.split("|")[1])]
        assert len(named) == len(set(named))


def wrong_call(words: list[str]) -> str:
    """What of a typed command does not exist; empty when all of it does. Stops at what is not the program's."""
    path: tuple[str, ...] = ()
    known, skip = program.options(()), False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-") and word != "-":
            option = word.rstrip(".,:").split("=")[0]
            if option not in known:
                return f"{' '.join(path)} {option}"
            skip = option in ("--config", "--data-dir") and "=" not in word
        elif isinstance(getattr(program.contexts()[path].command, "commands", None), dict) or path == ():
            name = word.rstrip(".,:")
            if (*path, name) not in program.contexts():
                return f"{' '.join(path)} {name}" if WORD.fullmatch(name) else ""
            path = (*path, name)
            known = program.options(path) | {"--help", "-h"}
    return ""


def calls(name: str) -> Iterator[list[str]]:
    """What follows "casereviews" wherever it is called in a text's code."""
    text = TEXTS[name]
    if name in PAGES:
        typed = [one.command for block in blocks(text, "console") for one in block.typed()]
        others = [line for block in blocks(text) if block.language not in ("console", "") for line in block.lines]
        lines = [*typed, *inline(text), *(line for line in others if "bin/casereviews" in line)]
    else:
        lines = [line for line in text.splitlines() if "bin/casereviews" in line and not line.startswith("#")]
    for line in lines:
        for simple in re.split(r"[|;&<>]+", line.split(" # ")[0]):
            words = [word.strip("\"'(),") for word in simple.split()]
            found = [at for at in range(len(words)) if is_call(words, at)]
            if found:
                yield words[found[-1] + 1 :]


def is_call(words: list[str], at: int) -> bool:
    """Whether a word of a line calls the program, and is not the name of its user, service or image."""
    word = words[at].rpartition("=")[2]
    if word.endswith("bin/casereviews"):
        return True
    before = words[at - 1] if at else ""
    contained = words[0] == "docker" and {"run", "exec"} & set(words[:at]) and before != "-t"
    return word == "casereviews" and bool(not at or before in ("--", "casereviews") or contained)


@each_text
def test_every_command_and_option_that_a_document_names_exists(name: str) -> None:
    assert [" ".join(words) for words in calls(name) if wrong_call(words)] == []


@pytest.mark.parametrize(
    "words", ["nonsense", "issue nonsense", "issue send --now", "--nonsense status", "status --no"]
)
def test_what_does_not_exist_would_be_found(words: str) -> None:
    assert wrong_call(words.split())


def test_calls_are_found_behind_other_programs() -> None:
    lines = {
        "casereviews status": True,
        "sudo -u casereviews casereviews status": True,
        "ExecStart=/opt/casereviews/.venv/bin/casereviews serve": True,
        "runuser -u casereviews -- casereviews init": True,
        "docker run --rm -v casereviews:/data casereviews init": True,
        "docker compose run --rm casereviews init": True,
        "docker compose logs casereviews": False,
        "install -g casereviews -m 750 /x": False,
        "systemctl restart casereviews nginx": False,
    }

    for line, called in lines.items():
        words = line.split()
        assert any(is_call(words, at) for at in range(len(words))) is called, line


@pytest.mark.parametrize("words", ["issue send 2026-10", "--config x.toml bounce --tempfail", "scrape [SOURCE…]", "…"])
def test_what_exists_would_not_be_found(words: str) -> None:
    assert not wrong_call(words.split())


@each_page
def test_every_option_in_the_prose_of_a_document_is_one_of_the_program(name: str) -> None:
    ours = {option for path in program.contexts() for option in program.options(path)}
    named = {code.split()[0].split("=")[0] for code in inline(PAGES[name]) if code.startswith("--")}

    assert named - ours - FOREIGN_OPTIONS == set()


def test_the_readme_names_every_command() -> None:
    rows = [line for line in prose(README).splitlines() if line.startswith("| `")]
    named = {word for row in rows for code in re.findall(r"`([^`]+)`", row.split(" | ")[0]) for word in code.split()}

    assert [" ".join(path) for path in program.contexts() if path and path[-1] not in named] == []


def test_the_commands_are_documented_as_the_program_itself_says() -> None:
    written = TEXTS["docs/commands.md"]

    assert written == program.commands_document(), "make it anew: python -m tests.documents"
    assert all(f"$ casereviews {' '.join((*path, '--help'))}" in written for path in program.contexts())


def test_the_configuration_is_documented_as_init_writes_it() -> None:
    assert TEXTS["docs/configuration.md"] == program.configuration_document(), "make it anew: python -m tests.documents"


def test_every_key_stands_in_the_commented_configuration() -> None:
    tables = dict(program.tables_of(program.TOML.read_text("utf-8")))
    missing = []
    for key in sorted(program.keys()):
        table, _, name = key.rpartition(".")
        text = tables[table if table in tables else table.partition(".")[0]]
        if not re.search(rf"^(# )?{name} = |[{{,] {name} = ", text, re.M):
            missing.append(key)

    assert missing == []


def named_keys(name: str) -> Iterator[str]:
    """The keys that a document names: of its TOML, as `mail.live` and as `live = false`."""
    text = PAGES[name]
    for block in blocks(text, "toml"):
        yield from keys_of(tomllib.loads(block.text))
    tables = {table.partition(".")[0] for table in program.tables()}
    for code in inline(text):
        if found := re.fullmatch(r"\[*([a-z]+)\]+(?: ([a-z_]+) =.*)?", code):
            yield ".".join(filter(None, found.groups()))
        elif (
            (found := re.match(r"([a-z]+)\.([a-z_]+)\b(?!\()", code))
            and found[1] in tables
            and found[2] not in ("py", "toml", "md")
        ):
            yield found[0]
        elif found := re.match(r"([a-z_]+) = \S", code):
            yield f"*.{found[1]}"


def keys_of(values: dict[str, Any], path: str = "") -> Iterator[str]:
    """The keys of TOML's tables."""
    for key, value in values.items():
        tables = value if isinstance(value, list) and key in LIST_TABLES else [value]
        for one in tables:
            yield from keys_of(one, f"{path}{key}.") if isinstance(one, dict) else [f"{path}{key}"]


@each_page
def test_every_key_that_a_document_names_exists(name: str) -> None:
    known = set(program.keys()) | {table.partition(".")[0] for table in program.tables()} | program.tables()
    lasts = {f"*.{key.rpartition('.')[2]}" for key in known}

    assert {key for key in named_keys(name) if key not in known | lasts | FOREIGN_KEYS} == set()


@each_text
def test_every_variable_that_a_document_names_is_read(name: str) -> None:
    named = set(re.findall(r"\bCASEREVIEWS_[A-Z][A-Z0-9_]*[A-Z0-9]\b", TEXTS[name]))

    assert named - program.variables() == set()


def test_every_exit_code_is_explained_on_the_front_page_and_no_other() -> None:
    (line,) = [line for line in prose(README).splitlines() if line.startswith("Exit codes:")]

    assert {int(code) for code in re.findall(r"(?:^|: |· )(\d+) ", line)} == program.exit_codes()


@each_page
def test_every_exit_code_that_a_document_names_is_one(name: str) -> None:
    named = {int(code) for code in re.findall(r"\bexit(?:s|ed)?(?: code| with| status)?s? (\d+)\b", PAGES[name], re.I)}

    assert named - program.exit_codes() - {program.TEMPFAIL} == set()


@pytest.fixture
def addresses(tmp_path: Path) -> Iterator[MapAdapter]:
    with_database = Settings(data_dir=tmp_path)
    db = create(with_database.database)
    with write_transaction(db):
        secrets.add_if_missing(db, "signing", "a secret of the sample")
    db.close()
    app = create_app(system_effects(), with_database)
    yield app.url_map.bind("news.example.org")


def named_addresses(text: str) -> set[str]:
    """The addresses of pages that a document names: `/issues`, and those of links to our own pages."""
    said = re.findall(r"https://(?:news|reviews|casereviews)\.example\.(?:org|com)(/[^\s\"'`)>,…]*)", text)
    said += [
        code.split()[-1] if re.match(r"(GET|POST) /", code) else code
        for code in inline(text)
        if re.match(r"((GET|POST) )?/[a-z]?", code)
    ]
    plain = [one.partition("?")[0].rstrip(".…") for one in said]
    return {one for one in plain if one.split("/")[1] not in FOLDERS and " " not in one}


def answers(addresses: MapAdapter, address: str) -> bool:
    """Whether the pages know an address, whatever of it stands for something else."""
    plain = re.sub(r"TOKEN|…|\{token\}|<token>", TOKEN, address)
    for path in (plain, plain.rstrip("/") or "/", f"{plain.rstrip('/')}/{TOKEN}", f"{plain.rstrip('/')}/1"):
        for method in ("GET", "POST"):
            try:
                rule, _ = addresses.match(path, method, return_rule=True)
            except (HTTPException, RequestRedirect):
                continue
            if rule.rule != "/ops/<path:other>":
                return True
    return False


@each_page
def test_every_address_that_a_document_names_is_answered(name: str, addresses: MapAdapter) -> None:
    assert {one for one in named_addresses(PAGES[name]) if not answers(addresses, one)} == set()


def test_an_address_that_nobody_answers_would_be_found(addresses: MapAdapter) -> None:
    assert not answers(addresses, "/help")
    assert not answers(addresses, "/ops/nonsense")
    assert answers(addresses, "/confirm/…")


def test_every_public_address_is_documented(addresses: MapAdapter) -> None:
    named = named_addresses(PAGES["docs/web.md"])
    known = set()
    for address in named:
        path = address.replace("TOKEN", TOKEN)
        method = "POST" if path.startswith("/hooks/") else "GET"
        known.add(addresses.match(path, method, return_rule=True)[0].rule)
    rules = {rule.rule for rule in addresses.map.iter_rules() if "GET" in (rule.methods or ())}
    private = {rule for rule in rules if rule.startswith("/ops/")} | {
        "/export",
        "/export/search",
    }  # /export is of the static copy only

    assert rules - private - known == set()


@each_page
def test_every_link_leads_somewhere(name: str) -> None:
    dead = []
    for link in links(PAGES[name]):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            dead.append(link)

    assert dead == []


@each_text
def test_every_target_of_make_that_a_document_names_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    text = TEXTS[name]
    code = [*inline(text), *(line for block in blocks(text, "console", "sh", "bash") for line in block.lines)]
    named = {found[1] for line in code if (found := re.match(r"(?:\$ )?make ([a-z][a-z-]*)", line))}

    assert named - targets == set()


@pytest.mark.parametrize(
    ("shown", "said", "same"),
    [
        (["a", "…", "b"], ["a", "b"], True),
        (["a", "…", "b"], ["a", "x", "y", "b"], True),
        (["a …", "b"], ["a 12", "b"], True),
        (["a …", "b"], ["a 12", "c", "b"], False),
        (["a", "…"], ["a"], True),
        (["a"], ["a", "b"], False),
        (["a.c"], ["abc"], False),
        ([], ["a"], False),
    ],
)
def test_what_is_shown_is_compared_with_what_is_said(shown: list[str], said: list[str], same: bool) -> None:
    assert fits(shown, said) is same
