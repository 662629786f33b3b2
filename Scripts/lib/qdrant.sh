# shellcheck shell=bash
# Qdrant's engine with its data under $home/qdrant. Needs common.sh, $home and $is_test; $with_faults opens its faults.
# shellcheck disable=SC2154

qdrant_place=$home/qdrant

qdrant_edge() {
    # A key in the caller's environment is for another server.
    env -u QDRANT_EDGE_API_KEY "$root/Scripts/qdrant-edge/qdrant-edge" "$@" 9>&-
}

# "PID PORT" of the engine of our folder; nothing if it does not run.
qdrant_running() {
    local line
    [ -d "$qdrant_place" ] && line=$(qdrant_edge status --data "$qdrant_place" 2>/dev/null) || return 1
    [[ $line =~ pid\ ([0-9]+),\ port\ ([0-9]+) ]] || return 1
    printf '%s %s\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
}

# Throw-away data goes to memory where there is enough.
make_qdrant() {
    [ ! -d "$qdrant_place" ] || return 0
    if [ -n "$is_test" ] && [ -w /dev/shm ] && [ "$(df -P --block-size=1M /dev/shm | awk 'NR == 2 { print $4 }')" -ge 2048 ]; then
        ln -sfn -- "$(mktemp -d /dev/shm/pulse-test-XXXXXXXX)" "$qdrant_place"
    else
        rm -f -- "$qdrant_place"
        mkdir -m 700 -- "$qdrant_place" || fail "cannot write to $home; set PULSE_HOME to a folder of yours"
    fi
}

# start_qdrant WANTED_PORT
start_qdrant() {
    local running port last answer tries=0 flags=()
    make_qdrant
    if running=$(qdrant_running); then
        say "Qdrant's engine runs already, pid ${running% *}, port ${running#* }"
        return 0
    fi
    [ -z "$is_test${with_faults:-}" ] || flags=(--faults)
    last=$(cat -- "$qdrant_place/port" 2>/dev/null || true)
    while :; do
        if [[ $last =~ ^[0-9]+$ ]] && is_port_free "$last"; then
            port=$last
        else
            port=$(free_port "$1" $(($1 + 400))) || true
            [ -n "$port" ] || fail "no port from $1 to $(($1 + 400)) is free for Qdrant's engine"
        fi
        last=''
        answer=$(qdrant_edge start --port "$port" --data "$qdrant_place" ${flags[@]+"${flags[@]}"} 2>&1) && break
        tries=$((tries + 1))
        # Another took the port in between.
        [ $tries -ge 20 ] || is_port_free "$port" || continue
        fail "Qdrant's engine does not start: ${answer##*qdrant-edge: }"
    done
    running=$(qdrant_running) || fail "Qdrant's engine ended at once (log: $qdrant_place/qdrant-edge.log)"
    [ "$port" -eq "$1" ] || is_port_free "$1" || say "port $1 is taken: Qdrant's engine takes $port"
    say "Qdrant's engine started, pid ${running% *}, port $port"
}

stop_qdrant() {
    local running
    if ! running=$(qdrant_running); then
        say "Qdrant's engine does not run"
        return 0
    fi
    qdrant_edge stop --data "$qdrant_place" >/dev/null || fail "Qdrant's engine does not stop (pid ${running% *})"
    say "Qdrant's engine stopped, pid ${running% *}"
}

crash_qdrant() {
    local running tries=0
    running=$(qdrant_running) || fail "Qdrant's engine does not run"
    kill -KILL "${running% *}"
    # Its port and its log are free once it is gone.
    while qdrant_running >/dev/null; do
        tries=$((tries + 1))
        [ $tries -le 100 ] || fail "Qdrant's engine does not end (pid ${running% *})"
        sleep 0.05
    done
    say "Qdrant's engine was killed, pid ${running% *}"
}

erase_qdrant() {
    [ -e "$qdrant_place" ] || [ -L "$qdrant_place" ] || return 0
    rm -rf -- "$(realpath -m -- "$qdrant_place")" "$qdrant_place"
}
