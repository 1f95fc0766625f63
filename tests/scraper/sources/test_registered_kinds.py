"""Every registered kind of source: a saved page, the records expected of it, a row in README and in `init`'s table."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from scraper.adapter import Adapter, load_adapter
from scraper.source_kinds import ADAPTER_MODULES, OPTION_KINDS, PAGED_KINDS
from tests.support.saved_pages import expected, full_shape, registered_names, saved, saved_names

ROOT = Path(__file__).parents[3]
NAMES = registered_names()


@pytest.mark.parametrize("kind", ADAPTER_MODULES)
def test_a_registered_kind_has_an_adapter_a_saved_page_and_expected_records(kind: str) -> None:
    assert isinstance(load_adapter(kind), Adapter)
    assert saved_names(kind)


def test_the_kinds_of_many_pages_are_known_without_loading_them() -> None:
    assert {kind for kind in ADAPTER_MODULES if load_adapter(kind).follow} == PAGED_KINDS


def test_the_kinds_with_options_are_named() -> None:
    modules = {kind: import_module(module) for kind, module in ADAPTER_MODULES.items()}

    assert {kind for kind, module in modules.items() if hasattr(module, "make_adapter")} == OPTION_KINDS


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_page_gives_its_expected_records(name: str) -> None:
    """Records that state no nation or kind of review leave them open."""
    records = expected(name)

    reviews = [full_shape(review) for review in load_adapter(name.split("/")[0]).parse(saved(name), "source").reviews]

    open_fields = {"nation", "kind"} - {field for record in records for field in record}
    assert [{k: v for k, v in review.items() if k not in open_fields} for review in reviews] == records


@pytest.mark.parametrize("kind", ADAPTER_MODULES)
def test_an_expected_record_is_there_at_all(kind: str) -> None:
    assert any(expected(name) for name in saved_names(kind))


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([], "There is no saved page: save one as tests/scraper/pages/invented/page.html."),
        (["expected.json"], "There is no saved page: save one as tests/scraper/pages/invented/page.html."),
        (
            ["page.html"],
            "There are no expected records: write them by hand as tests/scraper/pages/invented/expected.json.",
        ),
    ],
)
def test_a_kind_without_its_pages_is_told_what_to_write(tmp_path: Path, files: list[str], sentence: str) -> None:
    (tmp_path / "invented").mkdir()
    for name in files:
        (tmp_path / "invented" / name).write_text("[]")

    with pytest.raises(AssertionError, match=r"CONTRIBUTING\.md tells how") as caught:
        saved_names("invented", tmp_path)

    assert str(caught.value).startswith(sentence)


def test_a_kind_registered_without_pages_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ADAPTER_MODULES, "invented", "scraper.sources.adult_reviews")

    with pytest.raises(AssertionError, match="There is no saved page"):
        test_a_registered_kind_has_an_adapter_a_saved_page_and_expected_records("invented")


def test_the_readme_lists_the_registered_kinds() -> None:
    table = (ROOT / "README.md").read_text("utf-8").split("### Sources")[1].split("\n## ")[0]

    assert re.findall(r"^\| `([^`]+)` \|", table, re.M) == [
        *dict.fromkeys(("nspcc-listing", "heritage", *ADAPTER_MODULES))
    ]


def test_the_table_that_init_writes_holds_the_registered_kinds() -> None:
    text = (ROOT / "app" / "cli" / "casereviews.toml").read_text("utf-8")

    kinds = re.findall(r'^(?:# )?kind = "([^"]+)"', text, re.M)

    assert sorted(kinds) == sorted(ADAPTER_MODULES), "app/cli/casereviews.toml differs from scraper/source_kinds.py"
    assert re.findall(r'^kind = "([^"]+)"', text, re.M) == ["nspcc-listing"]


def test_a_source_has_its_own_module() -> None:
    assert len(set(ADAPTER_MODULES.values())) == len(ADAPTER_MODULES)
    files = {file.stem for file in (ROOT / "scraper" / "sources").glob("*.py")} - {"__init__"}
    assert {f"scraper.sources.{name}" for name in files} == set(ADAPTER_MODULES.values())
