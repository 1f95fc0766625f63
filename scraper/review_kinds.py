"""Review kinds: a safeguarding adult review told by its own words or its heading's among reviews of children; pure."""

import re

from core.lazy_pattern import lazy_pattern

ADULT_KIND = "Safeguarding adult review"
ADULT_PATTERN = lazy_pattern(r"\b(?-i:SARs?)\b|\b(?:safeguarding adults?|adults? safeguarding) reviews?\b", re.I)
OTHER_PATTERN = lazy_pattern(r"\b(?:child(?:ren)?|homicides?|(?-i:L?C?SPRs?|SCRs?|CPRs?|DHRs?|DARDRs?))\b", re.I)


def is_of_adults(text: str) -> bool:
    """Whether words name a safeguarding adult review, and no review of another kind."""
    if "SAR" not in text and "adult" not in text.lower():  # a tenth of the time
        return False
    return ADULT_PATTERN.search(text) is not None and OTHER_PATTERN.search(text) is None
