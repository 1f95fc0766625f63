"""Sources added to the configuration: the file stays as it was but for the table at its end."""

from pathlib import Path

import pytest

from core.config.load import load
from core.config.schema import Source
from core.errors import SettingsError
from services.collect.add_source import append_source, format_table

SOURCE = Source(
    name="northshire",
    kind="links",
    url="https://northshire.example.org/reviews",
    publisher='Northshire "SCP"',
    only=r"\breview|\bSPR\b",
    item="main li",
    none="Reviews it hasn't\x7f – yet",
)
NSPCC = '[[sources]]\nname = "nspcc"\nkind = "nspcc-listing"\nurl = "https://learning.nspcc.org.uk/x"\n'


@pytest.mark.parametrize(
    "before",
    [
        f"# mine\n\n{NSPCC}[schedule]\nissue_day = 2  # ü\n",
        f"{NSPCC}[schedule]\nissue_day = 2",
        f"{NSPCC}[schedule]\nissue_day = 2\n".replace("\n", "\r\n"),
    ],
)
def test_the_rest_of_the_file_stays_byte_for_byte(tmp_path: Path, before: str) -> None:
    file = tmp_path / "casereviews.toml"
    file.write_bytes(before.encode())
    file.chmod(0o640)

    append_source(file, SOURCE)

    assert file.read_bytes().startswith(before.encode())
    assert load(file).sources[1:] == (SOURCE,)
    assert load(file).schedule.issue_day == 2
    assert (file.stat().st_mode & 0o777, sorted(tmp_path.iterdir())) == (0o640, [file])


@pytest.mark.parametrize("before", ["", 'operator = "me@example.org"\n'])
def test_the_source_that_is_read_without_saying_so_stays(tmp_path: Path, before: str) -> None:
    file = tmp_path / "casereviews.toml"
    file.write_text(before)
    default = load(file).sources

    append_source(file, SOURCE)

    assert load(file).sources == (*default, SOURCE)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ('sources = [{name = "a", url = "https://a.example.org/"}]\n', "the file would not be right with the source"),
        (f"{NSPCC}{format_table(SOURCE)}", "two sources have the same name"),
        ("sources = \n", "configuration: "),
    ],
)
def test_a_file_that_would_not_be_right_is_left_alone(tmp_path: Path, before: str, words: str) -> None:
    file = tmp_path / "casereviews.toml"
    file.write_text(before)

    with pytest.raises(SettingsError, match=words) as caught:
        append_source(file, SOURCE)

    assert "\n" not in str(caught.value)
    assert (file.read_text(), sorted(tmp_path.iterdir())) == (before, [file])


def test_a_table_holds_what_is_set_and_the_publisher_in_any_case() -> None:
    table = format_table(Source(name="a", kind="feed", url="https://a.example.org/feed", only=r"\bSPR\b"))

    assert table.splitlines() == [
        "[[sources]]", 'name = "a"', 'kind = "feed"', 'url = "https://a.example.org/feed"', 'publisher = ""',
        r"only = '\bSPR\b'",
    ]  # fmt: skip
