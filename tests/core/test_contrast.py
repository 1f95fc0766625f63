"""Contrast as WCAG counts it."""

import pytest

from core.contrast import (
    DEFAULT_BRAND,
    DEFAULT_LINK,
    MIN_CONTRAST,
    NIGHT_BUTTON,
    NIGHT_LINK,
    NIGHT_PAPERS,
    PAPERS,
    contrast,
    mix,
    nearest_passing,
    worst_contrast,
)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.0),
        ("#123456", "#123456", 1),
    ],
)
def test_it_is_as_wcag_counts_it(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)


def test_our_own_colours_stand_out() -> None:
    assert min(worst_contrast(one, PAPERS)[0] for one in (DEFAULT_LINK, DEFAULT_BRAND)) >= MIN_CONTRAST
    assert worst_contrast(NIGHT_LINK, [*NIGHT_PAPERS, NIGHT_BUTTON])[0] >= MIN_CONTRAST


@pytest.mark.parametrize("colour", ["#ff6600", "#ffff00", "#00ff00", "#777777", "#ffffff", "#0a4a7c", "#000000"])
def test_the_nearest_colour_passes_and_the_one_before_it_does_not(colour: str) -> None:
    for papers, towards in ((PAPERS, "#000000"), (NIGHT_PAPERS, "#ffffff")):
        near = nearest_passing(colour, papers, towards)
        back = mix(near, colour, 0.1)

        assert worst_contrast(near, papers)[0] >= MIN_CONTRAST
        assert near == colour or worst_contrast(back, papers)[0] < MIN_CONTRAST + 1
