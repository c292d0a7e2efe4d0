FROM python:3.11-slim AS build
# CPU builds of PyTorch. For CUDA give another index: --build-arg TORCH_INDEX_URL=https://download.pytorch.org/whl/cu130
# Where the index of CPU builds can't be reached, pip takes what PyPI has, which on x86-64 is a CUDA build of 5.9 GB. It
# works as well, so the build goes on, but says so.
ARG TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu
RUN python -m venv /opt/fit-service
ENV PATH=/opt/fit-service/bin:$PATH
WORKDIR /source
COPY pyproject.toml ./
RUN python -c "import tomllib; project = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
    print(*project['dependencies'], *project['optional-dependencies']['postgres'], sep='\n')" > requirements.txt \
 && pip install --no-cache-dir --no-deps --extra-index-url "$TORCH_INDEX_URL" "$(grep ^torch== requirements.txt)" \
 && pip install --no-cache-dir -r requirements.txt \
 && python -c "import sys, torch; asked, got = not '$TORCH_INDEX_URL'.rstrip('/').endswith('/cpu'), torch.version.cuda; \
    line = '!' * 100; asked or not got or print(line, 'WARNING: this image has a CUDA build of PyTorch (5.9 GB), and not the ' \
    'CPU build that was asked for: is $TORCH_INDEX_URL reached from here?', line, sep='\\n', file=sys.stderr)"
COPY README.md LICENSE ./
COPY app app
RUN pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home fit && install --directory --owner=fit --mode=0700 /data
COPY --from=build /opt/fit-service /opt/fit-service
ENV PATH=/opt/fit-service/bin:$PATH \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    FIT_HOST=0.0.0.0 \
    FIT_DATABASE_URL=sqlite:////data/fit-service.db
WORKDIR /data
USER 10001
# The only places that are written to: the root file system may be read-only.
VOLUME ["/data", "/tmp"]
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ.get(\"FIT_PORT\", 8000)}/readyz', timeout=4)"]
CMD ["fit-service"]
