# shellcheck shell=bash
# Docker Engine: installed when there is none, started when it is not running, otherwise kept as it
# is. All questions go to its API with curl, which is faster than the docker client and the same for
# every version.

RUNTIME_NAME=caisson-runsc
RUNTIME_ARGS=(--platform=systrap --network=none --oci-seccomp --host-uds=none --host-fifo=none
  --overlay2=none --net-raw=false --app-huge-pages=false)
ENGINE_API_FLOOR=1.41
ENGINE_START_BOUND_S=60

case ${DOCKER_HOST:-} in
  unix://*) ENGINE_SOCKET=${DOCKER_HOST#unix://} ;;
  *) ENGINE_SOCKET=/var/run/docker.sock ;;
esac

engine_api() {
  curl --silent --show-error --fail --max-time "${2:-10}" --unix-socket "$ENGINE_SOCKET" "http://localhost$1" 2>/dev/null
}

engine_answers() { [[ -S $ENGINE_SOCKET ]] && engine_api /_ping 5 >/dev/null; }

engine_docker() { docker --host "unix://$ENGINE_SOCKET" "$@"; }

# One string field of a flat JSON answer; enough for the few we read.
json_string() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1) == "$1" ]]; }

ensure_engine() {
  case ${DOCKER_HOST:-} in
    '' | unix://*) ;;
    *) fail "DOCKER_HOST=$DOCKER_HOST is not a local engine; sandboxes run on this machine only" "unset DOCKER_HOST" ;;
  esac
  engine_answers || {
    [[ $ENGINE_SOCKET == /var/run/docker.sock ]] ||
      fail "no engine answers at DOCKER_HOST=$DOCKER_HOST" "unset DOCKER_HOST, or start that engine"
    [[ $EUID -eq 0 || ! -S $ENGINE_SOCKET || -w $ENGINE_SOCKET ]] ||
      fail "user $(user_name) may not talk to Docker Engine ($ENGINE_SOCKET)" \
        "sudo usermod -aG docker $(user_name), then log in again; or run this command as root"
    need_root "setting up Docker Engine"
    exclusively "$MACHINE_LOCK" install_and_start_engine
  }
  local version
  version=$(engine_api /version | json_string ApiVersion)
  at_least "$ENGINE_API_FLOOR" "${version:-0}" ||
    fail "Docker Engine is too old: its API is ${version:-unknown}, Caisson needs $ENGINE_API_FLOOR" \
      "apt-get install --only-upgrade docker.io"
}

install_and_start_engine() {
  local missing=()
  have dockerd && have docker || missing+=(docker.io)
  have iptables || missing+=(iptables)
  have ip || missing+=(iproute2)
  [[ ${#missing[@]} -eq 0 ]] || install_packages "the engine that holds the sandboxes" "${missing[@]}"
  engine_answers || start_engine
}

start_engine() {
  if [[ -d /run/systemd/system ]]; then
    step "starting Docker Engine with systemctl" systemctl start docker
  else
    say "starting Docker Engine (dockerd; its log is $CAISSON_LOG_DIR/dockerd.log)"
    mkdir -p "$CAISSON_LOG_DIR"
    (
      let_go_of_lock
      cd /
      ulimit -n "$(ulimit -Hn)" # one descriptor or more for each stream of each sandbox
      exec setsid dockerd >>"$CAISSON_LOG_DIR/dockerd.log" 2>&1 </dev/null
    ) &
  fi
  local deadline=$((SECONDS + ENGINE_START_BOUND_S))
  until engine_answers; do
    if ((SECONDS >= deadline)); then
      [[ -d /run/systemd/system ]] || tail -n 15 "$CAISSON_LOG_DIR/dockerd.log" | sed 's/^/  | /' >&2
      fail "Docker Engine does not answer at $ENGINE_SOCKET after $ENGINE_START_BOUND_S s" \
        "look at why in the lines above, or in: journalctl -u docker"
    fi
    sleep 0.1
  done
}

# Where the running engine reads its configuration from.
engine_config_file() {
  local pid file=/etc/docker/daemon.json argument previous=''
  pid=$(engine_pid) || true
  if [[ -n $pid && -r /proc/$pid/cmdline ]]; then
    while IFS= read -r -d '' argument; do
      [[ $previous != --config-file ]] || file=$argument
      [[ $argument != --config-file=* ]] || file=${argument#*=}
      previous=$argument
    done <"/proc/$pid/cmdline"
  fi
  printf '%s\n' "$file"
}

engine_pid() {
  local pid
  for file in /var/run/docker.pid /run/docker.pid; do
    pid=$(cat "$file" 2>/dev/null) || continue
    [[ $(cat "/proc/$pid/comm" 2>/dev/null) == dockerd ]] && printf '%s\n' "$pid" && return 0
  done
  return 1
}

# Tells the running engine to read its configuration again; containers go on undisturbed.
reload_engine() {
  local pid
  pid=$(engine_pid) || fail "Docker Engine answers, but its process is not on this machine (no /var/run/docker.pid)" \
    "restart the engine yourself so that it reads $(engine_config_file), then run: $SHOWN_LAUNCHER setup"
  kill -HUP "$pid"
}
