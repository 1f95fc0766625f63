"""Everything that is wrong with a configuration at once, and where each value comes from."""

from pathlib import Path

import pytest

from core.config.load import list_settings, load, read_config
from core.errors import SettingsError

FILE = Path("casereviews.toml")


def wrong(text: str = "") -> list[str]:
    """What is wrong with a file of this text, and with all other places."""
    FILE.write_text(text, "utf-8")
    return [str(error) for error in read_config(FILE).errors]


def origins() -> dict[str, str]:
    """Where each key comes from that has no default value."""
    found = list_settings(read_config(FILE if FILE.is_file() else None, {"data_dir": Path("elsewhere")}))
    return {one.key: one.origin for one in found if one.origin != "default"}


def test_all_that_is_wrong_is_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEREVIEWS_MAIL__ALLOW_LIST", "ada@example.org")
    monkeypatch.setenv("CASEREVIEWS_BOUNCES", "{")
    monkeypatch.setenv("CASEREVIEWS_MAIL__PASSWORD_FILE", "nowhere")
    monkeypatch.setenv("CASEREVIEWS_PORT", "25")
    Path(".env").write_text("CASEREVIEWS_TIMEZON=Europe/London\nOTHER=1\n")

    said = wrong('data_dri = "x"\ntimezone = "Europe/Londn"\n[mail]\nprot = 1\nport = 0\n[schedule]\nissue_at = "9"\n')

    assert len(said) == 10
    for key in (
        "data_dri",
        "mail.prot",
        "timezone = 'Europe/Londn'",
        "mail.port = 0",
        "schedule.issue_at = '9'",
        "CASEREVIEWS_MAIL__ALLOW_LIST",
        "CASEREVIEWS_BOUNCES",
        "CASEREVIEWS_MAIL__PASSWORD_FILE=nowhere",
        "CASEREVIEWS_PORT",
        "CASEREVIEWS_TIMEZON in .env",
    ):
        assert sum(key in one for one in said) == 1, key


def test_the_first_error_that_is_raised_says_how_many_more_there_are() -> None:
    FILE.write_text('timezone = "x"\n[mail]\nport = 0\ntransport = "post"\n')

    with pytest.raises(SettingsError, match=r"timezone = 'x'.* 2 more are wrong; see all: casereviews check$"):
        load(FILE)


def test_a_single_error_says_nothing_of_others() -> None:
    FILE.write_text('timezone = "Europe/Londn"\n')

    with pytest.raises(SettingsError, match=r"did you mean Europe/London\? Correct it, then run: casereviews check$"):
        load(FILE)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "CASEREVIEWS_TIMEZONE__X",
            "y",
            "unknown variable: CASEREVIEWS_TIMEZONE__X. Did you mean CASEREVIEWS_TIMEZONE?",
        ),
        ("CASEREVIEWS_MAIL__PROT", "1", "CASEREVIEWS_MAIL__PROT. Did you mean CASEREVIEWS_MAIL__PORT?"),
        ("CASEREVIEWS_SENDER", "x", "Did you mean CASEREVIEWS_MAIL__SENDER?"),
        ("CASEREVIEWS_SOURCES__0__URL", "x", "Did you mean CASEREVIEWS_SOURCES?"),
        ("CASEREVIEWS_MAIL__PASSWRD_FILE", "/x", "Did you mean CASEREVIEWS_MAIL__PASSWORD?"),
        ("CASEREVIEWS_MAIL", '{"prot": 1}', "unknown key: mail.prot in the environment. Did you mean port?"),
        ("CASEREVIEWS_MAIL", "5", "mail = (hidden) in the environment CASEREVIEWS_MAIL: write a table"),
        (
            "CASEREVIEWS_MAIL__PORT",
            "x",
            "mail.port = 'x' in the environment CASEREVIEWS_MAIL__PORT: write a whole number",
        ),
        ("CASEREVIEWS_WEB__METRICS_FROM", '["here"]', "'here' does not appear to be an IPv4 or IPv6 network"),
        ("casereviews_mail__live", "perhaps", "mail.live = 'perhaps' in the environment CASEREVIEWS_MAIL__LIVE"),
    ],
)
def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name, value)

    (error,) = wrong()

    assert said in error


