"""Settings schema: every configuration key with its form, default, validator."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from core.config.cluster_table import ClusterSettings
from core.config.fetch_table import FetchSettings as FetchSettings
from core.config.fetch_table import TimeLimit
from core.config.hook_table import HookSettings
from core.config.mail_table import MailSettings as MailSettings
from core.config.mail_table import Port, RelaySettings, check_address, check_host
from core.config.oauth_table import LOOPBACK_HOSTS as LOOPBACK_HOSTS
from core.config.oauth_table import LoginMethod, OAuthSettings
from core.config.oidc_table import OidcSettings
from core.config.settings_table import SettingsTable
from core.config.site_table import SiteSettings
from core.config.source_table import Days, DaysOrNone, PlainAddress, check_web_address
from core.config.source_table import Source as Source  # a table of this schema, for whoever asks for it here
from core.config.support_table import SupportLine as SupportLine
from core.config.support_table import SupportSettings as SupportSettings
from core.config.value_forms import SecretStr, length, limits, one_line, pattern
from core.states import ApprovalRule, Detail, ReviewOrder

ENV_PREFIX = "CASEREVIEWS_"
NSPCC_LISTING_URL = "https://learning.nspcc.org.uk/case-reviews/recently-published-case-reviews"
YEAR_HOURS = 8_760  # hours
TIME_OF_DAY = r"([01]\d|2[0-3]):[0-5]\d"  # patterns are texts here: compiled with the first value that is not ours
SITE_ADDRESS = (  # a host, a port, a path; nothing behind them
    r"https?://(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]\\]+)(:\d{1,5})?(?P<path>(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*){0,5})"
)
MAX_PATH_CHARS = 100
# What our own addresses begin with: behind a proxy that takes a path away nobody could tell such a path from a page.
PAGE_NAMES = frozenset(
    ".well-known about accessibility briefings check-your-email compare confirm contact export favicon.ico feeds "
    "healthz hooks icon.svg issues issues.json learning learning.csv learning.json lists logo.jpg logo.png "
    "logo.svg logo.webp metrics new-address ops preferences privacy readyz reviews reviews.bib reviews.csv "
    "reviews.json reviews.ris robots.txt saved-searches security.txt style.css subscribe topics topics.json "
    "trends unsubscribe".split()
)


def _encode_host(value: str) -> str:
    """An address with its host as browsers send it: bücher.example as xn--bcher-kva.example. Raises ValueError."""
    host = urlsplit(value).netloc.rpartition(":")[0] or urlsplit(value).netloc
    try:
        return value if value.isascii() else value.replace(host, host.encode("idna").decode(), 1)
    except UnicodeError as e:
        raise ValueError(f"{host} can be no host; write it as browsers send it, with xn--") from e


def _check_time(value: str) -> str:
    if not re.fullmatch(TIME_OF_DAY, value):
        raise ValueError('write a time of day as "06:30"')
    if value.startswith("01:"):
        raise ValueError("01:00 to 01:59 happens twice or never when the clocks change; take another hour")
    return value


def _check_issue_day(value: int | str) -> int | str:
    if isinstance(value, int) and not 1 <= value <= 28:
        raise ValueError('take a day from 1 to 28, or "first working day"')
    return value


TimeOfDay = Annotated[str, _check_time]
IssueDay = Annotated[int | Literal["first working day"], _check_issue_day]


class ScheduleSettings(SettingsTable):
    """When things happen, in local time."""

    scrape_at: TimeOfDay = "06:30"
    issue_day: IssueDay = 1
    issue_at: TimeOfDay = "09:00"


class NewsletterSettings(SettingsTable):
    """What the monthly issue says of itself."""

    title: Annotated[str, length(1, 60), one_line] = "Case reviews"
    collection: str = "NSPCC Repository"
    library_email: PlainAddress = ""  # the collection's library, which is asked for a report that is gone from the web
    order: ReviewOrder = "publisher"
    publish: Literal["hold", "approve", "auto"] = "hold"
    approval: ApprovalRule = "one person"  # "two people": whoever last changed an issue does not approve it
    hold_hours: Annotated[int, limits(0, YEAR_HOURS)] = 24
    empty_issue: Literal["send", "skip"] = "send"
    too_late_days: Days = 10
    remind_days: DaysOrNone = 2  # before it is too late approval is asked for again; 0: it is not
    postal_address: str = ""
    permission: str = ""  # the collection's leave to pass its summaries on, as shown in every footer
    privacy_url: Annotated[str, pattern(r"^(https?://[!-~]+)?$")] = ""  # your own notice; the site's page when empty
    detail: Detail = "full"  # how much of a review is passed on


FolderName = Annotated[str, length(1), pattern(r"^[ -~]+$", "write it in plain letters")]


class BounceSettings(SettingsTable):
    """The mailbox that bounces and complaints are read from, where no mail server hands them over."""

    imap_host: Annotated[str, check_host] = ""  # none: no mailbox is read
    imap_port: Port = 993
    imap_security: Literal["tls", "none"] = "tls"  # none: on this machine only
    imap_auth: LoginMethod = "password"  # oauth: with a token that [oauth] says how to get
    imap_username: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_folder: FolderName = "INBOX"
    imap_processed: FolderName = "Processed"  # where ours go once they are read
    imap_timeout: TimeLimit = 60.0  # seconds for an answer of the server

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Nobody's password travels in the clear."""
        if self.imap_security == "none" and self.imap_host not in ("", *LOOPBACK_HOSTS):
            yield "imap_security", f'"none" is for {", ".join(LOOPBACK_HOSTS)} only; set it to "tls"'


