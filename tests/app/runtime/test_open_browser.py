"""A browser is opened where there is a screen, and nowhere else."""

import webbrowser

import pytest

from app.runtime.side_effects import SYSTEM


@pytest.mark.parametrize("screen", ["", "DISPLAY", "WAYLAND_DISPLAY"])
def test_without_a_screen_no_browser_of_text_takes_the_terminal(monkeypatch: pytest.MonkeyPatch, screen: str) -> None:
    opened: list[str] = []
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(webbrowser, "open", opened.append)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    if screen:
        monkeypatch.setenv(screen, ":0")

    answer = SYSTEM.open_browser("http://127.0.0.1/")

    assert answer is not False if screen else answer is False
    assert opened == (["http://127.0.0.1/"] if screen else [])
