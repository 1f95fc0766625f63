"""What `check` says of the webhooks."""

from importlib import util

import pytest

from app.checks import webhooks
from app.checks.webhooks import check_hooks
from core.config.hook_table import HookSettings
from core.config.schema import MailSettings, Settings
from tests.support.provider_requests import all_hooks

PUBLIC = "https://news.example.org"


def said(hooks: HookSettings, url: str = PUBLIC, **mail: str) -> list[tuple[str, str]]:
    settings = Settings(base_url=url, hooks=hooks, mail=MailSettings(**mail))
    return [(one.verdict, one.words) for one in check_hooks(settings)]


def test_nothing_is_said_where_nobody_reports() -> None:
    assert said(HookSettings()) == []


def test_each_hook_is_named_with_its_address() -> None:
    names = "ses postmark mailgun sendgrid brevo generic".split()

    assert said(all_hooks()) == [("ok", ", ".join(f"{PUBLIC}/hooks/{name}" for name in names))]


@pytest.mark.parametrize(
    ("hooks", "more", "words"),
    [
        ({}, {"provider": "postmark"}, "mail.provider is postmark, and nothing of it is set in [hooks]"),
        ({"brevo_token": "x" * 20}, {"url": "http://127.0.0.1:8765"}, "base_url is not https"),
        ({"sendgrid_key": "MFkw"}, {}, "no key that can be read"),
        ({"sendgrid_key": "é"}, {}, "no key that can be read"),
    ],
)
def test_what_cannot_work_is_said(hooks: dict[str, str], more: dict[str, str], words: str) -> None:
    first = said(HookSettings(**hooks), **more)[0]

    assert first[0] != "ok"
    assert words in first[1]


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "find_spec", lambda name: None)

    assert [verdict for verdict, _ in said(all_hooks())] == ["failure", "failure", "ok"]
    assert util.find_spec("cryptography")
