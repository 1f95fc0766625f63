"""Support table: the support lines of every issue, and when a person last checked them."""

from datetime import date

from core.config.settings_table import SettingsTable
from core.config.value_forms import MISSING


class SupportLine(SettingsTable):
    """Where a reader finds help."""

    name: str = MISSING
    phone: str = ""
    email: str = ""
    words: str = ""


DEFAULT_SUPPORT_LINES = (
    SupportLine(
        name="NSPCC Helpline",
        phone="0808 800 5000",
        email="help@nspcc.org.uk",
        words="if you are worried about a child",
    ),
    SupportLine(name="Childline", phone="0800 1111", words="for children and young people"),
    SupportLine(name="Samaritans", phone="116 123", words="for anyone who is struggling"),
    SupportLine(name="Emergency", phone="999", words="if somebody is in danger now"),
)


class SupportSettings(SettingsTable):
    """The support lines shown in every issue, and the day a person last checked them."""

    checked: date | None = None  # the day on which you called or looked up each; None: it is not said
    lines: tuple[SupportLine, ...] = DEFAULT_SUPPORT_LINES
