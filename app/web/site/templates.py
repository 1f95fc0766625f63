"""Template overrides: a folder whose web/ and email/ files take the place of ours."""

from collections.abc import Iterator
from pathlib import Path

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PackageLoader

from core.config.schema import Settings

TEMPLATE_KINDS = ("web", "email")


def loader(settings: Settings, kind: str) -> BaseLoader:
    """The operator's templates of a kind before ours."""
    ours = PackageLoader("templates", kind)
    folder = overrides_folder(settings)
    return ChoiceLoader([FileSystemLoader(folder / kind), ours]) if folder else ours


def overrides_folder(settings: Settings) -> Path | None:
    """Where the operator's templates are, if anywhere."""
    return settings.beside_data(settings.site.templates).resolve() if settings.site.templates else None


def list_overrides(settings: Settings) -> Iterator[tuple[str, str, Path]]:
    """Kind, name and file of each."""
    if (folder := overrides_folder(settings)) is None:
        return
    for kind in TEMPLATE_KINDS:
        for file in sorted((folder / kind).rglob("*")):
            if file.is_file():
                yield kind, file.relative_to(folder / kind).as_posix(), file
