# casereviews in a container: not root, one volume, the exact versions of the lock, with the extras (DKIM, OAuth,
# metrics). Made to be run with --read-only --tmpfs /tmp: all that changes is in /data.
#   docker build -t casereviews . && docker run --rm -v casereviews:/data casereviews init
FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /venv
COPY requirements-extras.txt .
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements-extras.txt
COPY pyproject.toml README.md LICENSE ./
COPY core core
COPY scraper scraper
COPY db db
COPY newsletter newsletter
COPY services services
COPY templates templates
COPY app app
# Compiled here, since nothing can be written later; by content, so that no file's time matters.
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && python -m compileall -q -f --invalidation-mode unchecked-hash /venv/lib

FROM python:3.12-slim
# The slim image has no compiled modules of Python's own: a second at each start otherwise.
RUN groupadd --gid 10001 casereviews && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data casereviews \
    && install -d -o casereviews -g casereviews -m 700 /data \
    && python -m compileall -q --invalidation-mode unchecked-hash -x '/(test|idlelib|tkinter|lib2to3|ensurepip|site-packages)/' \
        "$(python -c 'import os; print(os.path.dirname(os.__file__))')"
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CASEREVIEWS_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8765
# It finishes what is in flight, within ten seconds: docker stop --time 10 and compose's default are long enough.
STOPSIGNAL SIGTERM
# Whether this process can answer. Whether all is well, stale sources and a dead timer too, is /healthz: have something
# outside look at that, since starting again does not cure it. Without pages (serve --no-web, tick): --no-healthcheck.
HEALTHCHECK --interval=1m --timeout=10s --start-period=1m --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8765/readyz', timeout=8)"]
ENTRYPOINT ["casereviews"]
CMD ["serve", "--host", "0.0.0.0"]
