"""An editor for casereviews.toml, as a person uses one: changes the lines of keys that are there."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def flat(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The keys of TOML's tables as "mail.port", with their values."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def change(file: Path, values: Mapping[str, Any]) -> None:
    """Give keys another value, each where it stands first; one that is not in the file is an error."""
    left, lines, table = dict(values), [], ""
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("["):
            table = line.split("]")[0].strip("[") + "."
        name = line.split("=")[0].strip()
        if f"{table}{name}" in left:
            line = f"{name} = {json.dumps(left.pop(f'{table}{name}'))}"
        lines.append(line)
    assert not left, f"not in {file.name}: {left}"
    file.write_text("\n".join(lines) + "\n", "utf-8")
