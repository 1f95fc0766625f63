"""A site in its own colours, with its own logo: axe finds nothing, by day, by night, and nothing scrolls sideways."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.runtime.side_effects import system_effects
from app.web.runner import WebRunner
from core.config.site_table import SiteSettings
from tests.support.browser import SMALLEST, complaints_of_mail, width_when_smallest
from tests.support.chromium import chromium, patient
from tests.support.sample_archive import full
from tests.support.waiting import HANG

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 80"><rect width="900" height="80" fill="#a04a00"/></svg>'
)
WORDS = "We read **them all**. [About us](/about).\n\n- one\n- two"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "data").mkdir()
    (tmp_path / "logo.svg").write_text(LOGO)
    site = SiteSettings(
        name="Anytown", logo="logo.svg", accent="#a04a00", introduction=WORDS, footer="Anytown & friends."
    )
    shelf = full(tmp_path / "data", base_url="http://127.0.0.1:8765", site=site)
    web = WebRunner(system_effects(), shelf.settings, "127.0.0.1", 0)
    web.start()
    yield web.url
    assert web.end(HANG)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_site_with_its_own_look(address: str, scheme: str) -> None:
    with chromium() as browser:
        page = patient(browser.new_page(viewport={"width": 390, "height": 900}, color_scheme=scheme))  # type: ignore[arg-type]
        for path in ("/", "/about", "/issues/2026-10", "/reviews", "/trends"):
            page.goto(f"{address}{path}")
            assert complaints_of_mail(page, scheme) == [], path
            assert page.get_by_role("img", name="Anytown").evaluate("i => i.naturalWidth") == 900
            assert width_when_smallest(page) == SMALLEST
