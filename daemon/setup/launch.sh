# shellcheck shell=bash
# Starting Java programs, and the daemon in the background: up, down, and "make sure one runs".

DAEMON_MAIN=dev.caisson.daemon.app.Main
CLIENT_MAIN=dev.caisson.client.command.Main
MCP_MAIN=dev.caisson.mcp.app.Main
DAEMON_START_BOUND_S=60
DAEMON_STOP_BOUND_S=45

# Whatever the JVM has to say goes to stderr; by default parts of it go to stdout, which is a
# program's output or a protocol.
# The quick compiler alone: a client lives for a second, and the daemon's slow compiler took a fifth of a
# core just while a run flooded it (docs/adr/0022-the-quick-compiler-alone.md).
# No -Xshare: auto is the default, and saying so forbids the frontend's cache of classes (frontend.sh).
JVM_FLAGS=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED
  --sun-misc-unsafe-memory-access=allow -Xlog:disable -Xlog:all=warning:stderr)
CLIENT_FLAGS=("${JVM_FLAGS[@]}" -Xmx256m)
# Room for classes and for compiled code, reserved and not used: by default each time that a little more of
# it is needed the JVM stops the daemon for 60 ms to collect everything, and runs wait.
DAEMON_FLAGS=("${JVM_FLAGS[@]}" -Xmx256m -XX:+ExitOnOutOfMemoryError
  -XX:MetaspaceSize=128m -XX:ReservedCodeCacheSize=128m)

class_path() { printf '%s:%s/%s/lib/*\n' "$(program_jar "$1")" "$PROGRAMS_DIR" "$1"; }

# What the programs are told about this machine. The image goes by the hash of this checkout's
# recipe, because "latest" is another checkout's whenever that one was set up last.
# The data image may not be there; then the daemon says so to who asks for it.
export_places() {
  export CAISSON_LAUNCHER=$LAUNCHER DOCKER_HOST=unix://$ENGINE_SOCKET
  [[ -n ${CAISSON_IMAGE:-} ]] || CAISSON_IMAGE=$IMAGE:$(image_hash)
  export CAISSON_IMAGE CAISSON_ENGINE_BASE_IMAGE=$CAISSON_IMAGE
  export CAISSON_ENGINE_DATA_IMAGE=${CAISSON_ENGINE_DATA_IMAGE:-$DATA_IMAGE:$(data_image_hash)}
}

# What this machine's pip installs from, and whom it trusts: the package index of policies when nothing
# else names one.
export_pip_index() {
  [[ -z ${CAISSON_PIP_INDEX:-}${CAISSON_PACKAGES_INDEX:-} ]] || return 0
  local index='' files='' certificates=''
  { read -r index && read -r files && read -r certificates; } < <(python3 "$SETUP_DIR/pip_index.py" 2>/dev/null) || true
  export CAISSON_PIP_INDEX=$index CAISSON_PIP_FILES=$files CAISSON_PIP_CERT=$certificates
}

exec_client() { exec_java client "$CLIENT_MAIN" "$@"; }

exec_java() {
  local module=$1 main=$2
  shift 2
  export_places
  export CAISSON_SOCKET=${CAISSON_SOCKET:-$DAEMON_SOCKET}
  exec "$JAVA_HOME/bin/java" "${CLIENT_FLAGS[@]}" -cp "$(class_path "$module")" "$main" "$@"
}

# For a command that says more with the client, and enough without.
exec_client_if_built() {
  [[ -f $(program_jar client) ]] || return 0
  ensure_jdk
  exec_client "$@"
}

# Every run passes through the daemon several times, and it sleeps most of the time: it should not wait
# behind programs that keep the processors busy. A kernel that shares them out by session wants to be
# told of the session. Nobody but root may do either, and it works without.
DAEMON_NICENESS=-10
prefer() {
  renice -n "$DAEMON_NICENESS" -p "$1" >/dev/null 2>&1 || true
}
prefer_session_of() {
  [[ ! -w /proc/$1/autogroup ]] || printf '%s\n' "$DAEMON_NICENESS" 2>/dev/null >"/proc/$1/autogroup" || true
}

