"""Progress in words: how much is done of how much, at which rate, about how long the rest takes."""

from core.plurals import plural

MIN_SECONDS = 3.0  # before it nobody can say how long the rest takes
MINUTE, HOUR, DAY = 60, 3_600, 86_400  # seconds


def describe_progress(done: int, total: int, seconds: float, one: str, many: str = "", least: bool = False) -> str:
    """ "120 of 400 links, 30 a minute, about 9 minutes left".

    `total`: 0 where nobody knows it; `least`: it may become more, so nobody can say how long it takes. `one`, `many`:
    what is counted. `seconds`: since it began.
    """
    counted = f"{done:,} of {'at least ' if least else ''}" if total else ""
    parts = [counted + plural(total or done, one, many, none="no", thousands=",")]
    if done and seconds >= MIN_SECONDS:
        parts.append(describe_rate(done / seconds))
        if total > done and not least:
            parts.append(f"about {describe_duration(seconds * (total - done) / done)} left")
    return ", ".join(parts)


def describe_rate(per_second: float) -> str:
    """ "12 a second", "30 a minute", "5 an hour": in the unit in which it is one at least."""
    for unit, words in ((1, "a second"), (MINUTE, "a minute")):
        if per_second * unit >= 1:
            return f"{per_second * unit:,.0f} {words}"
    return f"{max(1, round(per_second * HOUR)):,} an hour"


def describe_duration(seconds: float) -> str:
    """ "less than a minute", "9 minutes", "2 hours", "3 days"."""
    if seconds < MINUTE:
        return "less than a minute"
    if seconds < 1.5 * HOUR:
        return plural(round(seconds / MINUTE), "minute")
    if seconds < 1.5 * DAY:
        return plural(round(seconds / HOUR), "hour")
    return plural(round(seconds / DAY), "day")