Count = Annotated[int, limits(1)]


class SignupSettings(SettingsTable):
    """How many emails asking to confirm a subscription may leave: nobody's mailbox is to be flooded through us."""

    per_address_per_day: Count = 3  # beyond it the page says the same, and no email leaves
    per_network_per_hour: Count = 20  # sign-ups from neighbouring IP addresses: one /24, or one /48
    per_hour: Count = 500  # in all; half of it for the first of each network, so that none shuts out others


def _check_networks(value: tuple[str, ...]) -> tuple[str, ...]:
    from ipaddress import ip_network

    try:
        for text in value:
            ip_network(text)
    except ValueError as e:
        raise ValueError(f"{e}; write a network as 10.0.0.0/8, and one machine as 192.0.2.7") from e
    return value


def _check_primary(value: str) -> str:
    if value and not re.fullmatch(r"https?://[^/\s]+/?", value):
        raise ValueError("write it as http://10.0.0.5:8765: http or https, a host, perhaps :PORT, and no path")
    return value.rstrip("/")


def _check_replicas(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_check_primary, value))


class WebSettings(SettingsTable):
    """How the pages are served."""

    password_hash: SecretStr = SecretStr("")  # opens /ops; made by: casereviews password
    proxies: Annotated[int, limits(0, 5)] = (
        0  # reverse proxies in front of us, whose X-Forwarded-* headers are believed
    )
    noindex: bool = True  # ask search engines not to list reviews, issues and feeds
    primary: Annotated[str, _check_primary] = ""  # where a replica reaches the original; base_url when empty
    replicas: Annotated[tuple[str, ...], _check_replicas] = ()  # of which check --live asks how old their copies are
    export_folder: str = ""  # where /ops may write the archive as files; empty: it is only downloaded
    metrics_from: Annotated[tuple[str, ...], _check_networks] = (
        "127.0.0.0/8",
        "::1/128",
    )  # the networks that /metrics answers
    second_factor: Literal["optional", "required"] = "optional"  # whether everybody at /ops needs one
    oidc: OidcSettings = OidcSettings()


class BackupSettings(SettingsTable):
    """The copy of the database that the timer makes every day."""

    folder: str = ""  # data_dir/backups when empty
    keep_days: DaysOrNone = 14  # older copies are deleted; 0: none is made


class LogSettings(SettingsTable):
    """What is said on stderr."""

    format: Literal["console", "json"] = "console"


LIST_TABLES: dict[str, type[SettingsTable]] = {
    "sources": Source,
    "lines": SupportLine,
    "relays": RelaySettings,
}  # keys that hold a list of tables


