# One image for web, worker, beat and migrate; docker-compose.yml says which is which.

FROM node:20-slim AS assets
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
# The build keeps of the stylesheet only what templates, scripts and Python name.
COPY . .
RUN npm run build

FROM python:3.11-slim AS packages
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim
# Pictures of pages and pages for printing, with Chinese in them.
RUN apt-get update \
    && apt-get install -y --no-install-recommends chromium fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin plumbline
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PLUMBLINE_VAR=/data \
    WEB_BIND=0.0.0.0:8000
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
COPY --from=assets /app/static/vendor static/vendor
# Catalogues and static files need no server and no secret that lasts.
RUN python -m config.messages compile \
    && SECRET_KEY=build DATABASE_URL=postgresql://build/build REDIS_URL=redis://build \
       python manage.py collectstatic --noinput --verbosity 0 \
    && mkdir /data && chown plumbline:plumbline /data
ENV PLUMBLINE_PRODUCTION=1
USER plumbline
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s --retries=3 CMD ["python", "-m", "config.health"]
CMD ["gunicorn", "-c", "python:config.gunicorn", "config.wsgi"]
