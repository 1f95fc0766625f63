#!/usr/bin/env bash
# prometheus_client 0.26.0: its OpenMetrics parser loses samples of a metric that has several points in time. Of each
# point after the first it keeps the first sample and passes over the others: a summary's sum, a counter's created
# time. OpenMetrics 1.0 (Text format, MetricPoint) gives as correct an example of four points with a count and a sum
# each; two of the four sums are gone, without a word. A histogram of two points is refused, since its +Inf bucket is
# among what was lost. Points without timestamps, and gauges with them, are read whole. It is how history is exchanged.
# Seen: of the example's eight samples six; of a counter's four three; ValueError +Inf bucket missing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check prometheus-client==0.26.0
"$folder/venv/bin/python" - <<'PYTHON'
from prometheus_client.openmetrics.parser import text_string_to_metric_families

PAGES = {
    "summary": [
        "visits_count{page='a'} 1 100",
        "visits_sum{page='a'} 2 100",
        "visits_count{page='a'} 3 200",
        "visits_sum{page='a'} 4 200",
        "visits_count{page='b'} 5 100",
        "visits_sum{page='b'} 6 100",
        "visits_count{page='b'} 7 200",
        "visits_sum{page='b'} 8 200",
    ],
    "counter": ["visits_total 1 100", "visits_created 2 100", "visits_total 3 200", "visits_created 4 200"],
    "histogram": [
        "visits_bucket{le='1.0'} 1 100",
        "visits_bucket{le='+Inf'} 2 100",
        "visits_bucket{le='1.0'} 3 200",
        "visits_bucket{le='+Inf'} 4 200",
    ],
    "gauge": ["visits 1 100", "visits 2 200"],
}


def read(kind, lines):
    page = "\n".join([f"# TYPE visits {kind}", *lines, "# EOF", ""]).replace("'", '"')
    try:
        return [int(sample.value) for family in text_string_to_metric_families(page) for sample in family.samples]
    except ValueError as error:
        return f"ValueError {error}"


seen = {kind: read(kind, lines) for kind, lines in PAGES.items()}
one_point = read("histogram", PAGES["histogram"][:2])
print(seen, one_point)
assert (seen, one_point) == (
    {
        "summary": [1, 2, 3, 5, 6, 7],
        "counter": [1, 2, 3],
        "histogram": "ValueError +Inf bucket missing: visits",
        "gauge": [1, 2],
    },
    [1, 2],
), "prometheus_client does otherwise now"
PYTHON
