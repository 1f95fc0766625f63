"""Fetch table: how politely, and how patiently, addresses are read."""

from pydantic import Field

from core.config.source_table import MAX_DAYS, SettingsTable

WEEK_SECONDS = 604_800.0  # seconds


class FetchSettings(SettingsTable):
    """How politely, and how patiently, addresses are read."""

    contact: str = ""  # an address for the site's owner to write to; the operator's when empty
    spacing: float = Field(1.0, ge=0, le=WEEK_SECONDS)  # seconds between two requests to one host; 0: none, ever
    walk_spacing: float = Field(5.0, ge=0, le=WEEK_SECONDS)  # the same, from page to page of one source
    connect_timeout: float = Field(5.0, gt=0, le=WEEK_SECONDS)  # seconds
    read_timeout: float = Field(20.0, gt=0, le=WEEK_SECONDS)  # seconds of silence
    deadline: float = Field(120.0, gt=0, le=WEEK_SECONDS)  # seconds for one answer, all told
    retries: int = Field(4, ge=0, le=10)
    backoff: float = Field(1.0, ge=0, le=WEEK_SECONDS)  # seconds before the second retry, doubling
    patience: float = Field(120.0, ge=0, le=WEEK_SECONDS)  # seconds we are willing to be told to wait
    run_minutes: int = Field(30, ge=1, le=1_440)  # for a run that nobody typed; what is left is for the next
    full_read_days: int = Field(7, ge=1, le=MAX_DAYS)  # validators are not trusted for longer
    stale_days: int = Field(3, ge=1, le=MAX_DAYS)  # a source not read well for longer is overdue
    keep_days: int = Field(400, ge=1, le=MAX_DAYS)  # older pages are deleted, but for the last of each source
