# casereviews in a container: not root, one volume, the exact versions of the lock.
FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md ./
COPY core core
COPY scraper scraper
COPY db db
COPY newsletter newsletter
COPY templates templates
COPY app app
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 casereviews && install -d -o casereviews -g casereviews /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 CASEREVIEWS_DATA_DIR=/data
USER casereviews
WORKDIR /data
VOLUME /data
# All is well, or the reason why not: exit 1 when a source is overdue or quarantined, 10 before init.
HEALTHCHECK --interval=5m --timeout=10s --start-period=1m CMD ["casereviews", "status"]
ENTRYPOINT ["casereviews"]
CMD ["--help"]
