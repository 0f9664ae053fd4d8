#!/usr/bin/env bash
# Measures everything and writes RESULTS.md and plots/: some ten minutes, on a machine that does nothing else.
# It needs redis-server besides the Rust toolchain.
set -euo pipefail
cd "$(dirname "$0")"

part() { # program, its arguments
    cargo run --quiet --release --bin "$1" -- "${@:2}"
}

versions() {
    local name
    for name in tower-sessions axum_session actix-session axum actix-web dashmap redis fred; do
        awk -v name="$name" '$1 == "name" && $3 == "\"" name "\"" { getline; gsub(/"/, "", $3); print name, $3 }' Cargo.lock
    done | paste -sd, | sed 's/,/, /g'
}

machine() {
    local model memory
    model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
    memory=$(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo)
    printf '%s × %s, %s, Linux %s; %s; ' "$(nproc)" "$model" "$memory" "$(uname -r)" "$(rustc --version)"
    redis-server --version | awk '{ print $1, $2, substr($3, 3) }'
}

results() {
    printf '# Results\n\nWritten by `bench/run.sh` on %s, commit %s.\n' "$(date -u +%F)" "$(git describe --always --dirty)"
    printf 'Compare within one table only: all of its contenders took turns in one run.\n\n'
    printf -- '- Machine: %s\n- Versions: %s\n' "$(machine)" "$(versions)"
    printf -- '- Session: a user {id, name, email}, a cart of 20 strings of 12 characters, a time.\n'
    printf '\n## Requests in one process\n\n'
    part requests 21
    part allocations
    printf '\n## On Redis\n\n```text\n'
    part redis 1
    printf '```\n\n## Memory\n\n'
    part memory
    printf '\n## Correctness under load\n\n'
    part races
    printf '\n## Scale\n\n'
    part scale
    printf '\n## Compile time\n\n'
    # A thousand keys are for `compile 1` on its own: LLVM needs minutes for what serde generates of them.
    part compile 5 100
}

cargo build --release --bins
mkdir -p plots
new=$(mktemp)
trap 'rm -f "$new"' EXIT
results >"$new"
cat -s "$new" >RESULTS.md
printf 'bench/RESULTS.md is written, after %d s.\n' "$SECONDS"
