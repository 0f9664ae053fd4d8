#!/usr/bin/env bash
# Starts a shop of two halves at http://127.0.0.1:4321: an Astro app, and a Rust service that shares its sessions.
# PORT and SERVICE_PORT (3001) change where they listen; it needs npm.
set -euo pipefail
cd "$(dirname "$0")"
shop=$PWD/examples/astro-shop
export HOST=127.0.0.1 PORT="${PORT:-4321}" SERVICE_PORT="${SERVICE_PORT:-3001}"

node=$(tests/astro/build.sh "$shop/front")
[ -n "${SERVICE_BINARY:-}" ] || cargo build --quiet --package session-examples --bin astro-shop
binary=${SERVICE_BINARY:-$(cargo metadata --format-version 1 --no-deps | "$node" -p 'JSON.parse(require("fs").readFileSync(0)).target_directory')/debug/astro-shop}

trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
trap 'exit' INT TERM
SESSIONS="$shop/front/.astro/session" PORT="$SERVICE_PORT" "$binary" &
cd "$shop/front"
SERVICE="http://127.0.0.1:$SERVICE_PORT" "$node" dist/server/entry.mjs &
wait -n
