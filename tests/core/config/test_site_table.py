"""The table [site]: colours that cannot be read are refused, with the nearest that can."""

import pytest

from core.config.site_table import SiteSettings
from core.config.value_forms import FormError
from core.contrast import MIN_CONTRAST, NIGHT_PAPERS, worst_contrast


@pytest.mark.parametrize(
    ("key", "colour", "said"),
    [
        (
            "accent",
            "#ff6600",
            "#eef2f5 is 2.60, and words need 4.5; the nearest that has it is #bc4b00",
        ),
        ("accent_dark", "#0a4a7c", "its contrast with #252f39 is "),
        ("accent", "red", 'write a colour as "#0a4a7c"'),
        ("accent", "#fff", 'write a colour as "#0a4a7c"'),
        ("security_contact", "http://example.org", "write it as security@example.org"),
        ("security_contact", "a b@example.org", "write it as security@example.org"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_can(key: str, colour: str, said: str) -> None:
    with pytest.raises(FormError) as caught:
        SiteSettings(**{key: colour})

    assert said in str(caught.value)


def test_the_colour_of_the_night_is_made_from_that_of_the_day() -> None:
    site = SiteSettings(accent="#7A1FA2")

    assert site.accent == "#7a1fa2"
    assert worst_contrast(site.night_accent, NIGHT_PAPERS)[0] >= MIN_CONTRAST
    assert SiteSettings(accent="#7a1fa2", accent_dark="#ffffff").night_accent == "#ffffff"
    assert SiteSettings().night_accent == ""


@pytest.mark.parametrize("written", ["security@example.org", "mailto:security@example.org"])
def test_an_address_for_security_is_a_link(written: str) -> None:
    assert SiteSettings(security_contact=written).security_contact == "mailto:security@example.org"
