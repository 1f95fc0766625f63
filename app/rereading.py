"""The configuration read again while the house is at work: believed wholly or not at all."""

from pathlib import Path

from app.delivering import allowed
from app.jobs import chosen
from app.sending import signer_of
from core.configuration import load
from core.errors import SettingsError
from core.settings import Settings


def fresh(now: Settings, file: Path | None, data_dir: Path | None = None) -> Settings:
    """The settings as they are written now, `data_dir` being the flag. Raises HouseError for whatever is wrong.

    What is otherwise found out only when it is used is looked at too: kinds of sources, allow_list, the DKIM key.
    """
    settings = load(file, {"data_dir": data_dir} if data_dir else {})
    if settings.data_dir.absolute() != now.data_dir.absolute():
        raise SettingsError("data_dir cannot change while it runs", str(settings.data_dir), "Stop it, then start it.")
    chosen(settings, ())
    allowed(settings)
    signer_of(settings)
    return settings
