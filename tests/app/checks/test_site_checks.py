"""What `check` says of the site's look: figures, gaps, and templates that no longer fit."""

from pathlib import Path

import pytest

from app.checks.finding import Finding
from app.checks.site_settings import check_overrides, check_site
from app.checks.web_pages import check_templates
from app.runtime.side_effects import system_effects
from app.web.site.site_pages import PAGES, write_drafts
from core.config.schema import Settings
from core.config.site_table import SiteSettings

FRONT = (Path(__file__).parents[3] / "templates/web/front.html").read_text("utf-8")


def settings(folder: Path, **site: str) -> Settings:
    return Settings(data_dir=folder / "data", site=SiteSettings(**site))


def own(folder: Path, **files: str) -> Settings:
    """Settings with templates of these names: web__front=… is web/front.html."""
    for name, text in files.items():
        kind, _, stem = name.partition("__")
        (folder / "mine" / kind).mkdir(parents=True, exist_ok=True)
        (folder / "mine" / kind / f"{stem}.html").write_text(text, "utf-8")
    return settings(folder, templates="mine")


def about(findings: list[Finding], name: str) -> Finding:
    return next(one for one in findings if one.about == name)


def test_colours_are_said_with_their_contrast(tmp_path: Path) -> None:
    found = about(list(check_site(settings(tmp_path, accent="#7a1fa2"))), "site colours")

    assert found.verdict == "ok"
    assert found.words.startswith("accent #7a1fa2: contrast 7.3 with #eef2f5; accent_dark #b582cb, made from accent: ")


def test_a_logo_is_measured_and_what_is_left_out_of_it_is_said(tmp_path: Path) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 80"><script/></svg>'
    (tmp_path / "logo.svg").write_text(svg)

    found = about(list(check_site(settings(tmp_path, logo="logo.svg"))), "site.logo")
    missing = about(list(check_site(settings(tmp_path, logo="none.svg"))), "site.logo")

    assert found.verdict == "warning" and found.words.startswith("SVG, 300 × 80 pixels; not shown of it")
    assert missing.verdict == "failure" and missing.fix


def test_gaps_in_the_pages_are_counted_until_they_are_filled(tmp_path: Path) -> None:
    mine = settings(tmp_path)
    write_drafts(mine)
    before = about(list(check_site(mine)), "site pages")
    for name in PAGES:
        (mine.site_pages / f"{name}.md").write_text("# Ours\n\nWe say it all.\n")
    after = about(list(check_site(mine)), "site pages")
    (mine.site_pages / "about.md").write_text("# Ours\n\n{nothing}\n")
    unknown = about(list(check_site(mine)), "site pages")

    assert before.verdict == "warning" and "about 2, contact 2, privacy 5, accessibility 4" in before.words
    assert after.verdict == "ok"
    assert unknown.verdict == "warning" and "{nothing}" in unknown.words


@pytest.mark.parametrize(
    ("name", "text", "verdict", "said"),
    [
        ("web__front", "{# casereviews 0.1.0 #}\n" + FRONT, "ok", "copied from version 0.1.0"),
        ("web__front", FRONT, "ok", "a version that it does not name"),
        ("web__front", "{# casereviews 0.0.9 #}\n" + FRONT, "warning", "copied from version 0.0.9; this is 0.1.0"),
        ("web__front", "{{ lost }}", "failure", "it uses what ours is not given: lost"),
        ("web__front", "a\n{% if %}", "failure", "line 2: "),
        ("web__frontpage", "words", "warning", "there is no template of that name"),
    ],
)
def test_a_template_of_ones_own_is_looked_at(tmp_path: Path, name: str, text: str, verdict: str, said: str) -> None:
    (found,) = check_overrides(own(tmp_path, **{name: text}))

    assert (found.verdict, said in found.words) == (verdict, True), found


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    (found,) = check_overrides(settings(tmp_path, templates="none"))

    assert found.verdict == "failure"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("web__front", "{% extends 'base.html' %}\n{% block main %}{{ latest.nothing }}{% endblock %}", "line 2: "),
        ("email__issue", "\n{{ view.nothing }}", "line 2: "),
        ("email__confirmation", "{{ view.nothing }}", "line 1: "),
    ],
)
def test_a_template_that_breaks_what_is_made_with_it_is_named(
    tmp_path: Path, name: str, text: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = list(check_templates(system_effects(), own(tmp_path, **{name: text})))

    broken = about(found[1:], f"template {name.replace('__', '/')}.html")
    assert broken.verdict == "failure" and said in broken.words
    assert caplog.records == []


def test_templates_that_fit_are_used(tmp_path: Path) -> None:
    mine = own(tmp_path, web__front=FRONT.replace("Subscribe</h2>", "Join</h2>"), email__note="")

    assert [one.verdict for one in check_templates(system_effects(), mine)] == ["ok", "ok", "ok"]
