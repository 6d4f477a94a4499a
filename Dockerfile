# One image for the web process, the worker and the command line.
#
# The base is pinned by its version. To pin it to the byte as well, append the digest that
# `docker buildx imagetools inspect python:3.11.15-slim-bookworm` prints; it has to be looked up where the image is
# built, and again with each new version.

FROM python:3.11.15-slim-bookworm AS build

ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PROJECT_ENVIRONMENT=/opt/navswap \
    UV_PYTHON_DOWNLOADS=never

RUN pip install --no-cache-dir --root-user-action=ignore uv==0.13.9

WORKDIR /build

# Dependencies first, so that a change of our code does not install them again. A uv.lock beside pyproject.toml fixes
# their versions; without one the newest that fit are taken.
COPY pyproject.toml uv.loc[k] ./
RUN uv sync --no-default-groups --no-install-project

COPY LICENSE README.md ./
COPY models models
COPY seeds seeds
COPY navswap navswap
RUN uv sync --no-default-groups --no-editable


FROM python:3.11.15-slim-bookworm

LABEL org.opencontainers.image.title="NavSwap" \
      org.opencontainers.image.description="The backend of a battery-swap network: web process, worker and command line." \
      org.opencontainers.image.licenses="LicenseRef-All-rights-reserved"

RUN groupadd --system --gid 10001 navswap \
 && useradd --system --uid 10001 --gid navswap --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin navswap

COPY --from=build /opt/navswap /opt/navswap

ENV NAVSWAP_ENVIRONMENT=production \
    NAVSWAP_HOST=0.0.0.0 \
    PATH="/opt/navswap/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

WORKDIR /srv
USER 10001:10001

EXPOSE 8000 8001

# Of the web process; whoever runs the worker from this image asks NAVSWAP_WORKER_PORT instead, as compose.yaml does.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('NAVSWAP_PORT', '8000') + '/healthz', timeout=4)"]

ENTRYPOINT ["navswap"]
CMD ["serve"]
