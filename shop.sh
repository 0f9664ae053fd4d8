#!/usr/bin/env bash
# Starts the example shop at http://127.0.0.1:3000. PORT, HOST and SESSION_STORE change that; see the README.
set -euo pipefail
cd "$(dirname "$0")"
exec cargo run --quiet --package session-examples --bin shop