# The daemon in this very process, so its pid is ours. DETACH holds what keeps it from the terminal.
DETACH=()
exec_daemon() {
  export_places
  export_pip_index
  export CAISSON_SOCKET=${CAISSON_SOCKET:-$DAEMON_SOCKET}
  make_private_folders
  printf '%s\n' "$BASHPID" >"$DAEMON_PID_FILE"
  made_of >"$DAEMON_MADE_OF"
  # The socket comes into being with this, before the daemon can set its mode.
  umask 077
  prefer "$BASHPID"
  exec "${DETACH[@]}" "$JAVA_HOME/bin/java" "${DAEMON_FLAGS[@]}" -cp "$(class_path daemon)" "$DAEMON_MAIN" "$@"
}

# Which build and which sandbox images a daemon started now would have.
made_of() {
  printf '%s %s %s\n' "$(stat -c %.Y "$BUILD_STAMP")" "$CAISSON_IMAGE" "${CAISSON_ENGINE_DATA_IMAGE:-}"
}

make_private_folders() {
  # Whoever reaches the socket may run programs as this user, so a folder of our making is closed.
  # One that was there is left as it is: it may be shared with others.
  [[ -d $CAISSON_RUN_DIR ]] || (umask 077 && mkdir -p "$CAISSON_RUN_DIR") 2>/dev/null || true
  mkdir -p "$CAISSON_RUN_DIR" "$CAISSON_STATE_DIR" "$CAISSON_LOG_DIR" 2>/dev/null ||
    fail "user $(user_name) may not make $CAISSON_RUN_DIR, $CAISSON_STATE_DIR or $CAISSON_LOG_DIR" \
      "set CAISSON_RUN_DIR, CAISSON_STATE_DIR and CAISSON_LOG_DIR to folders of your own"
}

