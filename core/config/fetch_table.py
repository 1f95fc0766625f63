"""Fetch table: how politely, and how patiently, addresses are read."""

from typing import Annotated

from core.config.settings_table import SettingsTable
from core.config.source_table import Days
from core.config.value_forms import limits

WEEK_SECONDS = 604_800  # seconds
Pause = Annotated[float, limits(0, WEEK_SECONDS)]  # seconds; 0: none
TimeLimit = Annotated[float, limits(above=0, most=WEEK_SECONDS)]  # seconds


class FetchSettings(SettingsTable):
    """How politely, and how patiently, addresses are read."""

    contact: str = ""  # an address for the site's owner to write to; the operator's when empty
    spacing: Pause = 1.0  # seconds between two requests to one host; 0: none, ever
    walk_spacing: Pause = 5.0  # the same, from page to page of one source
    connect_timeout: TimeLimit = 5.0  # seconds
    read_timeout: TimeLimit = 20.0  # seconds of silence
    deadline: TimeLimit = 120.0  # seconds for one answer, all told
    retries: Annotated[int, limits(0, 10)] = 4
    backoff: Pause = 1.0  # seconds before the second retry, doubling
    patience: Pause = 120.0  # seconds we are willing to be told to wait
    run_minutes: Annotated[int, limits(1, 1_440)] = 30  # for a run that nobody typed; what is left is for the next
    full_read_days: Days = 7  # validators are not trusted for longer
    stale_days: Days = 3  # a source not read well for longer is overdue
    keep_days: Days = 400  # older pages are deleted, but for the last of each source
