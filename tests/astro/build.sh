#!/usr/bin/env bash
# Installs the packages of the Astro app here and builds it, or builds the app in the directory it is given with the same
# packages; what is done already is not done again. `--packages` before the directory: only the packages, no building. Prints the
# node to run it with: the one on PATH if it is new enough, else the one that npm has installed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
only_packages=
[ "${1:-}" != --packages ] || { only_packages=yes && shift; }
app=$(cd "${1:-$here}" && pwd)
export ASTRO_TELEMETRY_DISABLED=1

fail() { printf '%s\n' "$*" >&2; exit 1; }
sources() { { find src public ../catalogue.json -type f 2>/dev/null || true; } | sort | xargs cat astro.config.mjs "$here/package-lock.json" | cksum; }
is_new() { "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 12) ? 0 : 1)'; }

command -v npm >/dev/null || fail "The Astro app needs npm, which is not on PATH: install node 22.12 or newer, or any node with npm."
cd "$here"
install() { npm ci --ignore-scripts --no-audit --no-fund --loglevel error >&2; }
find_node() { # a node that is new enough
    node=$(command -v node || true)
    if [ -z "$node" ] || ! is_new "$node"; then
        for node in "$here"/node_modules/node-*/bin/node; do :; done
        [ -x "$node" ] && is_new "$node"
    fi
}
if [ "$(cat node_modules/.installed 2>/dev/null)" != "$(cksum <package-lock.json)" ]; then
    # npm passes over an optional package, node among them, that it could not fetch: a second try tells that from a machine
    # for which there is none.
    { install && find_node; } || { rm -rf node_modules && install; } || fail "npm could not install the packages of $here"
    find_node || fail "Astro 7 needs node 22.12 or newer, and npm has none for this machine: install one."
    cksum <package-lock.json >node_modules/.installed
fi
find_node || fail "The node that npm installed is gone: delete $here/node_modules and try again."

cd "$app"
# A link that leads nowhere is one of a folder that has moved.
[ -e node_modules ] || ln -sfn "$here/node_modules" node_modules
if [ -z "$only_packages" ] && [ "$(cat dist/.built 2>/dev/null)" != "$(sources)" ]; then
    "$node" node_modules/astro/bin/astro.mjs build >&2 || fail "the Astro app in $app could not be built"
    sources >dist/.built
fi
printf '%s\n' "$node"
