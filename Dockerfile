# One image for all of CareLoop; which command each of its containers runs stands in docker-compose.yml.

ARG PYTHON=python:3.11-slim

FROM ${PYTHON} AS packages
WORKDIR /build
COPY requirements.txt .
# Wheels only, each known by its hash: nothing is compiled, so no compiler is needed, and pip stays out of the result.
RUN python -m venv --without-pip /venv && \
    pip --python /venv/bin/python install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt

FROM ${PYTHON}
# Nothing is installed from here on; what is absent cannot be misused and needs no updates.
RUN pip uninstall --yes --root-user-action=ignore setuptools wheel pip
# The folders are where volumes for beat's memory and for private files go: a new volume takes over its owner.
RUN groupadd --gid 10001 careloop && \
    useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin careloop && \
    install --directory --owner careloop --group careloop /var/lib/careloop && \
    install --directory --owner careloop --group careloop --mode 0700 /var/lib/careloop-files
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production
WORKDIR /app
COPY --from=packages /venv /venv
COPY manage.py ./
COPY config config
COPY apps apps
# The production settings refuse to load without secrets; these are made for this one line and kept nowhere.
# compileall because the container cannot write, and would compile everything at each start; chmod because
# the files have the modes of whoever cloned them.
RUN throwaway="$(python -c 'import secrets; print(secrets.token_hex(32))')" && \
    SECRET_KEY="$throwaway" SIGNING_KEYS="build:$throwaway" MASTER_KEYS="build:$throwaway" CODE_PEPPER="$throwaway" \
    DATABASE_URL=postgres://build.invalid/build REDIS_URL=redis://build.invalid EMAIL_URL=consolemail:// \
    SITE_URL=https://build.invalid STREAM_URL=https://build.invalid ALLOWED_HOSTS=build.invalid \
    python manage.py collectstatic --no-input --verbosity 0 && \
    python -m compileall -q apps config && \
    chmod -R a+rX .
# By number, so that a platform can see that it is not root.
USER 10001:10001
EXPOSE 8000 8001