def test_a_secret_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEREVIEWS_MAIL__PASSWORD", '{"hunter2": 1}')
    monkeypatch.setenv("CASEREVIEWS_WEB", '{"password_hash": ["hunter2"]}')
    monkeypatch.setenv("CASEREVIEWS_BOUNCES", '"hunter2"')
    said = wrong('[mail]\ndkim_key = ["hunter2"]')
    monkeypatch.delenv("CASEREVIEWS_WEB")
    monkeypatch.delenv("CASEREVIEWS_BOUNCES")
    FILE.write_text('[bounces]\nimap_password = "hunter2"\n')
    monkeypatch.setenv("CASEREVIEWS_MAIL__PASSWORD", "hunter2")

    held = {one.key: one.value for one in list_settings(read_config(FILE))}

    assert len(said) == 3
    assert "hunter2" not in " ".join(said)
    assert (held["mail.password"], held["bounces.imap_password"], held["mail.dkim_key"]) == ("(hidden)", "(hidden)", "")


def test_each_value_has_its_origin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    FILE.write_text(
        'data_dir = "d"\n[mail]\nport = 1\nhost = "file"\n[[sources]]\nname = "a"\nurl = "https://a.example"\n'
    )
    Path(".env").write_text("CASEREVIEWS_OPERATOR=ops@example.org\nCASEREVIEWS_MAIL__PORT=2\n")
    (tmp_path / "secret").write_text("hunter2\n")
    monkeypatch.setenv("CASEREVIEWS_MAIL__PASSWORD_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("CASEREVIEWS_MAIL__PORT", "3")
    monkeypatch.setenv("CASEREVIEWS_SIGNUP", '{"per_hour": 7}')

    assert origins() == {
        "data_dir": "flag --data-dir",
        "operator": ".env CASEREVIEWS_OPERATOR",
        "sources[1].name": "casereviews.toml",
        "sources[1].url": "casereviews.toml",
        "mail.host": "casereviews.toml",
        "mail.port": "environment CASEREVIEWS_MAIL__PORT",
        "mail.password": "environment CASEREVIEWS_MAIL__PASSWORD_FILE",
        "signup.per_hour": "environment CASEREVIEWS_SIGNUP",
    }


def test_a_broken_file_hides_no_error_of_another_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEREVIEWS_TIMEZONE", "nowhere")

    said = wrong("[mail\nport = 1")

    assert [one.partition(":")[0] for one in said] == ["cannot read the configuration", "configuration"]
    assert "line 1" in said[0]


@pytest.mark.parametrize(
    "address",
    [
        "https://news.example.org",
        "https://news.example.org/",
        "http://127.0.0.1:8765",
        "http://[::1]:80",
        "https://example.org/case-reviews/",
        "https://example.org:8443/boards/Case_Reviews.2",
    ],
)
def test_a_host_with_a_path_or_nothing_behind_it_is_a_good_base_url(address: str) -> None:
    FILE.write_text(f'base_url = "{address}"', "utf-8")

    assert load(FILE).base_url == address.rstrip("/")


def test_a_base_url_is_kept_with_the_name_that_browsers_send() -> None:
    FILE.write_text('base_url = "http://bücher.example:8080"', "utf-8")

    assert load(FILE).base_url == "http://xn--bcher-kva.example:8080"


@pytest.mark.parametrize("host", ["localhost", "smtp.example.org", "192.0.2.7", "::1", "2001:db8::25"])
def test_a_name_or_a_number_is_a_good_mail_host(host: str) -> None:
    FILE.write_text(f'[mail]\nhost = "{host}"', "utf-8")

    assert load(FILE).mail.host == host
