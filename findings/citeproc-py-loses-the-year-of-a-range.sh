#!/usr/bin/env bash
# citeproc-py 0.11.1 writes no year at all for a date that is a range within one year, where the style asks for the year
# alone, as its own harvard-cite-them-right does. It takes out the part that both ends share, to write it once, and then
# finds no difference left to write. CSL 1.0.2 (Date Ranges) has what the ends share written once, as in "1–4 May 2008".
# Its README names what is missing (raw dates and others), and ranges are not among it. A review of the deaths of March
# and April 2019 is so cited like one without a date.
# Seen: (Nobody, 2019) for one day, (Nobody) for March to April 2019, (Nobody, 2019–2020) across two years.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check citeproc-py==0.11.1
"$folder/venv/bin/python" - <<'PYTHON'
import citeproc
from citeproc.source.json import CiteProcJSON

DATES = {
    "a day": [[2019, 3, 1]],
    "days of a month": [[2019, 3, 1], [2019, 3, 5]],
    "months of a year": [[2019, 3], [2019, 4]],
    "two years": [[2019, 12], [2020, 1]],
}


def cite(dates):
    work = {
        "id": "one",
        "type": "report",
        "title": "Child A",
        "author": [{"family": "Nobody", "given": "Nora"}],
        "issued": {"date-parts": dates},
    }
    style = citeproc.CitationStylesStyle("harvard-cite-them-right", validate=False)
    works = citeproc.CitationStylesBibliography(style, CiteProcJSON([work]), citeproc.formatter.plain)
    citation = citeproc.Citation([citeproc.CitationItem("one")])
    works.register(citation)
    return str(works.cite(citation, None)), str(works.bibliography()[0])


seen = {name: cite(dates) for name, dates in DATES.items()}
print(*seen.items(), sep="\n")
assert seen == {
    "a day": ("(Nobody, 2019)", "Nobody, N. (2019) Child A."),
    "days of a month": ("(Nobody)", "Nobody, N. Child A."),
    "months of a year": ("(Nobody)", "Nobody, N. Child A."),
    "two years": ("(Nobody, 2019–2020)", "Nobody, N. (2019–2020) Child A."),
}, "citeproc-py does otherwise now"
PYTHON
