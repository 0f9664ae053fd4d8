#!/usr/bin/env bash
# Measures everything and writes RESULTS.md and plots/: some ten minutes, on a machine that does nothing else.
# `bench/run.sh compile` writes COMPILE.md instead, the time to compile up to a thousand keys: some half an hour.
# It needs redis-server besides the Rust toolchain; the newest one is built for it, as for the tests.
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

written_by() { # the command
    printf 'Written by `%s` on %s, commit %s.\n' "$1" "$(date -u +%F)" "$(git describe --always --dirty)"
}

compile_time() {
    printf '# Compile time\n\n%s\n\n- Machine: %s\n\n' "$(written_by 'bench/run.sh compile')" "$(machine)"
    part compile 1
}

results() {
    printf '# Results\n\n%s\n' "$(written_by bench/run.sh)"
    printf 'Compare within one table only: all of its contenders took turns in one run.\n\n'
    printf -- '- Machine: %s\n- Versions: %s\n' "$(machine)" "$(versions)"
    printf -- '- Session: a user {id, name, email}, a cart of 20 strings of 12 characters, a time.\n'
    printf '\n## Requests in one process\n\n'
    part requests 21
    part allocations
    printf '\n## On Redis\n\n```text\n'
    part redis 1
    printf '```\n\nThe same with the newest server, which has `SET … IFEQ`:\n\n```text\n'
    REDIS_SERVER=$newest part redis 1
    printf '```\n\n## Memory\n\n'
    part memory
    printf '\n## Correctness under load\n\n'
    part races
    printf '\n## Scale\n\n'
    part scale
    printf '\n## Compile time\n\n'
    # A thousand keys have a command of their own: LLVM needs minutes for what serde generates of them.
    part compile 5 100
}

write() { # a file, the command that prints it
    local new
    new=$(mktemp)
    "$2" >"$new"
    cat -s "$new" >"$1"
    rm "$new"
    printf 'bench/%s is written, after %d s.\n' "$1" "$SECONDS"
}

readonly newest=$PWD/../target/newest-redis/redis-server

cargo build --release --bins
mkdir -p plots
case ${1:-all} in
    all) ../tests/newest-redis.sh && write RESULTS.md results ;;
    compile) write COMPILE.md compile_time ;;
    *) echo 'usage: bench/run.sh [compile]' >&2 && exit 2 ;;
esac
