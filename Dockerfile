# A publication served by a user without rights, from a root file system that may be read-only.
FROM python:3.12-slim AS wheel
RUN apt-get update && apt-get install -y --no-install-recommends make npm && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN make assets && make .venv/runtime \
 && .venv/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .

FROM python:3.12-slim
RUN useradd --uid 10001 --create-home parkgraph && install -d -o parkgraph /publication/releases
COPY requirements.lock /tmp/requirements.lock
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.lock && rm /tmp/requirements.lock
COPY --from=wheel /wheels /wheels
RUN pip install --no-cache-dir --no-deps /wheels/*.whl && rm -r /wheels
COPY data /publication/data
COPY ontology /publication/ontology
COPY shapes /publication/shapes
WORKDIR /publication
USER parkgraph
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
EXPOSE 8000
VOLUME ["/publication/releases"]
HEALTHCHECK --start-period=30s --interval=30s --timeout=5s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["parkgraph"]
CMD ["serve", "--host", "0.0.0.0"]
