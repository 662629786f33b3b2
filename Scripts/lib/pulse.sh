# shellcheck shell=bash
# The pulse executable: built, or the one that PULSE_BIN names. Needs common.sh.
# shellcheck disable=SC2154

# Sets PULSE_BIN. build_pulse LOG
build_pulse() {
    local configuration=${PULSE_CONFIGURATION:-release}
    if [ -n "${PULSE_BIN:-}" ]; then
        PULSE_BIN=$(absolute "$PULSE_BIN" "$PWD")
        [ -x "$PULSE_BIN" ] || fail "PULSE_BIN names $PULSE_BIN, which is no executable"
        return 0
    fi
    case $configuration in
    debug | release) ;;
    *) fail "PULSE_CONFIGURATION is $configuration; it must be debug or release" ;;
    esac
    local build=(swift build --package-path "$root" --configuration "$configuration" --product pulse)
    logged "building pulse, $configuration; the first time takes minutes" "$1" "${build[@]}" ||
        fail "the build failed; its log is $1"
    PULSE_BIN=$("${build[@]}" --show-bin-path)/pulse
}

# Sets PULSE_BENCH_BIN, likewise. build_bench LOG
build_bench() {
    if [ -n "${PULSE_BENCH_BIN:-}" ]; then
        PULSE_BENCH_BIN=$(absolute "$PULSE_BENCH_BIN" "$PWD")
        [ -x "$PULSE_BENCH_BIN" ] || fail "PULSE_BENCH_BIN names $PULSE_BENCH_BIN, which is no executable"
        return 0
    fi
    local build=(swift build --package-path "$root" --configuration release --product pulse-bench)
    logged 'building the benchmarks; the first time takes minutes' "$1" "${build[@]}" || fail "the build failed; its log is $1"
    PULSE_BENCH_BIN=$("${build[@]}" --show-bin-path)/pulse-bench
}

# What the caller has set for another installation does not count for this one.
forget_settings() {
    unset PULSE_CONFIG PULSE_DATABASE_URL PULSE_OWNER_DATABASE_URL PULSE_QDRANT_URL PULSE_QDRANT_API_KEY PULSE_PROVIDER
    export PULSE_MIGRATIONS_DIR=$root/Migrations PULSE_PROVIDERS_DIR=$root/Providers
}
