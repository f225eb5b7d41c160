FROM python:3.12-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home evallib \
    && install --directory --owner=evallib --mode=0700 /data

WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --compile --require-hashes -r requirements.lock

COPY pyproject.toml requirements.txt README.md app.py ./
COPY .streamlit .streamlit
COPY evallib evallib
COPY ui ui
COPY pages pages
COPY examples examples
RUN pip install --no-cache-dir --no-deps --editable . && python -m compileall -q evallib ui

USER evallib
ENV EVALLIB_HOME=/data
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/readyz', timeout=4)"]
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501"]
