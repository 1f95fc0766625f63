"""Command demo: runs the walkthrough offline, then serves its web pages."""

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext

if TYPE_CHECKING:
    from socket import socket

    from app.demo.listing_server import ListingServer
    from app.demo.walkthrough import DemoResult, Month
    from core.config.schema import Settings
    from core.side_effects import SideEffects

HOST, PORT = "127.0.0.1", 8765
GRACE_SECONDS = 5.0  # seconds to finish what is in flight


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help=f"Where the pages answer on this machine; {PORT} if free.")
@click.option("--no-browser", is_flag=True, help="Do not open the pages in the browser.")
@click.option(
    "--month",
    type=click.Choice(["usual", "large"]),
    default="usual",
    show_default=True,
    help="An issue of 6 reviews, or of 14.",
)
@click.option("--once", is_flag=True, help="Do all but stay up.")
@click.pass_obj
def demo(context: CliContext, port: int | None, no_browser: bool, month: "Month", once: bool) -> None:
    """Show all of it, offline, with invented reviews. It cannot send mail.

    Serves a sample listing on this machine, reads it as of two months, sends the issue to sample readers as files,
    and opens the front page where there is a browser. Where the rest is, it prints.

    Example: casereviews demo --once --no-browser
    """
    from app.demo.listing_server import serve_listing
    from app.runtime.side_effects import system_effects

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    effects, folder = system_effects(), _empty_folder(context.data_dir)
    with serve_listing() as site:
        if once:
            _run_once(effects, site, folder, f"http://{HOST}:{port or PORT}", not no_browser, month)
        else:
            _serve_until_stopped(effects, site, folder, port, not no_browser, month)


def _empty_folder(named: Path | None) -> Path:
    """Where it works: a folder with nothing in it. Raises HouseError."""
    from tempfile import mkdtemp

    from core.errors import HouseError

    folder = named or Path(mkdtemp(prefix="casereviews-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise HouseError("the demonstration wants an empty folder", str(folder), "Name another with --data-dir.")
    return folder


def _run_once(
    effects: "SideEffects", site: "ListingServer", folder: Path, url: str, browser: bool, month: "Month"
) -> None:
    """Without web pages: nobody would be there to look at them."""
    from app.demo.walkthrough import demo_settings

    result = _run_walkthrough(effects, site, demo_settings(site, folder, url), month)
    page = (folder / f"{result.period}.html").resolve().as_uri()
    click.echo(f"The issue: {page}")
    click.echo("Its links to our own pages need the demonstration to stay up: run it without --once.")
    if browser:
        effects.open_browser(page)


def _serve_until_stopped(
    effects: "SideEffects", site: "ListingServer", folder: Path, port: int | None, browser: bool, month: "Month"
) -> None:
    """With the web pages, until it is stopped by Ctrl-C or SIGTERM."""
    from contextlib import suppress
    from threading import Event

    from werkzeug.security import generate_password_hash

    from app.demo.walkthrough import demo_settings
    from app.web.runner import WebRunner

    with _reserve_port(port) as place:
        number, password = place.getsockname()[1], effects.token()
        settings = demo_settings(site, folder, f"http://{HOST}:{number}", generate_password_hash(password, "scrypt"))
        result = _run_walkthrough(effects, site, settings, month)
    web = WebRunner(effects, settings, HOST, number)
    with suppress(KeyboardInterrupt):
        web.start(quiet=True)
        _print_addresses(web.url, site, result, password)
        if browser:
            effects.open_browser(web.url)
        Event().wait()
    web.end(GRACE_SECONDS)
    click.echo("\nStopped.")


def _run_walkthrough(
    effects: "SideEffects", site: "ListingServer", settings: "Settings", month: "Month"
) -> "DemoResult":
    from app.demo.walkthrough import run_walkthrough

    click.echo("Invented reviews, on this machine only. No mail can be sent.")
    return run_walkthrough(effects, settings, site, click.echo, month)


def _reserve_port(port: int | None) -> "socket":
    """A socket that keeps the port for the pages, which the issue's links name before there are pages.

    The port asked for; else the usual one, or a free one where it is taken. Raises HouseError.
    """
    import os
    from socket import create_server

    from core.errors import HouseError

    try:
        return create_server((HOST, PORT if port is None else port))
    except OSError as e:
        if port is None:
            return create_server((HOST, 0))
        which = f"{port}: {os.strerror(e.errno or 0)}"
        raise HouseError("cannot answer on port", which, "Choose another with --port.") from e


def _print_addresses(url: str, site: "ListingServer", result: "DemoResult", password: str) -> None:
    """What there is to look at, and where."""
    from app.demo.walkthrough import CURRENT_PATH

    places = {
        "The pages": url,
        "The issue": f"{url}/issues/{result.period}",
        "Search": f"{url}/reviews",
        "The words of the field": f"{url}/reviews?q=hidden+men&year=2016-2026",
        "Results like these by email": f"{url}/saved-searches?q=hidden+men&year=2016-2026",
        "What ten years say": f"{url}/trends",
        "What was learned about hidden men": f"{url}/topics/hidden-men/learning",
        "Two reviews side by side": f"{url}/compare?review=41&review=49",
        "Reviews to take to a team": f"{url}/lists/new?q=hidden+men&all=yes",
        "A report that is gone": f"{url}/reviews/{result.lost}",
        f"What {result.reader.email} gets": f"{url}/preferences/{result.reader.token}",
        "Operations": f"{url}/ops (password: {password})",
        "Where the reviews come from": site.url + CURRENT_PATH,
        "Emails to whoever subscribes": f"{result.outbox} (files)",
    }
    click.echo()
    for name, place in places.items():
        click.echo(f"{name}: {place}")
    click.echo("Nothing happens by itself here: the timer is part of casereviews serve. Stop with Ctrl-C.")