def _check_operator(value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if isinstance(value, str):
        return check_address(value)
    if not all(value):
        raise ValueError("an address of the list is empty; take it out")
    return tuple(map(check_address, value))


def _check_timezone(value: str) -> str:
    with suppress(KeyError, ValueError, OSError):  # no such file, a path of elsewhere, a folder
        if ZoneInfo(value) and not value.startswith(("posix", "right")):  # copies of all zones
            return value
    from difflib import get_close_matches

    near = get_close_matches(value, available_timezones(), 1)
    raise ValueError(f"no such time zone{f'; did you mean {near[0]}?' if near else ''}")


def _check_base_url(value: str) -> str:
    if not (found := re.fullmatch(SITE_ADDRESS, value.rstrip("/"))):
        raise ValueError(
            "write it as https://news.example.org or https://example.org/case-reviews: http or https, a host, "
            "perhaps :PORT and a path of letters, digits, - and _"
        )
    if len(found["path"]) > MAX_PATH_CHARS:
        raise ValueError(f"take a path of at most {MAX_PATH_CHARS} characters: it stands in headers, unbroken")
    if (first := found["path"].split("/")[1:2]) and first[0].lower() in PAGE_NAMES:
        raise ValueError(f"/{first[0]} is the address of a page of ours; take another path, as /case-reviews")
    return check_web_address(_encode_host(value.rstrip("/")))


def _check_unique_names(value: tuple[Source, ...]) -> tuple[Source, ...]:
    names = [source.name for source in value]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"two sources have the same name: {twice[0]}")
    return value


class Settings(SettingsTable):
    """Everything that can be set. Frozen; unknown keys are errors."""

    data_dir: Path = Path("data")
    base_url: Annotated[str, _check_base_url] = "http://127.0.0.1:8765"
    timezone: Annotated[str, _check_timezone] = "Europe/London"
    operator: Annotated[str | tuple[str, ...], _check_operator] = (
        ""  # who is told when something breaks: one address, or a list of them
    )
    machine: str = ""  # what this machine is called, where it has no id of its own
    sources: Annotated[tuple[Source, ...], length(1, of="item"), _check_unique_names] = (
        Source(name="nspcc", kind="nspcc-listing", url=NSPCC_LISTING_URL),
    )
    schedule: ScheduleSettings = ScheduleSettings()
    newsletter: NewsletterSettings = NewsletterSettings()
    mail: MailSettings = MailSettings()
    bounces: BounceSettings = BounceSettings()
    hooks: HookSettings = HookSettings()
    oauth: OAuthSettings = OAuthSettings()
    cluster: ClusterSettings = ClusterSettings()
    signup: SignupSettings = SignupSettings()
    fetch: FetchSettings = FetchSettings()
    web: WebSettings = WebSettings()
    backup: BackupSettings = BackupSettings()
    log: LogSettings = LogSettings()
    site: SiteSettings = SiteSettings()
    support: SupportSettings = SupportSettings()

    @property
    def operators(self) -> tuple[str, ...]:
        """Who is told of everything, each as written: Name <name@example.org>, or the address alone."""
        listed = (self.operator,) if isinstance(self.operator, str) else self.operator
        return tuple(filter(None, listed))

    @property
    def first_operator(self) -> str:
        """The operator whom others are told: the sites we read, readers who answer; empty where there is none."""
        return next(iter(self.operators), "")

    @property
    def required_sources(self) -> tuple[str, ...]:
        """The names of the sources without which no issue goes out: by default the first one's."""
        return tuple(
            source.name
            for place, source in enumerate(self.sources)
            if (place == 0 if source.required is None else source.required)
        )

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days and months begin."""
        return ZoneInfo(self.timezone)

    @property
    def host(self) -> str:
        """The host of `base_url`, which our identifiers end in; localhost where there is none yet."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def root(self) -> str:
        """The path of `base_url`, below which our pages are: /case-reviews, or empty."""
        return urlsplit(self.base_url).path

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self.data_dir / "casereviews.db"

    @property
    def site_name(self) -> str:
        """What the pages call themselves."""
        return self.site.name or self.newsletter.title

    def beside_data(self, path: str) -> Path:
        """A file or folder that a key names: beside the data directory, unless the whole path is said."""
        return self.data_dir.parent / path

    @property
    def site_pages(self) -> Path:
        """The folder of the pages that the operator writes."""
        return self.beside_data(self.site.pages) if self.site.pages else self.data_dir / "site"

    @property
    def backups(self) -> Path:
        """The folder of the daily copies; one that is named by itself is beside the data directory."""
        return self.beside_data(self.backup.folder) if self.backup.folder else self.data_dir / "backups"
