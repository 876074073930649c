# The dashboard with its workers, or a node of a Ray cluster. All downloads happen here, none when it runs.
#   docker build -t bioner-budget .
#   docker build --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu128 -t bioner-budget:gpu .

FROM python:3.11-slim-bookworm AS build
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG EXTRAS=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/bioner
COPY requirements.txt ./
RUN version="$(sed -n 's/^torch==\([^ ]*\).*/\1/p' requirements.txt)" \
 && /opt/bioner/bin/pip install "torch==$version" --index-url "$TORCH_INDEX" \
 && /opt/bioner/bin/pip install -r requirements.txt
COPY . .
RUN /opt/bioner/bin/pip install ".${EXTRAS}"

FROM python:3.11-slim-bookworm
COPY --from=build /opt/bioner /opt/bioner
RUN useradd --uid 10001 --create-home bioner && install -d -m 700 -o bioner -g bioner /data
USER 10001
# The root file system may be read-only: everything that changes lies in /data, short-lived files in /tmp.
ENV PATH=/opt/bioner/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/data/home \
    BIONER_RUNS=/data/runs \
    BIONER_CORPORA=/data/corpora \
    BIONER_USERS=/data/users \
    BIONER_CACHE=/data/cache \
    BIONER_SETTINGS=/data/settings \
    HF_HUB_OFFLINE=1 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "import urllib.request as r; q = r.Request('http://127.0.0.1:8501/_stcore/health', headers={'Host': 'localhost'}); r.urlopen(q, timeout=4)"]
CMD ["bioner", "app", "--no-browser"]
