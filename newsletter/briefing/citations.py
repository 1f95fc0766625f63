"""Citations of reviews in Harvard and APA style, and as RIS or BibTeX for reference managers; pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from string import ascii_lowercase

from core.clean_text import clean_text
from core.dates import day_name, month_name
from core.folding import dictionary_key
from core.records import Review
from newsletter.issue.phrases import is_usable_link, review_title, safe_address

RIS_REPORT = "RPRT"
BIBTEX_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_BIBTEX_SPECIAL = re.compile(r"[\\{}&%$#_~^]")
_BIBTEX_NAMES = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


@dataclass(frozen=True, slots=True)
class Reference:
    """A review as a reference list names it, identified by the review; every text is one clean line."""

    number: int  # the review's
    publisher: str  # empty where the source names none
    name: str
    year: int | None
    month: int | None  # 1 to 12; only with a year
    kind: str
    collection: str
    catalogue: str
    topics: tuple[str, ...]
    address: str  # of the report; of our record where no report is known to open
    accessed: date
    letter: str = ""  # behind the year, where a list has several of one publisher and year


def make_reference(review: Review, collection: str, page: str, accessed: date) -> Reference:
    """What a reference list says of a review; `page`: the address of its record."""
    return Reference(
        review.id,
        clean_text(review.publisher),
        clean_text(review.name) or review_title(review),
        review.year,
        review.month if review.year and review.month and 1 <= review.month <= 12 else None,
        clean_text(review.kind or ""),
        clean_text(collection),
        clean_text(review.catalogue),
        tuple(filter(None, map(clean_text, review.keywords))),
        next((safe_address(link) for link in review.links if is_usable_link(link)), page),
        accessed,
    )


def order_references(references: Iterable[Reference]) -> list[Reference]:
    """As Harvard and APA list them: by publisher, year and name; several of one publisher and year as 2019a, 2019b."""
    ordered = sorted(
        references, key=lambda one: dictionary_key(f"{one.publisher or one.collection} {one.year or ''} {one.name}")
    )
    alike = Counter((one.publisher, one.year) for one in ordered if one.year)
    letters = {who: map(_year_letter, count()) for who, held in alike.items() if held > 1}
    return [
        replace(one, letter=next(letters[who])) if (who := (one.publisher, one.year)) in letters else one
        for one in ordered
    ]


def _year_letter(number: int) -> str:
    """a to z, then aa, ab and so on."""
    more, last = divmod(number, len(ascii_lowercase))
    return (_year_letter(more - 1) if more else "") + ascii_lowercase[last]


def cite_harvard(reference: Reference) -> str:
    """ "Suffolk (2016) Baby D. Serious case review. NSPCC Repository. Available at: … (accessed 3 October 2026)."."""
    when = f" ({reference.year}{reference.letter})" if reference.year else ""
    kind = f"{reference.kind}. " if reference.kind else ""
    return (
        f"{reference.publisher or reference.collection}{when} {reference.name}. {kind}{reference.collection}. "
        f"Available at: {reference.address} (accessed {day_name(reference.accessed)})."
    )


def cite_apa(reference: Reference) -> str:
    """ "Suffolk. (2016, September). Baby D [Serious case review]. NSPCC Repository. https://…".

    Where the source names no publisher, the title stands first.
    """
    month = f", {month_name(reference.month)}" if reference.month else ""
    when = f"({reference.year}{reference.letter}{month})" if reference.year else "(n.d.)"
    title = f"{reference.name} [{reference.kind}]" if reference.kind else reference.name
    begin = f"{_stop(reference.publisher)} {when}. {title}." if reference.publisher else f"{_stop(title)} {when}."
    return f"{begin} {_stop(reference.collection)} {reference.address}"


def _stop(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def write_ris(references: Sequence[Reference]) -> str:
    """All of them as RIS."""
    import rispy  # type: ignore[import-untyped]  # it has no types

    text: str = rispy.dumps([_ris_entry(reference) for reference in references])
    return re.sub(r"(?m)^\d+\.\n", "", text)  # its numbers are no part of the format


def _ris_entry(reference: Reference) -> dict[str, object]:
    month = f"{reference.month:02}" if reference.month else ""
    author = " ".join(reference.publisher.replace(",", " ").split())  # behind a comma RIS has a first name
    entry = {
        "type_of_reference": RIS_REPORT,
        "authors": [author] if author else [],
        "title": reference.name,
        "year": str(reference.year or ""),
        "date": f"{reference.year}/{month}//" if month else "",
        "type_of_work": reference.kind,
        "publisher": reference.publisher,
        "name_of_database": reference.collection,
        "accession_number": reference.catalogue,
        "keywords": list(reference.topics),
        "urls": [reference.address],
        "access_date": f"{reference.accessed:%Y/%m/%d}//",
    }
    return {name: value for name, value in entry.items() if value}


def write_bibtex(references: Sequence[Reference]) -> str:
    """All of them as BibTeX, for biblatex too."""
    return "\n".join(map(_bibtex_entry, references))


def _bibtex_entry(reference: Reference) -> str:
    fields = {
        "title": f"{{{_escape_bibtex(reference.name)}}}",  # braced twice: its capitals stay
        "author": f"{{{_escape_bibtex(reference.publisher)}}}" if reference.publisher else "",  # and it is one name
        # Braced twice too: biblatex and Citation.js read a list here, divided at each "and".
        "institution": f"{{{_escape_bibtex(reference.publisher or reference.collection)}}}",
        "type": _escape_bibtex(reference.kind),
        "year": str(reference.year or ""),
        "note": _escape_bibtex(f"{reference.collection}. Accessed {day_name(reference.accessed)}"),
        "url": reference.address.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C"),
        "urldate": reference.accessed.isoformat(),
        "keywords": _escape_bibtex(", ".join(word.replace(",", " ") for word in reference.topics)),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    month = [f"  month = {BIBTEX_MONTHS[reference.month - 1]},\n"] if reference.month else []
    return f"@techreport{{casereview{reference.number},\n{''.join([*lines, *month])}}}\n"


def _escape_bibtex(text: str) -> str:
    return _BIBTEX_SPECIAL.sub(lambda found: _BIBTEX_NAMES.get(found[0], f"\\{found[0]}"), text)
