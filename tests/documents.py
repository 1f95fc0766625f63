"""Reads the documents: their code blocks, what is typed in them, what they link to."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^ {0,3}```(\w*)")
LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#{1,6}) +(.+?) *$")
CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, slots=True)
class Typed:
    """A command of a console block, and what the document shows of its answer. "…" stands for anything."""

    command: str
    shown: tuple[str, ...]
    line: int  # of the document

    def differs(self, said: str) -> str:
        """What the answer has otherwise than shown; empty when it is as shown, or when nothing is shown."""
        if not self.shown or fits(self.shown, said.strip("\n").splitlines()):
            return ""
        wanted = "\n".join(self.shown)
        return f"line {self.line}: {self.command}\nshown:\n{wanted}\nsaid:\n{said}"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a document: what language it is in, and its lines."""

    language: str
    lines: tuple[str, ...]
    line: int  # where its first line is

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines) + "\n"

    def typed(self) -> list[Typed]:
        """The commands of a console block; a line that ends in a backslash goes on."""
        found: list[tuple[str, list[str], int]] = []
        for number, line in enumerate(self.lines, self.line):
            if line.startswith("$ "):
                found.append((line[2:], [], number))
            elif found and found[-1][0].endswith("\\"):
                command, shown, at = found[-1]
                found[-1] = (f"{command[:-1].rstrip()} {line.strip()}", shown, at)
            elif found:
                found[-1][1].append(line)
        return [Typed(command, tuple(_trimmed(shown)), at) for command, shown, at in found]


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph of a document in one line."""

    text: str
    line: int


def documents() -> list[Path]:
    """All documents for people, from the front page on."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def parts(text: str) -> Iterator[Block | Prose]:
    """The fenced blocks and the paragraphs of a document in order; tables and lists are prose, a line each."""
    language, lines, start, waiting = None, [], 0, Prose("", 0)
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if language is not None:
            if fence:
                yield Block(language, tuple(lines), start)
                language = None
            else:
                lines.append(line)
            continue
        if fence or not line.strip() or line.startswith(("#", "|", "- ")):
            if waiting.text:
                yield waiting
            waiting = Prose("", 0)
        if fence:
            language, lines, start = fence[1], [], number + 1
        elif line.strip():
            waiting = Prose(f"{waiting.text} {line.strip()}".strip(), waiting.line or number)
    if waiting.text:
        yield waiting


def blocks(text: str, *languages: str) -> list[Block]:
    """The fenced blocks of a document, of these languages or all."""
    found = [part for part in parts(text) if isinstance(part, Block)]
    return [block for block in found if not languages or block.language in languages]


def prose(text: str) -> str:
    """A document without its fenced blocks, a paragraph a line."""
    return "\n".join(part.text for part in parts(text) if isinstance(part, Prose))


def inline(text: str) -> list[str]:
    """What stands between backquotes in a document's prose."""
    return CODE.findall(prose(text))


def links(text: str) -> list[str]:
    """Where the links and pictures of a document lead."""
    return LINK.findall(CODE.sub("", prose(text)))


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub names them."""
    headings = [found[2] for part in parts(text) if isinstance(part, Prose) and (found := HEADING.match(part.text))]
    plain = [re.sub(r"[*_`]|\]\([^)]*\)|\[", "", heading).lower() for heading in headings]
    slugs = [re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain]
    return {slug if not (n := slugs[:i].count(slug)) else f"{slug}-{n}" for i, slug in enumerate(slugs)}


def fits(shown: Sequence[str], said: Sequence[str]) -> bool:
    """Whether lines are as shown: "…" is anything within a line; alone on a line any number of lines, or none."""
    if not shown:
        return not said
    if shown[0].strip() == "…":
        return any(fits(shown[1:], said[skipped:]) for skipped in range(len(said) + 1))
    pattern = re.escape(shown[0].rstrip()).replace("…", ".*")
    return bool(said) and re.fullmatch(pattern, said[0].rstrip()) is not None and fits(shown[1:], said[1:])


def _trimmed(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines


def write() -> None:
    """Make the documents anew that are made from the program."""
    from tests.bench import performance
    from tests.support import program

    (ROOT / "docs" / "commands.md").write_text(program.commands_document(), "utf-8")
    (ROOT / "docs" / "configuration.md").write_text(program.configuration_document(), "utf-8")
    (ROOT / "docs" / "web.md").write_text(program.web_document(), "utf-8")
    performance.write([])


if __name__ == "__main__":
    write()