# Asks gRPC's health service by hand: an empty request, and an answer of field 1 = SERVING.
daemon_serves() {
  [[ -S ${1:-$DAEMON_SOCKET} ]] || return 1
  [[ $(printf '\0\0\0\0\0' | curl --silent --max-time 2 --http2-prior-knowledge \
    --unix-socket "${1:-$DAEMON_SOCKET}" -H 'content-type: application/grpc' -H 'te: trailers' \
    --data-binary @- http://localhost/grpc.health.v1.Health/Check 2>/dev/null | od -An -tx1 | tr -d ' \n') == 00000000020801 ]]
}

# The pid of our daemon, when it is alive and still the program we started.
daemon_pid() {
  local pid
  pid=$(cat "$DAEMON_PID_FILE" 2>/dev/null) || return 1
  [[ -n $pid ]] && grep -qzxF "$DAEMON_MAIN" "/proc/$pid/cmdline" 2>/dev/null && printf '%s\n' "$pid"
}

# What said which daemon it is to be, when something did.
SOCKET_NAMED_BY=CAISSON_SOCKET

# For the commands that need a daemon. Somebody who names a socket has one of their own.
ensure_daemon() {
  if [[ -n ${CAISSON_SOCKET:-} ]]; then
    need_named_socket
  elif daemon_serves; then
    daemon_is_of_this_build || tell_of_older_daemon
  else
    start_daemon
  fi
}

need_named_socket() {
  [[ -S ${CAISSON_SOCKET#unix://} ]] ||
    fail "$SOCKET_NAMED_BY names $CAISSON_SOCKET, and there is no socket" \
      "start that daemon, or leave out $SOCKET_NAMED_BY to have one started"
}

tell_of_older_daemon() {
  say "the running daemon was started from an older build; to replace it: $SHOWN_LAUNCHER down"
}

daemon_is_of_this_build() {
  export_places
  [[ ! -f $DAEMON_MADE_OF ]] || [[ $(cat "$DAEMON_MADE_OF") == "$(made_of)" ]]
}

# Before a demo, and on `up`: what was just built is what should run.
replace_stale_daemon() {
  [[ -z ${CAISSON_SOCKET:-} ]] || return 0
  if daemon_pid >/dev/null && ! daemon_is_of_this_build; then
    say "the running daemon was started from an older build; replacing it"
    stop_daemon
  fi
}

# `up`, `down` and `status` find the daemon by its folder, so a daemon elsewhere needs another one.
refuse_another_socket() {
  local option
  [[ -z ${CAISSON_SOCKET:-} ]] || set -- "$@" --socket
  for option; do
    case $option in
      --socket | --socket=* | --run-dir | --run-dir=*)
        fail "caisson up serves at $DAEMON_SOCKET and nowhere else" \
          "CAISSON_RUN_DIR=/another/folder $SHOWN_LAUNCHER up" ;;
    esac
  done
}

start_daemon() {
  make_private_folders
  exclusively "$CAISSON_RUN_DIR/start.lock" start_daemon_unless_running "$@"
}

start_daemon_unless_running() {
  ! daemon_serves || return 0
  local pid begun=$SECONDS own_session=no
  if pid=$(daemon_pid); then
    say "a daemon is there (pid $pid) but does not serve yet; waiting for it"
  else
    say "starting the daemon"
    # Its log begins anew at each start; the one before is kept.
    [[ ! -s $DAEMON_LOG ]] || mv -f "$DAEMON_LOG" "$DAEMON_LOG.1"
    (
      let_go_of_lock
      DETACH=(setsid)
      exec_daemon "$@"
    ) >"$DAEMON_LOG" 2>&1 </dev/null &
    pid=$!
    own_session=yes
  fi
  until daemon_serves; do
    if has_ended "$pid" || ((SECONDS - begun >= DAEMON_START_BOUND_S)); then
      tail -n 20 "$DAEMON_LOG" | sed 's/^/  | /' >&2
      ! has_ended "$pid" || fail "the daemon ended instead of serving; its last words are above" "$SHOWN_LAUNCHER doctor"
      fail "the daemon (pid $pid) does not serve after $DAEMON_START_BOUND_S s" "$SHOWN_LAUNCHER down, then $SHOWN_LAUNCHER doctor"
    fi
    sleep 0.05
  done
  [[ $own_session == no ]] || prefer_session_of "$pid"
  say "the daemon serves at $DAEMON_SOCKET (pid $pid)"
}

# One that has ended may stay in the table of processes until whoever adopted it looks.
has_ended() {
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  [[ ${stat##*) } == [ZX]* ]]
}

# Asks the daemon to finish its runs and go, and waits for that.
stop_daemon() {
  local pid deadline=$((SECONDS + DAEMON_STOP_BOUND_S))
  if ! pid=$(daemon_pid); then
    ! daemon_serves || fail "a daemon serves at $DAEMON_SOCKET, but it is not known by a pid file" "stop it where it was started"
    say "no daemon is running"
    rm -f "$DAEMON_PID_FILE"
    return
  fi
  kill -TERM "$pid" || fail "user $(user_name) may not stop the daemon (pid $pid)" "sudo $SHOWN_LAUNCHER down"
  say "stopping the daemon (pid $pid); runs that are under way may finish"
  until has_ended "$pid"; do
    ((SECONDS < deadline)) ||
      fail "the daemon (pid $pid) has not stopped in $DAEMON_STOP_BOUND_S s" "kill -9 $pid (the next start clears away what it leaves)"
    sleep 0.05
  done
  rm -f "$DAEMON_PID_FILE"
  say "the daemon has stopped"
}

# Exit status 0 when the daemon serves, 3 when none does, as service tools have it.
print_status() {
  local pid
  if daemon_serves "${CAISSON_SOCKET:-$DAEMON_SOCKET}"; then
    exec_client_if_built status "$@"
    pid=$(daemon_pid) || pid=unknown
    printf 'daemon: running (pid %s), socket %s\n' "$pid" "${CAISSON_SOCKET:-$DAEMON_SOCKET}"
  else
    printf 'daemon: not running (start it with: %s up)\n' "$LAUNCHER"
    leave 3
  fi
}

follow_log() {
  local lines=200 follow=()
  while [[ $# -gt 0 ]]; do
    case $1 in
      -f | --follow) follow=(--follow=name --retry) ;;
      -n | --lines)
        [[ ${2:-} =~ ^[0-9]+$ ]] || usage_error "$1 takes a number of lines"
        lines=$2
        shift
        ;;
      *) unknown_option logs "$1" -f --follow -n --lines --help ;;
    esac
    shift
  done
  [[ -f $DAEMON_LOG ]] || fail "there is no log yet: no daemon has been started in the background" "$SHOWN_LAUNCHER up"
  exec tail -n "$lines" "${follow[@]}" "$DAEMON_LOG"
}
