# shellcheck shell=bash
# What the scripts share: where things are, how they speak, and how they end what they began.
# shellcheck disable=SC2034 # used by those that read this file

root=$(unset CDPATH && cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
program=${0##*/}

bold='' dim='' red='' green='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
fi

say() { printf '%s%s:%s %s\n' "$dim" "$program" "$plain" "$*"; }
fail() {
    printf '%s: %s\n' "$program" "$*" >&2
    exit 1
}
# The comment at the head of a script is its help.
help_of() { sed -n '2,${/^#/!q;s/^# \{0,1\}//p;}' "$1"; }

absolute() {
    case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s/%s\n' "$2" "$1" ;;
    esac
}

# Local data: the model, Qdrant's engine, databases. A relative PULSE_HOME is one of the project's root.
PULSE_HOME=$(absolute "${PULSE_HOME:-.pulse}" "$root")
PULSE_MODEL_DIR=$(absolute "${PULSE_MODEL_DIR:-$PULSE_HOME/model}" "$PWD")
export PULSE_HOME PULSE_MODEL_DIR

make_folder() {
    # Open to be passed through: as root, PostgreSQL works as another user.
    (umask 022 && mkdir -p -- "$1") 2>/dev/null && [ -w "$1" ] || fail "cannot write to $1; set PULSE_HOME to a folder of yours"
}

duration() {
    if [ "$1" -lt 60 ]; then
        printf '%d s' "$1"
    else
        printf '%d min %02d s' $(($1 / 60)) $(($1 % 60))
    fi
}

is_port_free() { [ "$(free_port "$1" "$1")" = "$1" ]; }

# The first port of FIRST…LAST that nobody listens on; nothing if there is none.
free_port() {
    python3 -I -S - "$1" "$2" <<'PYTHON'
import socket, sys

for port in range(int(sys.argv[1]), int(sys.argv[2]) + 1):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(port)
        break
PYTHON
}

# Holds FILE's lock until this script ends, waiting for another that has it. Descriptor 9 is the lock; children go without it.
alone() {
    make_folder "$(dirname -- "$1")"
    { exec 9>"$1"; } 2>/dev/null || fail "cannot write to $1; set PULSE_HOME to a folder of yours"
    command -v flock >/dev/null || return 0
    flock -n 9 && return 0
    say "waiting for another $program in the same folder to end"
    flock 9
}

# What `run` has begun and not seen the end of.
child=''

# Runs a command in a process group of its own, so that a signal to this script ends all of it, and at once.
begin() {
    set -m
    "$@" </dev/null 9>&- &
    child=$!
    set +m
}

finish() {
    local status=0
    wait "$child" || status=$?
    child=''
    return "$status"
}

run() {
    begin "$@"
    finish
}

# Asks a process, or with a leading - a group, to end, and waits until it has.
end() {
    kill -TERM -- "$1" 2>/dev/null || return 0
    local tries=0
    while kill -0 -- "$1" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -le 300 ] || kill -KILL -- "$1" 2>/dev/null || true
        sleep 0.1
    done
}

end_child() {
    [ -n "$child" ] || return 0
    end "-$child"
    wait "$child" 2>/dev/null || true
    child=''
}

# Calls clean_up when this script ends, however it ends.
clean_up_at_the_end() {
    trap 'status=$?; trap "" INT TERM HUP PIPE; end_child; clean_up "$status" || true; exit "$status"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 141' PIPE
    trap 'exit 143' TERM
}

# logged WHAT LOG COMMAND…: runs it with its output in LOG and shows that it goes on; shows the errors where it fails.
logged() {
    local what=$1 log=$2 started=$SECONDS told=$SECONDS status=0
    shift 2
    make_folder "$(dirname -- "$log")"
    : >"$log"
    say "$what (log: $log)"
    begin "$@" >"$log" 2>&1
    while kill -0 "$child" 2>/dev/null; do
        if [ -t 1 ]; then
            printf '\r\e[2K  %s  %.90s' "$(duration $((SECONDS - started)))" "$(tail -n 1 -- "$log" 2>/dev/null)"
        elif [ $((SECONDS - told)) -ge 60 ]; then
            told=$SECONDS
            printf '  %s  %.90s\n' "$(duration $((SECONDS - started)))" "$(tail -n 1 -- "$log" 2>/dev/null)"
        fi
        sleep 0.3
    done
    [ ! -t 1 ] || printf '\r\e[2K'
    finish || status=$?
    [ $status -ne 0 ] || return 0
    {
        grep -E -A 3 -- '(error|fatal):' "$log" | head -n 40 || true
        grep -q -E -- '(error|fatal):' "$log" || tail -n 20 -- "$log"
    } >&2
    return $status
}
