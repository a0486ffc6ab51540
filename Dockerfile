# faceguard in a container; docs/docker.md says how to use it.
#
#   docker build -t faceguard --build-arg CPU_INDEX=URL .
#   docker build -t faceguard:cuda --build-arg VARIANT=cuda .
#
# The steps are the README's; tests/docs/test_dockerfile.py holds the two together.

ARG VARIANT=cpu

FROM python:3.12.11-slim-bookworm AS python
# What OpenCV's package wants of the system, in the versions of this release.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /faceguard

# PyTorch's own index has builds without CUDA, which is most of what PyTorch weighs: its "Get started" page
# names it. Without it this variant works too, and is as large as the other.
FROM python AS cpu
ARG CPU_INDEX
ENV PIP_EXTRA_INDEX_URL=${CPU_INDEX}

# The package index's build brings CUDA along.
FROM python AS cuda

# hadolint ignore=DL3006
FROM ${VARIANT} AS install
WORKDIR /faceguard
COPY . .
ARG EXTRAS=[serve,insightface]
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# hadolint ignore=DL3013,SC1091
RUN python3 -m venv .venv && . .venv/bin/activate && pip install ".${EXTRAS}"

FROM python
COPY --from=install /faceguard/.venv .venv
ENV PATH=/faceguard/.venv/bin:$PATH \
    OMP_WAIT_POLICY=PASSIVE \
    FACEGUARD_CACHE=/cache
RUN useradd --create-home --uid 10001 faceguard && install --directory --mode 1777 /cache
USER 10001
# The image proves itself on its sample photo.
RUN faceguard demo --output /tmp/demo && rm -r /tmp/demo
WORKDIR /photos
ENTRYPOINT ["faceguard"]
CMD ["--help"]
