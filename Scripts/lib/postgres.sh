# shellcheck shell=bash
# A PostgreSQL server of our own under $home/postgres. Needs common.sh, $home and $is_test.
# shellcheck disable=SC2154

# Whatever the caller's client is set to, it is not about this server.
for name in "${!PG@}"; do unset "$name"; done

postgres_place=$home/postgres
postgres_folder='' # without links
postgres_user=''   # who runs the server; empty is the caller

# Where the newest server's programs are, or those of the major version given.
postgres_programs() {
    local folder version
    while read -r folder; do
        [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] && [ -x "$folder/psql" ] || continue
        version=$("$folder/postgres" --version 2>/dev/null) || continue
        [ -z "${1:-}" ] || [[ $version =~ \)\ $1([^0-9]|$) ]] || continue
        printf '%s\n' "$folder"
        return 0
    done < <(
        exec 2>/dev/null
        printf '%s\n' /usr/lib/postgresql/*/bin | sort -V -r
        pg_config --bindir
        dirname -- "$(realpath -- "$(command -v initdb)")"
    )
    return 1
}

# Runs a command as the server's user, in a folder that he can enter.
as_postgres() (
    cd -- "${postgres_folder:-/}"
    [ -n "$postgres_user" ] || exec "$@"
    local group
    group=$(id -g -- "$postgres_user")
    exec setpriv --reuid="$postgres_user" --regid="$group" --init-groups -- env HOME=/ USER="$postgres_user" "$@"
)

# Finds the folder, if there is one, and whose it is.
find_postgres() {
    [ -d "$postgres_place" ] || return 1
    postgres_folder=$(realpath -- "$postgres_place")
    local owner
    owner=$(stat -c %U -- "$postgres_folder")
    if [ "$owner" = "$(id -un)" ]; then
        postgres_user=''
    elif [ "$(id -u)" -eq 0 ]; then
        postgres_user=$owner
    else
        fail "$postgres_folder belongs to the user $owner; work as that user, or set PULSE_HOME to a folder of yours"
    fi
}

make_postgres() {
    find_postgres && return 0
    if [ "$(id -u)" -ne 0 ]; then
        mkdir -m 700 -- "$postgres_place"
    else
        postgres_user=postgres
        id -- "$postgres_user" >/dev/null 2>&1 ||
            fail "PostgreSQL refuses to run as root, and there is no user $postgres_user; run as another user"
        if as_postgres test -x "$home"; then
            install -d -m 700 -o "$postgres_user" -- "$postgres_place"
        else
            local elsewhere
            elsewhere=/var/lib/pulse-$(printf '%s' "$home" | sha256sum | cut -c 1-12)
            install -d -m 700 -o "$postgres_user" -- "$elsewhere"
            ln -sfn -- "$elsewhere" "$postgres_place"
            say "PostgreSQL refuses to run as root, and the user $postgres_user cannot enter $home: its data is in $elsewhere"
        fi
    fi
    find_postgres
}

# The pid of the server of our folder; nothing if it does not run. A pid that another process has got since does not count.
postgres_pid() {
    local pid
    [ -n "$postgres_folder" ] && pid=$(head -n 1 -- "$postgres_folder/data/postmaster.pid" 2>/dev/null) || return 1
    # Asked as its own user: in a container root may not look into other users' processes.
    [[ $pid =~ ^[0-9]+$ ]] && [ "$(as_postgres readlink -- "/proc/$pid/cwd")" = "$postgres_folder/data" ] || return 1
    printf '%s\n' "$pid"
}

postgres_port() { sed -n 4p -- "$postgres_folder/data/postmaster.pid"; }
postgres_password() { cat -- "$postgres_folder/password"; }
postgres_url() { printf 'postgresql://pulse:%s@127.0.0.1:%s/%s\n' "$(postgres_password)" "$(postgres_port)" "$1"; }

# Makes the data; what an interrupted one has left is thrown away.
initialize_postgres() {
    [ ! -s "$postgres_folder/data/PG_VERSION" ] || return 0
    local programs
    programs=$(postgres_programs) || fail "PostgreSQL is missing; Scripts/setup installs it"
    as_postgres rm -rf -- "$postgres_folder/data.new" "$postgres_folder/data"
    as_postgres bash -c 'umask 077 && od -An -N 24 -t x1 /dev/urandom | tr -d " \n" >"$1"' - "$postgres_folder/password"
    as_postgres bash -c 'exec "$@" >"$0" 2>&1' "$postgres_folder/initdb.log" \
        "$programs/initdb" --pgdata="$postgres_folder/data.new" --username=pulse --pwfile="$postgres_folder/password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync ||
        fail "initdb failed: $(as_postgres tail -n 1 -- "$postgres_folder/initdb.log") (log: $postgres_folder/initdb.log)"
    as_postgres bash -c 'echo "include_if_exists = '\''pulse.conf'\''" >>"$1"' - "$postgres_folder/data.new/postgresql.conf"
    [ -n "$is_test" ] || sync
    as_postgres mv -- "$postgres_folder/data.new" "$postgres_folder/data"
}

# A socket's path has 107 bytes at most.
postgres_socket_folder() {
    local link=$postgres_folder/socket folder
    folder=$link
    if [ "$(printf '%s/.s.PGSQL.65535' "$link" | wc -c)" -gt 107 ]; then
        if ! folder=$(as_postgres readlink -e -- "$link"); then
            folder=$(as_postgres mktemp -d /tmp/pulse-XXXXXXXX)
            as_postgres ln -sfn -- "$folder" "$link"
        fi
    else
        as_postgres mkdir -p -m 700 -- "$folder"
    fi
    printf '%s\n' "$folder"
}

configure_postgres() {
    local quoted
    quoted=$(postgres_socket_folder)
    quoted=${quoted//\"/\"\"}
    quoted=${quoted//\'/\'\'}
    {
        echo "# Written at each start."
        echo "listen_addresses = '127.0.0.1'"
        echo "port = $1"
        echo "unix_socket_directories = '\"$quoted\"'"
        echo "unix_socket_permissions = 0700"
        echo "password_encryption = 'scram-sha-256'"
        echo "jit = off"
        if [ -n "$is_test" ]; then
            echo "max_connections = 400"
            echo "deadlock_timeout = '100ms'"
            echo "fsync = off"
            echo "synchronous_commit = off"
            echo "full_page_writes = off"
            echo "wal_level = minimal"
            echo "max_wal_senders = 0"
        else
            echo "max_connections = 200"
            # What the manual advises for a server of its own, instead of what fits any machine: a quarter of the memory, and
            # few checkpoints, after each of which every page goes into the log whole once more.
            echo "shared_buffers = $(postgres_buffers)MB"
            echo "max_wal_size = 4GB"
        fi
    } | as_postgres bash -c 'cat >"$1"' - "$postgres_folder/data/pulse.conf"
}

# Megabytes: a quarter of the memory, 128 to 2048.
postgres_buffers() {
    local kilobytes megabytes
    if [ -r /proc/meminfo ]; then
        kilobytes=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)
    else
        kilobytes=$(($(sysctl -n hw.memsize 2>/dev/null || echo 0) / 1024))
    fi
    megabytes=$((kilobytes / 4096))
    [ "$megabytes" -ge 128 ] || megabytes=128
    [ "$megabytes" -le 2048 ] || megabytes=2048
    echo "$megabytes"
}

# Waits for the last processes of a crashed server. Its pid may be another process's by now, or not yet be reaped; then the
# files that name it would keep a new one from starting. A pid that nobody has is the server's own business.
clear_after_crash() {
    local pid
    pid=$(head -n 1 -- "$postgres_folder/data/postmaster.pid" 2>/dev/null) || return 0
    # shellcheck disable=SC2016
    as_postgres bash -c '
        for tries in {1..100}; do
            for process in /proc/[0-9]*; do
                [ "$(readlink -- "$process/cwd")" != "$1" ] || { sleep 0.1; continue 2; }
            done
            break
        done
    ' - "$postgres_folder/data"
    [ -d "/proc/$pid" ] || return 0
    as_postgres bash -c 'rm -f -- "$1/data/postmaster.pid" "$1"/socket/.s.PGSQL.*' - "$postgres_folder"
}

# start_postgres WANTED_PORT
start_postgres() {
    local pid port last programs version log tries=0
    make_postgres
    initialize_postgres
    if pid=$(postgres_pid); then
        wait_for_postgres "$pid"
        make_database pulse
        say "PostgreSQL runs already, pid $pid, port $(postgres_port)"
        return 0
    fi
    version=$(cat -- "$postgres_folder/data/PG_VERSION")
    programs=$(postgres_programs "$version") || fail "the data in $postgres_folder is PostgreSQL $version's, which is not installed; \
install postgresql-$version, or throw the data away with Scripts/services erase"
    clear_after_crash
    log=$postgres_folder/log
    last=$(cat -- "$postgres_folder/port" 2>/dev/null || true)
    while :; do
        if [ -n "$last" ] && is_port_free "$last"; then
            port=$last
        else
            port=$(free_port "$1" $(($1 + 400))) || true
            [ -n "$port" ] || fail "no port from $1 to $(($1 + 400)) is free for PostgreSQL"
        fi
        last=''
        configure_postgres "$port"
        [ ! -f "$log" ] || as_postgres mv -f -- "$log" "$log.1"
        # By relative names: pg_ctl gives them to a shell.
        as_postgres "$programs/pg_ctl" start --silent --wait --timeout=120 --pgdata=data --log=log \
            >/dev/null 2>&1 9>&- && break
        tries=$((tries + 1))
        # Another took the port in between.
        [ $tries -ge 20 ] || ! grep -q 'could not bind' -- "$log" 2>/dev/null || continue
        fail "PostgreSQL does not start: $(grep -E 'FATAL|PANIC|ERROR' -- "$log" 2>/dev/null | tail -n 1 | sed 's/^.*\(FATAL\|PANIC\|ERROR\): *//') (log: $log)"
    done
    pid=$(postgres_pid) || fail "PostgreSQL ended at once (log: $log)"
    echo "$port" | as_postgres bash -c 'cat >"$1"' - "$postgres_folder/port"
    [ "$port" -eq "$1" ] || is_port_free "$1" || say "port $1 is taken: PostgreSQL takes $port"
    say "PostgreSQL $version started, pid $pid, port $port"
    make_database pulse
}

