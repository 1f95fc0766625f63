"""Relays in the configuration: each its own, none beside the one server, no secret shown."""

from pathlib import Path

import pytest

from core.config.load import list_settings, load, read_config
from core.config.secret_values import settings_secrets
from core.errors import SettingsError

FILE = Path("casereviews.toml")
TWO = """
[[mail.relays]]
name = "north"
host = "smtp.north.example.org"

[[mail.relays]]
name = "south"
host = "smtp.south.example.org"
port = 465
security = "tls"
username = "news"
password_file = "south"
dkim_domain = "south.example.org"
dkim_key_file = "key"
provider = "mailgun"
rate_per_minute = 30
"""
SHARED = """
[mail]
provider = "postmark"
sender = "Case reviews <news@example.org>"
dkim_domain = "example.org"
dkim_key = "the installation's"
timeout = 20.0
"""


@pytest.fixture(autouse=True)
def secrets() -> None:
    """The files that are named."""
    Path("south").write_text("southern secret\n")
    Path("key").write_text("southern key\n")


def wrong(text: str) -> list[str]:
    FILE.write_text(text)
    return [str(error) for error in read_config(FILE).errors]


def test_a_relay_has_its_own_and_shares_the_rest() -> None:
    FILE.write_text(SHARED + TWO)

    mail = load(FILE).mail
    north, south = (relay.mail for relay in mail.relay_list)

    assert (north.host, north.port, north.security, north.username, north.rate_per_minute) == (
        "smtp.north.example.org",
        25,
        "starttls",
        "",
        0,
    )
    assert (south.port, south.security, south.rate_per_minute, south.timeout) == (465, "tls", 30, 20.0)
    assert south.password.get_secret_value() == "southern secret"
    assert [(one.dkim_domain, one.dkim_key.get_secret_value()) for one in (north, south)] == [
        ("example.org", "the installation's"),
        ("south.example.org", "southern key"),
    ]
    assert mail.providers == ("postmark", "mailgun")


def test_without_relays_there_is_the_one_server() -> None:
    FILE.write_text('[mail]\nhost = "smtp.example.org"\n')

    mail = load(FILE).mail

    assert [(one.name, one.mail) for one in mail.relay_list] == [("", mail)]


def test_a_server_beside_relays_is_one_clear_error() -> None:
    said = wrong('[mail]\nhost = "smtp.example.org"\nusername = "u"\npassword = "hunter2"\n' + TWO)

    assert said == [
        "configuration: mail.host = 'smtp.example.org' in casereviews.toml: each relay of [[mail.relays]] has its own: "
        "take this out of [mail], as has mail.username, mail.password. Correct it, then run: casereviews check"
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TWO.replace('south"\nhost', 'north"\nhost'), "two relays have the same name: north"),
        (TWO.replace('host = "smtp.north.example.org"', ""), "mail.relays[1].host is missing"),
        (TWO.replace("port = 465", "prot = 465"), "mail.relays[2].prot"),
        (
            TWO.replace('"south"\ndkim', '"nowhere"\ndkim'),
            "cannot read the secret: mail.relays[2].password_file=nowhere",
        ),
        (TWO.replace("password_file", 'password = "hunter2"\npassword_file'), "a secret is set twice"),
        (TWO.replace("password_file", 'password = ["hunter2"]\n#'), "mail.relays[2].password = (hidden)"),
        ('[mail.relays]\npassword = "hunter2"\n', "mail.relays = (hidden)"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_shown(text: str, words: str) -> None:
    said = " ".join(wrong(text))

    assert words in said
    assert "hunter2" not in said


def test_relays_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "CASEREVIEWS_MAIL__RELAYS", '[{"name": "east", "host": "east.example.org", "password_file": "south"}]'
    )

    (east,) = load(None).mail.relay_list

    assert (east.name, east.mail.password.get_secret_value()) == ("east", "southern secret")


def test_a_relays_secrets_are_known_and_hidden() -> None:
    FILE.write_text(TWO)

    settings = load(FILE)
    shown = {one.key: one.value for one in list_settings(read_config(FILE))}

    assert {"southern secret", "southern key"} <= set(settings_secrets(settings))
    assert (shown["mail.relays[2].password"], shown["mail.relays[2].dkim_key"]) == ("(hidden)", "(hidden)")
    assert shown["mail.relays[1].host"] == "smtp.north.example.org"


def test_a_relays_name_is_plain() -> None:
    FILE.write_text(TWO.replace('"north"', '"North"'))

    with pytest.raises(SettingsError, match="write it in small letters"):
        load(FILE)
