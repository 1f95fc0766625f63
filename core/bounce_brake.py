"""Bounce brake: how many readers one run or one domain may lose before the operator is asked; pure."""

MAX_ENDS = 3  # subscriptions that one issue's delivery may end unasked
MAX_ENDS_SHARE = 0.02  # or of its readers, whichever is more
MIN_ALIKE = 3  # refusals of one domain in the same words that may be the domain's, or ours, and not the readers'


def is_too_many(ends: int, audience: int) -> bool:
    """Whether one issue ends, or would end, more subscriptions than it may unasked, or all that there are."""
    return ends > max(MAX_ENDS, MAX_ENDS_SHARE * audience) or ends >= max(2, audience)


def is_most_of_domain(alike: int, audience: int) -> bool:
    """Whether so many refusals in the same words are at least half of a domain's readers."""
    return alike >= MIN_ALIKE and 2 * alike >= audience
