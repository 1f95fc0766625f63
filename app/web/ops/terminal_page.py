"""Terminal page: the commands that are on no page and why, and the pages of all others."""

from flask import url_for

from app.web.ops.command_places import COMMAND_PLACES, FILE_REASONS, MACHINE_STEPS
from app.web.ops.desk import blueprint, render_page


@blueprint.get("/terminal")
def terminal_only() -> str:
    """What is done on the machine itself, and why; where everything else is."""
    return render_page(
        "terminal.html",
        "What only a terminal does",
        alone=[one for one in COMMAND_PLACES if not one.endpoint],
        files=FILE_REASONS,
        steps=MACHINE_STEPS,
        placed=[(one, url_for(one.endpoint)) for one in COMMAND_PLACES if one.endpoint],
    )
