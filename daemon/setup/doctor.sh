# shellcheck shell=bash
# `caisson doctor`: what is there, in which version, and what mends the rest. Changes nothing.

DOCTOR_FOUND_WRONG=''

good() { printf '%-9s %-14s %s\n' ok "$1" "$2"; }

# wrong STATE WHAT DETAIL COMMAND
wrong() {
  DOCTOR_FOUND_WRONG=yes
  printf '%-9s %-14s %s\n' "$1" "$2" "$3"
  printf '%-9s %-14s mend it with: %s\n' '' '' "$4"
}

examine() {
  examine_machine
  examine_engine
  examine_gvisor
  examine_build
  examine_daemon
  [[ -z $DOCTOR_FOUND_WRONG ]] || leave 1
}

examine_machine() {
  good machine "$(uname -sr) $(uname -m), cgroup $(cgroup_version), user $(user_name)"
  local tool
  for tool in curl git python3; do
    have "$tool" || wrong missing "$tool" "not on the PATH" "apt-get install -y $tool"
  done
}

cgroup_version() { [[ $(stat -fc %T /sys/fs/cgroup) == cgroup2fs ]] && echo v2 || echo v1; }

examine_engine() {
  local answer version api
  if ! engine_answers; then
    if [[ -S $ENGINE_SOCKET && ! -w $ENGINE_SOCKET ]]; then
      wrong closed engine "user $(user_name) may not talk to $ENGINE_SOCKET" "sudo usermod -aG docker $(user_name)"
    elif have dockerd; then
      wrong missing engine "Docker Engine is installed and does not answer at $ENGINE_SOCKET" "$SHOWN_LAUNCHER setup"
    else
      wrong missing engine "Docker Engine is not installed" "$SHOWN_LAUNCHER setup"
    fi
    return
  fi
  answer=$(engine_api /version)
  version=$(json_string Version <<<"$answer")
  api=$(json_string ApiVersion <<<"$answer")
  if at_least "$ENGINE_API_FLOOR" "$api"; then
    good engine "Docker Engine $version, API $api, at $ENGINE_SOCKET"
  else
    wrong old engine "Docker Engine $version speaks API $api, $ENGINE_API_FLOOR is needed" "apt-get install --only-upgrade docker.io"
  fi
  examine_image
}

examine_image() {
  local hash
  hash=$(image_hash)
  if image_is_current "$hash"; then
    good image "$IMAGE:$hash"
  elif engine_has_image "$IMAGE:latest"; then
    wrong old image "$IMAGE:latest was made from another recipe than this checkout's" "$SHOWN_LAUNCHER setup"
  else
    wrong missing image "$IMAGE has not been built" "$SHOWN_LAUNCHER setup"
  fi
  hash=$(data_image_hash)
  if engine_has_image "$DATA_IMAGE:$hash"; then
    good 'data image' "$DATA_IMAGE:$hash"
  else
    printf '%-9s %-14s not built (the policy data needs it; to build it: %s image build data)\n' - 'data image' \
      "$SHOWN_LAUNCHER"
  fi
}

examine_gvisor() {
  local runsc other
  other=$(command -v runsc 2>/dev/null) || other=''
  if runsc=$(registered_runsc) && runsc_is_current "$runsc" || runsc=$(find_runsc); then
    good gvisor "$("$runsc" --version | sed -n '1s/.*version //p'), $runsc"
    [[ -z $other ]] || runsc_is_current "$other" ||
      printf '%-9s %-14s %s is older than release %s; it is not used here\n' note '' "$other" "$RUNSC_FLOOR"
  elif [[ -n $other ]]; then
    wrong unsafe gvisor "$other is older than release $RUNSC_FLOOR (CVE-2026-96812)" "$SHOWN_LAUNCHER setup"
  else
    wrong missing gvisor "no runsc is installed" "$SHOWN_LAUNCHER setup"
  fi
  ! engine_answers || examine_runtime
}

examine_runtime() {
  if gvisor_is_current; then
    good runtime "$RUNTIME_NAME ${RUNTIME_ARGS[*]}"
  elif engine_api /info | grep -qF "\"$RUNTIME_NAME\":{"; then
    wrong unsafe runtime "$RUNTIME_NAME is registered with other arguments or an old runsc" "$SHOWN_LAUNCHER setup"
  else
    wrong missing runtime "$RUNTIME_NAME is not registered with the engine" "$SHOWN_LAUNCHER setup"
  fi
}

examine_build() {
  local home=''
  if home=$(find_jdk); then
    good jdk "$(sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$home/release"), $home"
  else
    wrong missing jdk "no JDK $JDK_MAJOR (found: $(jdk_list))" "apt-get install -y temurin-$JDK_MAJOR-jdk (see https://adoptium.net/installation/linux)"
  fi
  if build_is_current; then
    good build "up to date"
    [[ -z $home ]] || JAVA_HOME=$home examine_frontend_cache
  else
    wrong missing build "not built, or sources are newer" "$SHOWN_LAUNCHER setup"
  fi
}

examine_frontend_cache() {
  if frontend_cache_works; then
    good 'class cache' "the JVM starts the MCP frontend from it: $FRONTEND_CACHE"
  else
    wrong unused 'class cache' "the MCP frontend starts without it, and more slowly" "$SHOWN_LAUNCHER setup"
  fi
}

examine_daemon() {
  if daemon_serves; then
    good daemon "serves at $DAEMON_SOCKET (pid $(daemon_pid || echo unknown))"
  elif daemon_pid >/dev/null; then
    wrong unwell daemon "runs (pid $(daemon_pid)) and does not serve" "$SHOWN_LAUNCHER down, then $SHOWN_LAUNCHER up"
  else
    printf '%-9s %-14s %s\n' - daemon "not running (start it with: $SHOWN_LAUNCHER up)"
  fi
}
