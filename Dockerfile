# Two small images for docker-compose.yaml: Nightshift with Airflow and MLflow, and the S3 server.

FROM versity/versitygw:v1.8.0 AS s3
# A new named volume takes over the owner of the folder that it covers, so the server needs no root.
RUN mkdir -p /data && chown 1000:1000 /data
USER 1000:1000

FROM python:3.11.13-slim-bookworm AS nightshift
# LightGBM links OpenMP's runtime, which the slim image leaves out.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --create-home nightshift \
    && install --directory --owner nightshift --group nightshift /var/lib/nightshift
WORKDIR /opt/nightshift
COPY requirements.txt requirements-team.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt \
    && pip install --no-cache-dir --require-hashes --no-deps -r requirements-team.txt
COPY pyproject.toml README.md ./
COPY automl_tasks automl_tasks
COPY dags dags
COPY plugins plugins
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .
ENV PYTHONPATH=/opt/nightshift PYTHONUNBUFFERED=1
USER 1000:1000
