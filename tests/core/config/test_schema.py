"""Settings: where they come from, which wins, and what is refused."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from core.config.load import load
from core.config.schema import MailSettings
from core.errors import SettingsError

FILE = Path("casereviews.toml")


def written(text: str) -> Path:
    FILE.write_text(text, "utf-8")
    return FILE


def test_without_anything_the_defaults_hold() -> None:
    settings = load(None)

    assert (settings.mail.port, settings.timezone, settings.sources[0].name) == (25, "Europe/London", "nspcc")


def test_a_flag_wins_over_the_environment_over_dotenv_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(
        'base_url = "http://file"\ntimezone = "Europe/Paris"\ndata_dir = "d"\n[mail]\nport = 1\nhost = "file"\n'
    )
    Path(".env").write_text("CASEREVIEWS_TIMEZONE=Europe/Rome\nCASEREVIEWS_MAIL__PORT=2\n")
    monkeypatch.setenv("CASEREVIEWS_MAIL__PORT", "3")

    settings = load(file, {"data_dir": Path("flag")})

    assert settings.data_dir == Path("flag")
    assert (settings.mail.port, settings.timezone, settings.mail.host) == (3, "Europe/Rome", "file")
    assert settings.base_url == "http://file"


def test_the_data_directory_is_beside_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    file = tmp_path / "etc" / "c.toml"
    file.write_text('data_dir = "data"')

    assert load(file).database == tmp_path / "etc" / "data" / "casereviews.db"


def test_lists_and_tables_in_the_environment_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEREVIEWS_SOURCES", '[{"name": "a", "url": "https://a.example.org/"}]')

    assert [source.name for source in load(None).sources] == ["a"]


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("${HOME}", "${HOME}"),
        ("'${HOME}'", "${HOME}"),
        ('"${HOME}$x"', "${HOME}$x"),
        ("a$x$$b", "a$x$$b"),
        ("${CASEREVIEWS_OPERATOR:-other}", "${CASEREVIEWS_OPERATOR:-other}"),
        ("a#b=c==", "a#b=c=="),
        ("'a #b' # of the relay", "a #b"),
        ("a'b\"c", "a'b\"c"),
        (r"'it\'s \\'", "it's \\"),
        (r'"say \"a\""', 'say "a"'),
        (r"a\nb", r"a\nb"),
    ],
)
def test_a_secret_in_dotenv_is_read_to_the_letter(line: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("x", "another")
    Path(".env").write_text(f"CASEREVIEWS_OPERATOR=ops@example.org\nCASEREVIEWS_MAIL__PASSWORD={line}\n")

    assert load(None).mail.password.get_secret_value() == secret


def test_a_line_of_dotenv_that_cannot_be_read_is_an_error_that_does_not_repeat_it() -> None:
    Path(".env").write_text("OTHER='it's'\nCASEREVIEWS_MAIL__PASSWORD='hunter's'\n")

    with pytest.raises(SettingsError, match=r"\.env, line 2") as error:
        load(None)

    assert "hunter" not in str(error.value)


def test_the_mark_that_some_editors_put_before_dotenv_is_passed_over() -> None:
    Path(".env").write_text("CASEREVIEWS_OPERATOR=ops@example.org\n", "utf-8-sig")

    assert load(None).operator == "ops@example.org"


def test_a_secret_may_come_from_a_file_and_is_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    monkeypatch.setenv("CASEREVIEWS_MAIL__PASSWORD_FILE", str(tmp_path / "secret"))

    settings = load(None)

    assert settings.mail.password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[mail]\nprot = 25", "unknown key: mail.prot in casereviews.toml. Did you mean port?"),
        ("data_dri = 'x'", "unknown key: data_dri in casereviews.toml. Did you mean data_dir?"),
        ("[[sources]]\nname='a'\nurl='https://a.example.org/'\nknd='x'", "sources[1].knd"),
        ("[mail]\nport = 99999", "mail.port = 99999"),
        ("[schedule]\nscrape_at = '01:30'", "schedule.scrape_at = '01:30'"),
        ("[schedule]\nscrape_at = 'dawn'", "write a time of day"),
        ("[schedule]\nissue_day = 31", "issue_day"),
        ("timezone = 'Europe/Londn'", "did you mean Europe/London?"),
        ("[newsletter]\npublish = 'now'", "newsletter.publish = 'now'"),
        ('[newsletter]\ntitle = "a\\nBcc: x@example.org"', "newsletter.title"),
        ("base_url = 'ftp://x'", "base_url = 'ftp://x'"),
        ("[[sources]]\nname='a'\nurl='https://a.example.org/'\n" * 2, "sources in casereviews.toml: two sources have"),
        ("[mail]\npassword = 5", "mail.password = (hidden)"),
        ("[mail", "cannot read the configuration: casereviews.toml"),
    ],
)
def test_a_wrong_key_or_value_is_named_in_one_line(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(written(text))

    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_unknown_variable_suggests_the_near_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEREVIEWS_BASEURL", "http://x")

    with pytest.raises(SettingsError, match="Did you mean CASEREVIEWS_BASE_URL"):
        load(None)


def test_a_missing_file_says_how_to_make_one() -> None:
    with pytest.raises(SettingsError, match=r"no such configuration file: casereviews\.toml.*casereviews init"):
        load(FILE)


def test_settings_do_not_change() -> None:
    with pytest.raises(AttributeError, match="frozen"):
        load(None).timezone = "Europe/Rome"  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("News: Leeds <news@example.org>", '"News: Leeds" <news@example.org>'),
        ("News.Leeds. <news@example.org>", '"News.Leeds." <news@example.org>'),
        ("Leeds, City [LSCP] <news@example.org>", '"Leeds, City [LSCP]" <news@example.org>'),
        ('"Ŵyl, A" <news@example.org>', '"Ŵyl, A" <news@example.org>'),
        ('"a\\"b" <news@example.org>', '"a\\"b" <news@example.org>'),
        ("Case reviews <news@example.org>", "Case reviews <news@example.org>"),
        ("news@example.org", "news@example.org"),
    ],
)
def test_a_sender_s_name_is_quoted_where_a_header_needs_it(written: str, kept: str) -> None:
    message = EmailMessage()
    message["From"] = MailSettings(sender=written).sender

    assert MailSettings(sender=written).sender == kept
    (address,) = message["From"].addresses
    assert address.addr_spec == "news@example.org"
