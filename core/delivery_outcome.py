"""Delivery outcome in words: how many got an issue, who did not, what went to files and was not mailed; pure."""

from collections.abc import Mapping

from core.states import DeliveryState

WRITTEN = "written to files and not mailed"


def describe_outcome(
    counts: Mapping[DeliveryState, int], written: int, labels: Mapping[DeliveryState, str] | None = None
) -> str:
    """ "12 sent, 1 refused"; `written`: how many of those sent went to files. Empty where there is nothing."""
    parts = [f"{written:,} {WRITTEN}"] if written else []
    mailed = {**counts, "sent": counts["sent"] - written}
    parts += [f"{number:,} {labels[state] if labels else state}" for state, number in mailed.items() if number]
    return ", ".join(parts)


def describe_relays(
    counts: Mapping[str, Mapping[DeliveryState, int]], labels: Mapping[DeliveryState, str] | None = None
) -> list[str]:
    """ "north: 120 sent, 3 refused", of each relay that was given any."""
    return [
        f"{relay}: " + ", ".join(f"{number:,} {labels[state] if labels else state}" for state, number in states.items())
        for relay, states in counts.items()
    ]
