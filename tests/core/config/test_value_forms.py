"""Values of the configuration: every form that is taken for one, and in what words each other is refused."""

from copy import deepcopy
from datetime import date
from pathlib import Path
from pickle import dumps, loads
from typing import Any

import pytest

from core.config.load import read_config
from core.config.schema import BounceSettings, MailSettings, Settings, Source
from core.config.value_forms import FormError, SecretStr

FILE = Path("casereviews.toml")


@pytest.mark.parametrize(
    ("key", "written", "said"),
    [
        ("data_dir", "5", 'data_dir = 5: write text, in quotation marks: "…"'),
        ("operator", "5", 'operator = 5: write text, in quotation marks: "…"; or write a list: [ … ]'),
        ("operator", '["a@example.org", 5]', 'write text, in quotation marks: "…"'),
        ("operator", '["a@example.org", ""]', "an address of the list is empty; take it out"),
        ("sources", "[]", "sources = []: it should have at least 1 item"),
        ("sources", "{port = 0}", "sources = {'port': 0}: write a list: [ … ]"),
        ("sources", "[5]", "sources[1] = 5: write a table: [name] and its keys below"),
        (
            "sources",
            '[{name = "a", url = "https://a.example", hosts = [5]}]',
            "sources[1].hosts[1] = 5: write text, in quotation marks",
        ),
        ("sources", '[{name = "a", url = "x"}]', "'x': write it as https://learning.nspcc.org.uk/case-reviews"),
        ("sources", '[{name = "A", url = "https://a.example"}]', "write it in small letters, digits and dashes"),
        ("schedule.issue_day", "0", 'take a day from 1 to 28, or "first working day"'),
        ("schedule.issue_day", '"last"', "'last': write a whole number; or it should be 'first working day'"),
        ("newsletter.title", '""', "newsletter.title = '': it should have at least 1 character"),
        ("newsletter.title", '"a\\nb"', "newsletter.title = 'a\\nb': write it in one line"),
        ("newsletter.publish", '"outbo"', "it should be 'hold', 'approve' or 'auto'; did you mean 'auto'?"),
        ("newsletter.too_late_days", "36501", "it should be less than or equal to 36500"),
        ("newsletter.too_late_days", "0", "it should be greater than or equal to 1"),
        ("newsletter.privacy_url", '"x"', "String should match pattern '^(https?://[!-~]+)?$'"),
        ("mail.provider", '"x"', "'ses', 'postmark', 'mailgun', 'sendgrid' or 'brevo'; or it should be ''"),
        ("mail.sender", '""', "mail needs a sender, as Case reviews <news@example.org>"),
        ("mail.port", "1.5", "mail.port = 1.5: write a whole number"),
        ("mail.port", "nan", "mail.port = nan: it should be a finite number"),
        ("mail.timeout", "inf", "mail.timeout = inf: it should be a finite number"),
        ("mail.timeout", '"x"', "mail.timeout = 'x': write a number"),
        ("mail.live", '"perhaps"', "mail.live = 'perhaps': write true or false"),
        ("mail.live", "2", "mail.live = 2: write true or false"),
        ("fetch.read_timeout", "0", "it should be greater than 0"),
        ("fetch.spacing", "604801", "it should be less than or equal to 604800"),
        ("web.oidc.label", f'"{"x" * 61}"', "it should have at most 60 characters"),
        ("support.checked", '"2026-13-01"', "write a day as 2026-11-23"),
        ("support.checked", "2026-11-23T01:00:00Z", "write a day as 2026-11-23"),
        ("timezone", '"Europe/Londn"', "no such time zone; did you mean Europe/London?"),
        ("timezone", '"posix/Europe/London"', "no such time zone"),
        ("timezone", '"../etc/passwd"', "no such time zone"),
    ],
)
def test_a_value_that_is_none_is_refused_in_words(key: str, written: str, said: str) -> None:
    table, _, name = key.rpartition(".")
    FILE.write_text(f"[{table}]\n{name} = {written}\n" if table else f"{name} = {written}\n", "utf-8")

    (error,) = read_config(FILE).errors

    assert said in str(error).replace(" in casereviews.toml", "")


@pytest.mark.parametrize(
    ("written", "port", "timeout", "live"),
    [
        ({"port": 587, "timeout": 5, "live": True}, 587, 5.0, True),
        ({"port": "587", "timeout": "5", "live": "true"}, 587, 5.0, True),
        ({"port": " 587 ", "timeout": "5e0", "live": "Yes"}, 587, 5.0, True),
        ({"port": 587.0, "timeout": 5.0, "live": 1}, 587, 5.0, True),
        ({"port": "587.0", "timeout": "5.0", "live": "off"}, 587, 5.0, False),
    ],
)
def test_numbers_may_be_texts_as_in_the_environment(
    written: dict[str, Any], port: int, timeout: float, live: bool
) -> None:
    mail = MailSettings(**written)

    assert (mail.port, mail.timeout, mail.live) == (port, timeout, live)
    assert (type(mail.port), type(mail.timeout), type(mail.live)) == (int, float, bool)


@pytest.mark.parametrize("written", [date(2026, 11, 23), "2026-11-23"])
def test_a_day_is_one_of_toml_or_a_text(written: object) -> None:
    assert Settings(support={"checked": written}).support.checked == date(2026, 11, 23)


def test_a_table_is_as_it_was_made_wherever_it_goes() -> None:
    settings = Settings(mail=MailSettings(port=587, password=SecretStr("hunter2")), operator=["ops@example.org"])

    assert loads(dumps(settings)) == deepcopy(settings) == settings
    assert hash(deepcopy(settings)) == hash(settings)
    assert settings.replace(machine="a").replace(machine="") == settings != settings.replace(machine="a")
    assert repr(settings.mail) == "MailSettings(port=587, password=SecretStr('**********'))"
    assert (settings.mail.given, settings.replace(machine="a").given) == (
        {"port", "password"},
        {"mail", "operator", "machine"},
    )


def test_a_table_that_is_replaced_is_looked_at_again() -> None:
    with pytest.raises(FormError, match="port: it should be less than or equal to 65535"):
        MailSettings().replace(port=65_536)
    with pytest.raises(FormError, match=r"^prot: there is no such key$"):
        MailSettings(prot=25)
    with pytest.raises(FormError, match=r"^url: is missing$"):
        Source(name="a")


def test_what_goes_with_nothing_else_is_said_of_the_key() -> None:
    assert BounceSettings(imap_host="localhost", imap_security="none").imap_security == "none"
    with pytest.raises(
        FormError, match=r'^imap_security: "none" is for localhost, 127.0.0.1, ::1 only; set it to "tls"$'
    ):
        BounceSettings(imap_host="mail.example.org", imap_security="none")


def test_no_value_stands_in_an_error_by_itself() -> None:
    with pytest.raises(FormError) as raised:
        Settings(mail={"password": ["hunter2"]}, hooks={"brevo_token": "hunter2"})

    assert "hunter2" not in str(raised.value)