wait_for_postgres() {
    local tries=0
    until [[ $(sed -n 8p -- "$postgres_folder/data/postmaster.pid" 2>/dev/null) == ready* ]]; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || fail "PostgreSQL (pid $1) is not ready after 60 s (log: $postgres_folder/log)"
        sleep 0.1
    done
}

make_database() {
    local psql
    psql=$(postgres_programs)/psql
    run_sql() { "$psql" --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --command="$1" "$(postgres_url postgres)"; }
    [ "$(run_sql "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ] || run_sql "CREATE DATABASE $1" ||
        fail "PostgreSQL does not take us in on port $(postgres_port) (log: $postgres_folder/log)"
}

stop_postgres() {
    local pid programs
    if ! find_postgres || ! pid=$(postgres_pid); then
        say "PostgreSQL does not run"
        return 0
    fi
    programs=$(postgres_programs "$(cat -- "$postgres_folder/data/PG_VERSION")") || fail "PostgreSQL's programs are missing"
    as_postgres "$programs/pg_ctl" stop --silent --mode=fast --wait --timeout=60 --pgdata="$postgres_folder/data" >/dev/null 2>&1 ||
        as_postgres "$programs/pg_ctl" stop --silent --mode=immediate --wait --pgdata="$postgres_folder/data" >/dev/null 2>&1 ||
        fail "PostgreSQL does not stop (pid $pid)"
    remove_socket_folder
    say "PostgreSQL stopped, pid $pid"
}

crash_postgres() {
    local pid programs
    find_postgres && pid=$(postgres_pid) || fail "PostgreSQL does not run"
    programs=$(postgres_programs "$(cat -- "$postgres_folder/data/PG_VERSION")") || fail "PostgreSQL's programs are missing"
    as_postgres "$programs/pg_ctl" stop --silent --mode=immediate --wait --pgdata="$postgres_folder/data" >/dev/null 2>&1 ||
        fail "PostgreSQL does not end (pid $pid)"
    say "PostgreSQL was ended without a checkpoint, pid $pid"
}

remove_socket_folder() {
    [ -L "$postgres_folder/socket" ] || return 0
    as_postgres rmdir -- "$(readlink -- "$postgres_folder/socket")" 2>/dev/null || true
    as_postgres rm -f -- "$postgres_folder/socket"
}

erase_postgres() {
    find_postgres || return 0
    remove_socket_folder
    rm -rf -- "$postgres_folder" "$postgres_place"
}
