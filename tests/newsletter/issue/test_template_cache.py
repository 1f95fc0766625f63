"""Templates that were compiled once are not compiled again by the next command, and nothing depends on it."""

import os
import tempfile
from pathlib import Path

import pytest
from jinja2 import Environment

from newsletter.issue.render import email_templates, render
from newsletter.issue.template_cache import open_template_cache
from tests.newsletter.samples import WORDING, full_issue


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty temporary folder, in which another command begins."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("newsletter.issue.render.email_templates", email_templates.__wrapped__)
    return tmp_path


def test_the_next_command_compiles_no_template(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = render(full_issue(), WORDING)

    monkeypatch.setattr(Environment, "compile", lambda *anything, **more: pytest.fail("compiled again"))

    assert render(full_issue(), WORDING) == first
    kept = folder / f"_jinja2-cache-{os.getuid()}"
    assert kept.stat().st_mode & 0o777 == 0o700  # nobody else decides what runs


def test_without_a_folder_of_our_own_each_command_compiles(folder: Path) -> None:
    (folder / f"_jinja2-cache-{os.getuid()}").write_text("somebody's file")

    assert open_template_cache() is None
    assert render(full_issue(), WORDING).html


def test_without_room_each_command_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*anything: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)

    assert render(full_issue(), WORDING).html
