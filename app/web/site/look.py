"""Look of the site: its stylesheet in the configured colours, its logo, its own words; made once for all pages."""

import hashlib
import logging
from dataclasses import dataclass
from importlib.resources import files

from app.web.site.logo import Logo, read_logo
from core.config.schema import Settings
from core.config.site_table import SiteSettings
from core.contrast import mix
from core.errors import SettingsError
from newsletter.issue.markdown import to_html

log = logging.getLogger("casereviews")
STYLESHEET, ICON, FAVICON = (
    files("templates.web").joinpath(name).read_bytes() for name in ("style.css", "icon.svg", "favicon.ico")
)
ICON_COLOUR = b"#35526b"
LOOK = "casereviews.look"  # the app's extension: its SiteLook


@dataclass(frozen=True, slots=True)
class SiteLook:
    """What the pages of one site share."""

    name: str
    logo: Logo | None
    stylesheet: bytes
    icon: bytes
    tag: str  # differs whenever the stylesheet or the icon does
    introduction: str  # HTML, made safe
    footer: str  # likewise


def load_look(settings: Settings) -> SiteLook:
    """As configured. A logo that cannot be shown is named in the log, and the pages show the name."""
    site, logo = settings.site, None
    try:
        logo = read_logo(settings.beside_data(site.logo)) if site.logo else None
    except SettingsError as e:
        log.error("%s", e)
    stylesheet = STYLESHEET + _colour_rules(site).encode()
    icon = ICON.replace(ICON_COLOUR, site.accent.encode()) if site.accent else ICON
    return SiteLook(
        name=settings.site_name,
        logo=logo,
        stylesheet=stylesheet,
        icon=icon,
        tag=hashlib.sha256(stylesheet + icon).hexdigest()[:16],
        introduction=to_html(site.introduction, settings.base_url),
        footer=to_html(site.footer, settings.base_url),
    )


def _colour_rules(site: SiteSettings) -> str:
    """For screens alone: on paper all is black."""
    rules = ""
    if site.accent:
        rules = f"@media screen {{ :root {{ {_variables(site.accent)} }} }}\n"
    if by_night := site.night_accent:
        rules += f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_variables(by_night)} }} }}\n"
    return f"\n/* The site's own colours */\n{rules}" if rules else ""


def _variables(colour: str) -> str:
    names = ("brand", "link", "button")
    return "; ".join([*(f"--{name}: {colour}" for name in names), f"--under: {mix(colour, '#000000', 0.45)}"])
