#!/usr/bin/env bash
# Splits the time of one kind of request into parts: `bench/parts.sh KIND [CONTENDER]`, such as `bench/parts.sh Update`.
# Needs Linux's perf. A compass: what the compiler has put into a caller counts as the caller's.
set -euo pipefail
cd "$(dirname "$0")"

readonly kind=$1 contender=${2:-session-runtime} requests=800000 hertz=5000

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

program=$(cargo build --quiet --release --bin one --message-format json | sed -n 's/.*"executable":"\([^"]*\/one\)".*/\1/p')
perf record --quiet --event cpu-clock --freq "$hertz" --output "$folder/samples" "$program" "$contender" "$kind" "$requests" >"$folder/said"
perf report --input "$folder/samples" --no-children --stdio --show-nr-samples --call-graph none --sort sym 2>/dev/null |
    awk -v each="$((1000000000 / hertz))" -v requests="$requests" '
        !/^ +[0-9.]+%/ { next }
        /\[k\]/ { part = "the system: new memory, mostly" }
        !/\[k\]/ { part = "other" }
        /axum|http::|tower|matchit|futures_util|bytes::|HeaderMap|Uri|tokio|session_bench|session_guard|core::fmt|format/ { part = "axum, the handler, the client" }
        /session_runtime/ { part = "exchange, state, accessors" }
        /session_runtime::(web|cookie)/ { part = "layer and cookie" }
        /session_runtime::store/ { part = "memory store" }
        /devalue|Serialize|serde_core::ser|serde_json::ser/ { part = "codec: writing" }
        /devalue::(de|source|keyed|document)|Deserialize|serde_core::de|serde_json::(de|read)/ { part = "codec: reading" }
        /devalue::(scan|flat|locate|search)|reopened/ { part = "codec: opening" }
        /sha2|digest|StoreKey|::id::/ { part = "ids and store keys (SHA-256)" }
        /clock_gettime|Timespec|SystemTime|Clock/ { part = "clock" }
        /malloc|_int_free|cfree|unlink_chunk|realloc|rust_alloc|rust_dealloc/ { part = "allocator" }
        /memmove|memcpy|memset|memcmp/ { part = "copying and comparing memory" }
        { time[part] += $2 * each / requests; all += $2 * each / requests }
        END {
            for (part in time) printf "%6.0f ns  %s\n", time[part], part | "sort -rn"
            close("sort -rn")
            printf "%6.0f ns  together\n", all
        }'
