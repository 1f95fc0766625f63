"""A contender: the imports alone. Argument: a file that names the modules, in order. Prints those not to be had."""

import sys
from importlib import import_module
from pathlib import Path


def main(file: str) -> None:
    """Import them and end."""
    for name in Path(file).read_text("utf-8").split():
        try:
            import_module(name)
        except ImportError:  # no module of its own: another put it there under this name
            print(name)


if __name__ == "__main__":
    main(*sys.argv[1:])
