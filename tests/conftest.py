"""What every test shares: a fresh house in an empty folder, and no leftovers of the environment."""

import gc
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from app.cli import run_command
from db.schema.connect import Database, create
from tests.ignored_signals import reset_in_children
from tests.support.copies import copied

reset_in_children()
# An example may take its time: a busy machine is no failure. The suite tries the same examples each time, so that what
# fails is the change; --hypothesis-profile=seek looks for new ones.
settings.register_profile("seek", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("suite", settings.get_profile("seek"), derandomize=True)
settings.load_profile("suite")


gc.disable()  # until all tests are collected: what is loaded stays


ROOM = 1 << 30  # bytes, several times what the folders of tests hold at a time


def folders_in_memory() -> None:
    """The tests' folders are in memory, where a machine has room for them: a disk makes each commit wait for it."""
    memory = Path("/dev/shm")
    if "TMPDIR" in os.environ or not os.access(memory, os.R_OK | os.W_OK | os.X_OK):
        return
    there = os.statvfs(memory)
    if there.f_bavail * there.f_frsize >= ROOM and not there.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = tempfile.tempdir = str(memory)


folders_in_memory()


def compiled_once(compile_rule: Callable[[Rule], None]) -> Callable[[Rule], None]:
    """Addresses of pages, compiled once for all the applications too: they take most of the time to make one."""
    known = dict[tuple[object, ...], Rule]()

    def compile_or_copy(rule: Rule) -> None:
        key = (rule.rule, rule.subdomain, rule.host, repr(rule.defaults), rule.merge_slashes)
        if not (like := known.get(key)):
            compile_rule(rule)
            known[key] = rule
            return
        rule.arguments, rule._parts, rule._trace = like.arguments, like._parts, like._trace
        rule._converters = like._converters
        rule._build, rule._build_unknown = (one.__func__.__get__(rule) for one in (like._build, like._build_unknown))

    return compile_or_copy


class Compiled(BytecodeCache):
    """The pages' templates, compiled once for all the applications that the tests make."""

    def __init__(self) -> None:
        self._code = dict[str, bytes]()

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._code.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options = {"bytecode_cache": Compiled()}
Rule.compile = compiled_once(Rule.compile)  # type: ignore[method-assign]


def pytest_xdist_auto_num_workers() -> int:
    """One more than processors: tests wait for processes, servers and browsers, but each worker loads all tests."""
    return 1 + (os.cpu_count() or 1)


# The files that take longest, which start first: no other processor is idle while the last of them ends.
LONG_FILES = (
    "test_ops_a11y", "test_bench", "test_delivery_faults", "test_fault_drills", "test_release", "test_restore",
    "test_end_to_end", "test_year", "test_real_year", "test_first_month", "test_backup_in_delivery", "test_kill_drill",
    "test_editions", "test_mail_in_browser", "test_archive_a11y", "test_signals", "test_pages_a11y", "test_readme",
    "test_crawl", "test_tick", "test_attacks", "test_standard_streams", "test_site_export", "test_jobs",
    "test_search_results", "test_serve", "test_demo", "test_behind_proxy", "test_guide_troubles",
    "test_delivery_blocks", "test_cluster_drill", "test_cluster_withdrawal", "test_celery_app",
    "test_import_contracts",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; the order within a file stays."""
    rank = {name: place for place, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


def pytest_collection_finish() -> None:
    """What is loaded by now is not looked through again for what may go."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _no_leftovers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("CASEREVIEWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _logger_levels() -> Iterator[None]:
    """No test leaves a logger quieter or louder than it was: the timer quietens one, say."""
    known = logging.root.manager.loggerDict
    before = {name: log.level for name, log in known.items() if isinstance(log, logging.Logger)}
    yield
    for name, log in known.items():
        if isinstance(log, logging.Logger) and log.level != before.get(name, logging.NOTSET):
            log.setLevel(before.get(name, logging.NOTSET))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """A fresh database file."""
    copied(tmp_path, "fresh", lambda: create(Path("casereviews.db")).close())
    opened = create(tmp_path / "casereviews.db")
    yield opened
    opened.close()


class Typed:
    """What a typed command answered."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Callable[..., Typed]:
    """Type a command in the empty folder: typed("scrape", "nspcc")."""

    def run(*words: str) -> Typed:
        capsys.readouterr()
        code = run_command(list(words))
        said = capsys.readouterr()
        return Typed(code, said.out, said.err)

    return run
