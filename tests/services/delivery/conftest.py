"""Fixtures of delivery: a house whose issue is approved, a copy of it in the working folder, a relay to send by."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.issue_sending import post, prepare
from tests.support.mail_relay import Relay, serving


@pytest.fixture(scope="module")
def ready(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with an approved issue, made once a file; for as many readers as the file's READERS says, else nobody."""
    folder = tmp_path_factory.mktemp("ready")
    prepare(folder, getattr(request.module, "READERS", 0))
    return folder


@pytest.fixture
def house(ready: Path, tmp_path: Path) -> Path:
    """A copy of it in the working folder."""
    shutil.copytree(ready, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def relay() -> Iterator[Relay]:
    """A relay, and the working folder's house configured to send through it."""
    made = Relay()
    with serving(made) as port:
        post(port)
        yield made
