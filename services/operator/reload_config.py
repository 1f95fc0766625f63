"""Configuration reload while the server runs: the new settings taken wholly or not at all."""

from pathlib import Path

from core.config.load import load
from core.config.schema import Settings
from core.errors import SettingsError
from newsletter.mail.transport import check_usable
from scraper.adapter import load_adapter


def reload_settings(now: Settings, file: Path | None, data_dir: Path | None = None) -> Settings:
    """The settings as they are written now, `data_dir` being the flag. Raises HouseError for whatever is wrong.

    What is otherwise found out only when it is used is looked at too: kinds and selectors, allow_list, the DKIM key.
    """
    settings = load(file, {"data_dir": data_dir} if data_dir else {})
    if settings.data_dir.absolute() != now.data_dir.absolute():
        raise SettingsError("data_dir cannot change while it runs", str(settings.data_dir), "Stop it, then start it.")
    for source in settings.sources:
        load_adapter(source)
    check_usable(settings.mail)
    return settings
