"""Contrast of two colours as WCAG 2.2 counts it, with the nearest colour that is enough."""

from collections.abc import Iterable

from core.lazy_pattern import lazy_pattern

MIN_CONTRAST = 4.5  # of words to what is behind them (WCAG 2.2, 1.4.3)
PAPERS = ("#ffffff", "#f3f5f7", "#eef2f5")  # behind links by day: pages and mail
NIGHT_PAPERS = ("#141a21", "#1d252e", "#1a2129", "#252f39")  # the same in dark mode
NIGHT_BUTTON = "#10161d"  # a button's words in dark mode, on the colour; by day they are white
DEFAULT_LINK, DEFAULT_BRAND = "#0a4a7c", "#35526b"  # our own, by day
NIGHT_LINK, NIGHT_BRAND = "#a3d0fa", "#7fa3c2"
COLOUR = lazy_pattern(r"#[0-9a-f]{6}")
MIX_STEPS = 256


def contrast(one: str, other: str) -> float:
    """From 1, the same, to 21, black on white."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def worst_contrast(colour: str, papers: Iterable[str]) -> tuple[float, str]:
    """The least of its contrasts, and with which."""
    return min((contrast(colour, paper), paper) for paper in papers)


def nearest_passing(colour: str, papers: Iterable[str], towards: str) -> str:
    """The colour itself, or the first on its way to black or white, that stands out from all of them."""
    steps = (mix(colour, towards, step / MIX_STEPS) for step in range(MIX_STEPS + 1))
    behind = tuple(papers)
    return next((one for one in steps if worst_contrast(one, behind)[0] >= MIN_CONTRAST), towards)


def mix(colour: str, other: str, share: float) -> str:
    """So much of another colour in it."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(own + (theirs - own) * share):02x}" for own, theirs in pairs)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def _luminance(colour: str) -> float:
    shares = [channel / 255 for channel in _channels(colour)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
