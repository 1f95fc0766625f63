"""Trial of the operator's templates: what each uses that ours is not given, and which break a page that is rendered."""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, before_render_template
from jinja2 import Environment, PackageLoader, Template, TemplateNotFound, TemplateSyntaxError
from jinja2.meta import find_undeclared_variables
from werkzeug.exceptions import Gone

SHARED = {"web": ("base.html", "fields.html"), "email": ()}  # what every template of a kind may use is used in these


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """An error in one of the operator's templates."""

    name: str  # web/front.html
    line: int
    words: str


def is_template_of_ours(kind: str, name: str) -> bool:
    """Whether there is one to take the place of."""
    try:
        _source(kind, name)
    except TemplateNotFound:
        return False
    return True


def find_lost_names(kind: str, name: str, source: str) -> list[str]:
    """What a template uses that the one of ours whose place it takes is not given. Raises ValueError of a mistake."""
    parse = Environment(autoescape=True).parse
    try:
        used = find_undeclared_variables(parse(source))
    except TemplateSyntaxError as e:
        raise ValueError(f"line {e.lineno}: {e.message}") from e
    ours = (_source(kind, one) for one in (name, *SHARED[kind]))
    given = set().union(*(find_undeclared_variables(parse(text)) for text in ours))
    return sorted(used - given)


def _source(kind: str, name: str) -> str:
    return PackageLoader("templates", kind).get_source(Environment(autoescape=True), name)[0]


def try_pages(app: Flask, folder: Path, base_url: str, paths: Iterable[str]) -> list[TemplateFault]:
    """The operator's templates, of those in the folder, that break a page: each once."""
    faults: dict[str, TemplateFault] = {}

    def look(sender: object, template: Template, context: dict[str, Any], **more: object) -> None:
        if fault := try_template(lambda: template.render(context), folder):
            faults.setdefault(fault.name, fault)
            raise Gone  # what is wrong with it is known: nothing for the log

    with before_render_template.connected_to(look, app):
        for path in paths:
            app.test_client().get(path, base_url=base_url)
    return list(faults.values())


def try_template(make: Callable[[], object], folder: Path) -> TemplateFault | None:
    """Which of the templates in the folder is at fault when something cannot be made; None when it can."""
    try:
        make()
    except Exception as e:  # whatever a template does wrong is what we look for
        own = [frame for frame in traceback.extract_tb(e.__traceback__) if Path(frame.filename).is_relative_to(folder)]
        if not own:
            raise
        return TemplateFault(Path(own[-1].filename).relative_to(folder).as_posix(), own[-1].lineno or 0, str(e))
    return None
