"""casereviews demo."""

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.front import Front

if TYPE_CHECKING:
    from socket import socket

    from app.demo.server import Site
    from app.demo.show import Shown
    from app.world import World
    from core.settings import Settings

HOST, PORT = "127.0.0.1", 8765
GRACE = 5.0  # seconds to finish what is in flight


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help=f"Where the pages answer on this machine; {PORT} if free.")
@click.option("--no-browser", is_flag=True, help="Do not open the pages in the browser.")
@click.option("--once", is_flag=True, help="Do all but stay up.")
@click.pass_obj
def demo(front: Front, port: int | None, no_browser: bool, once: bool) -> None:
    """Show all of it, offline, with invented reviews; it cannot send mail.

    Serves a sample listing on this machine, reads it as of two months, sends the issue to sample readers as files,
    and opens the web pages, with operations.

    Example: casereviews demo --once --no-browser
    """
    from app.demo.server import serving
    from app.world import World

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    world, folder = World(), _folder(front.data_dir)
    with serving() as site:
        if once:
            _once(world, site, folder, f"http://{HOST}:{port or PORT}", not no_browser)
        else:
            _stay(world, site, folder, port, not no_browser)


def _folder(named: Path | None) -> Path:
    """Where it works: a folder with nothing in it. Raises HouseError."""
    from tempfile import mkdtemp

    from core.errors import HouseError

    folder = named or Path(mkdtemp(prefix="casereviews-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise HouseError("the demonstration wants an empty folder", str(folder), "Name another with --data-dir.")
    return folder


def _once(world: "World", site: "Site", folder: Path, url: str, browser: bool) -> None:
    """Without web pages: nobody would be there to look at them."""
    from app.demo.show import settings

    shown = _show(world, site, settings(site, folder, url))
    page = (folder / f"{shown.period}.html").resolve().as_uri()
    click.echo(f"The issue: {page}")
    click.echo("Its links to our own pages need the demonstration to stay up: run it without --once.")
    if browser:
        world.browse(page)


def _stay(world: "World", site: "Site", folder: Path, port: int | None, browser: bool) -> None:
    """With the web pages, until it is stopped by Ctrl-C or SIGTERM."""
    from contextlib import suppress
    from threading import Event

    from werkzeug.security import generate_password_hash

    from app.demo.show import settings
    from app.web.running import Web

    with _reserved(port) as place:
        number, password = place.getsockname()[1], world.token()
        own = settings(site, folder, f"http://{HOST}:{number}", generate_password_hash(password, "scrypt"))
        shown = _show(world, site, own)
    web = Web(world, own, HOST, number)
    with suppress(KeyboardInterrupt):
        web.start()
        _tell(web.url, site, shown, password)
        if browser:
            world.browse(web.url)
        Event().wait()
    web.end(GRACE)
    click.echo("\nStopped.")


def _show(world: "World", site: "Site", own: "Settings") -> "Shown":
    from app.demo.show import show

    click.echo("Invented reviews, on this machine only. No mail can be sent.")
    return show(world, own, site, click.echo)


def _reserved(port: int | None) -> "socket":
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


def _tell(url: str, site: "Site", shown: "Shown", password: str) -> None:
    """What there is to look at, and where."""
    from app.demo.show import CURRENT

    places = {
        "The pages": url,
        "The issue": f"{url}/issues/{shown.period}",
        "Search": f"{url}/reviews",
        f"What {shown.reader.email} gets": f"{url}/preferences/{shown.reader.token}",
        "Operations": f"{url}/ops (password: {password})",
        "Where the reviews come from": site.url + CURRENT,
        "Emails to whoever subscribes": f"{shown.outbox} (files)",
    }
    click.echo()
    for name, place in places.items():
        click.echo(f"{name}: {place}")
    click.echo("Nothing happens by itself here: the timer is part of casereviews serve. Stop with Ctrl-C.")
