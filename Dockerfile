# One image for every endpoint and worker: `billing worker`, `billing relay`, `billing scheduler` …
ARG PYTHON=3.13-slim-trixie

# Everything that only the installation needs stays behind in this stage.
FROM python:${PYTHON} AS install
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv /opt/billing
# Before the code, so that a changed line does not fetch the packages again.
# `--build-arg LOCK=telemetry` adds what sends spans to a collector, LOCK=oidc what signs operators in by a provider of
# identities, LOCK=extras both.
ARG LOCK=runtime
COPY requirements/${LOCK}.txt requirements/
# YooKassa publishes its SDK as a source archive only, and so does http-ece.
RUN /opt/billing/bin/pip install --require-hashes --only-binary :all: --no-binary yookassa,http-ece -r requirements/${LOCK}.txt
COPY . .
# The lock holds the build backend too; a running service needs neither it nor pip.
RUN /opt/billing/bin/pip install --no-build-isolation --no-deps . \
    && /opt/billing/bin/pip uninstall --yes --quiet hatchling editables trove-classifiers pip

# The doubles of the gateways, for development alone; nothing of this stage is in the image below.
FROM python:${PYTHON} AS doubles
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /srv/billing
COPY requirements/dev.txt requirements/
RUN pip install --require-hashes --only-binary :all: --no-binary yookassa,http-ece -r requirements/dev.txt
COPY . .
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
ENTRYPOINT ["python", "-m", "tests.doubles"]
CMD ["--host=0.0.0.0"]

FROM python:${PYTHON}
# A fixed number, so that Kubernetes can verify that it is not root.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /tmp \
      --shell /usr/sbin/nologin billing \
    && python -m pip uninstall --yes --quiet --root-user-action ignore pip
COPY --from=install /opt/billing /opt/billing
# No byte code and no buffer: the file system is read-only and logs go out as they happen.
ENV PATH=/opt/billing/bin:${PATH} PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONFAULTHANDLER=1
USER 10001:10001
WORKDIR /tmp
# When a room is missing from the image, the build fails here, not the start.
RUN ["billing", "--help"]
# No HEALTHCHECK here: a one-off command has no health. Long-running ones use `billing doctor`
# (compose.yaml shows how).
ENTRYPOINT ["billing"]
CMD ["--help"]
