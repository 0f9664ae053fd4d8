#!/usr/bin/env bash
# Runs every check of this repository, one named stage after the other, and stops at the first that fails.
# It needs the Rust toolchain of rustup, a C++ compiler (for libFuzzer), make, pip and npm. cargo-hack, cargo-deny and cargo-machete are
# installed where they are missing, and so is node, if there is none that is new enough for Astro. On Debian and its like it
# installs redis-server, postgresql and valgrind where they are missing, which takes root; elsewhere install these first.
set -uo pipefail
cd "$(dirname "$0")"
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}"

stage() {
    local name=$1 start=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    if ! "$@"; then
        printf '\nFAILED: stage "%s" after %d s\n' "$name" $((SECONDS - start)) >&2
        exit 1
    fi
    printf -- '-- %s: ok, %d s\n' "$name" $((SECONDS - start))
    passed=$((passed + 1))
}

# They run for seconds, and to optimise them takes minutes.
tool() { # name, version
    command -v "cargo-$1" >/dev/null ||
        CARGO_PROFILE_DEV_DEBUG=0 cargo install --debug --locked --quiet "cargo-$1" --version "$2"
}

tools() {
    tool hack 0.6.46 && tool deny 0.20.2 && tool machete 0.9.2
}

# The tests start servers of their own from these; the packages' own services are not needed, and not started.
servers() {
    command -v redis-server >/dev/null || package redis-server || return
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || package postgresql || return
    tests/newest-redis.sh
}

package() { # name
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" || return
        trap "rm -f $policy" RETURN
    fi
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1"
}

# What the core must do without: it is to be usable under any runtime and any framework.
purity() {
    local tree unwanted
    tree=$(cargo tree --package session-runtime --no-default-features --edges normal --prefix none) || return
    unwanted=$(grep -E '^(tokio|axum|actix|redis|fred|deadpool|hyper|tower)' <<<"$tree")
    if [ -n "$unwanted" ]; then
        printf 'session-runtime without features depends on:\n%s\n' "$unwanted" >&2
        return 1
    fi
}

astro_apps() {
    tests/astro/build.sh >/dev/null && tests/astro/build.sh examples/astro-shop/front >/dev/null
}

documentation() {
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --all-features --no-deps
}

# The targets have a workspace of their own. What they call runs in the tests; this keeps the targets themselves building.
fuzz_targets() {
    cargo clippy --manifest-path fuzz/Cargo.toml --all-targets -- -D warnings
}

# They have a workspace of their own, with the libraries that they are measured beside. This keeps them building.
benchmarks() {
    cargo clippy --manifest-path bench/Cargo.toml --all-targets -- -D warnings
}

# Fails where a request or the codec takes more instructions than stored; guard/src/main.rs says how to store them anew.
instruction_counts() {
    command -v valgrind >/dev/null || package valgrind || return
    cargo run --quiet --release --package session-guard
}

passed=0
stage "format" cargo fmt --all --check
stage "clippy" cargo clippy --workspace --all-targets --all-features -- -D warnings
stage "fuzz targets" fuzz_targets
stage "benchmarks" benchmarks
stage "the Astro apps of tests and examples" astro_apps
stage "servers for the tests" servers
stage "tests and doctests" cargo test --workspace --all-features
stage "instruction counts" instruction_counts
stage "documentation" documentation
stage "tools" tools
stage "each feature alone" cargo hack check --package session-derive --package session-runtime --each-feature --no-dev-deps
stage "the core is free of runtimes and frameworks" purity
stage "licences, bans, sources" cargo deny --all-features check bans licenses sources
stage "unused dependencies" cargo machete --skip-target-dir
stage "packages" cargo package --package session-derive --package session-runtime --allow-dirty
printf '\nAll %d stages passed in %d s.\n' "$passed" "$SECONDS"
