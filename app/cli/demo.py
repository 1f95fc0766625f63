"""casereviews demo."""

import signal
from pathlib import Path

import click

from app.cli.front import Front

PORT = 8765


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help=f"Where to answer on this machine; {PORT} unless told.")
@click.option("--no-browser", is_flag=True, help="Do not open the issue in the browser.")
@click.option("--once", is_flag=True, help="Do all but stay up.")
@click.pass_obj
def demo(front: Front, port: int | None, no_browser: bool, once: bool) -> None:
    """Show all of it, offline, with invented reviews; it cannot send mail.

    Serves a sample listing on this machine, reads it as of two months, builds the issue and opens it.

    Example: casereviews demo --once --no-browser
    """
    from contextlib import ExitStack
    from tempfile import mkdtemp

    from app.demo.server import serving
    from app.demo.show import show
    from app.world import World
    from core.errors import HouseError

    world = World()
    folder = front.data_dir or Path(mkdtemp(prefix="casereviews-demo-"))
    if front.data_dir:
        folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise HouseError("the demonstration wants an empty folder", str(folder), "Name another with --data-dir.")
    with ExitStack() as stack:
        try:
            site = stack.enter_context(serving(_port(port, once)))
        except OSError as e:
            raise HouseError("cannot answer on port", f"{port}: {e.strerror}", "Choose another with --port.") from e
        click.echo("Invented reviews, on this machine only. No mail can be sent.")
        address = show(world, site, folder, click.echo)
        click.echo(f"The issue: {address}")
        if not no_browser:
            world.browse(address if not once else next(folder.glob("*.html")).resolve().as_uri())
        if not once:
            click.echo("Stop with Ctrl-C.")
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            _wait()


def _port(asked: int | None, once: bool) -> int:
    """The port asked for; else the usual one, or a free one where it is taken or not needed afterwards."""
    import socket

    if asked is not None or once:
        return asked or 0
    with socket.socket() as probe:
        return PORT if probe.connect_ex(("127.0.0.1", PORT)) else 0


def _wait() -> None:
    from threading import Event

    try:
        Event().wait()
    except KeyboardInterrupt:
        click.echo("\nStopped.")
