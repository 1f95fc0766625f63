"""Chromium for the browser tests, wherever this machine has it; without one these are skipped, with what to do."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.support.waiting import HANG

NAMES = (  # the first has no windows: the same engine for two thirds of the computing
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
FOLDERS = ("/snap/bin",)  # searched after PATH
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --renderer-process-limit=1 --disable-site-isolation-trials"
).split()
MISSING = (
    f"no Chromium: none of {', '.join(NAMES)} is on PATH or in {', '.join(FOLDERS)}, CHROMIUM names none, and "
    "Playwright has none of its own (Debian: apt-get install chromium-headless-shell)"
)

Tab = TypeVar("Tab", Page, BrowserContext)

expect.set_options(timeout=HANG * 1000)  # milliseconds; by itself five seconds


def patient(opened: Tab) -> Tab:
    """A page, or all of a context, whose steps take their time on a busy machine; by itself thirty seconds."""
    opened.set_default_timeout(HANG * 1000)
    return opened


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser until the block ends."""
    with sync_playwright() as playwright:
        if not (program := find(playwright)):
            pytest.skip(MISSING)
        started = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield started
        started.close()


def find(playwright: Playwright) -> str:
    """The program: that of the variable CHROMIUM, else one that is installed, else Playwright's own; or ""."""
    if named := os.environ.get("CHROMIUM"):
        assert shutil.which(named), f"CHROMIUM={named} is no program"
        return str(shutil.which(named))
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *FOLDERS])
    own = playwright.chromium.executable_path
    installed = next(filter(None, (shutil.which(name, path=path) for name in NAMES)), "")
    return installed or (own if Path(own).exists() else "")
