# shellcheck shell=bash
# `caisson uninstall`: takes back what set-up changed, by its own record and by our labels, and
# nothing else.

LABEL=dev.caisson

uninstall() {
  local packages=''
  while [[ $# -gt 0 ]]; do
    case $1 in
      --packages) packages=yes ;;
      *) unknown_option uninstall "$1" --packages --help ;;
    esac
    shift
  done
  need_root "taking back what set-up changed" uninstall
  stop_daemon
  if engine_answers; then
    remove_containers
    remove_images
  else
    say "no engine answers at $ENGINE_SOCKET: containers and images, if any, are left"
  fi
  remove_runtime
  [[ -z $packages ]] || remove_packages
  remove_folders
  say "Caisson is uninstalled; this checkout, $HOME_DIR, is yours to delete"
}

remove_containers() {
  local id
  for id in $(engine_docker ps --all --quiet --filter "label=$LABEL.owner"); do
    say "removing container $id"
    timeout 30 docker --host "unix://$ENGINE_SOCKET" rm --force --volumes "$id" >/dev/null ||
      say "  container $id does not go; left"
  done
}

remove_images() {
  local name
  for name in $(engine_docker images --filter "label=$LABEL.image" --format '{{.Repository}}:{{.Tag}}'); do
    say "removing image $name"
    engine_docker rmi "$name" >/dev/null || say "  image $name is in use; left"
  done
}

remove_runtime() {
  local file outcome
  file=$(recorded engine-config | tail -n 1)
  file=${file:-$(engine_config_file)}
  [[ -f $file ]] || return 0
  outcome=$(python3 -I "$SETUP_DIR/engine_config.py" remove "$file" "$RUNTIME_NAME") ||
    fail "$file was not changed: $outcome" "take the runtime $RUNTIME_NAME out of it, then run this again"
  [[ $outcome == removed ]] || return 0
  say "took the runtime $RUNTIME_NAME out of $file"
  if recorded engine-config-created | grep -qxF "$file" && [[ $(tr -d ' \n' <"$file") == '{}' ]]; then
    say "removing $file, which set-up had made"
    rm -f "$file"
  fi
  if engine_pid >/dev/null; then reload_engine; fi
}

# Packages go only when they take nobody else's along, and the engine only when nobody else's
# containers are in it.
remove_packages() {
  local package packages=() others
  while IFS= read -r package; do packages+=("$package"); done < <(recorded package)
  [[ ${#packages[@]} -gt 0 ]] || return 0
  others=$(apt-get --simulate remove "${packages[@]}" | sed -n 's/^Remv \([^ ]*\).*/\1/p' |
    grep -vxF -f <(printf '%s\n' "${packages[@]}") | paste -sd ' ') || true
  if [[ -n $others ]]; then
    say "the packages set-up had installed are left, because these now need them: $others"
    return
  fi
  if printf '%s\n' "${packages[@]}" | grep -qx docker.io && engine_answers; then
    if [[ -n $(engine_docker ps --all --quiet) ]]; then
      fail "the engine holds containers that are not Caisson's, so its package stays" "remove them, or leave out --packages"
    fi
    stop_engine
  fi
  step "removing the packages set-up had installed: ${packages[*]}" apt-get remove -y "${packages[@]}"
}

stop_engine() {
  local pid deadline=$((SECONDS + 30))
  pid=$(engine_pid) || return 0
  say "stopping Docker Engine (pid $pid)"
  if [[ -d /run/systemd/system ]]; then systemctl stop docker.socket docker; else kill -TERM "$pid"; fi
  while [[ -e /proc/$pid ]] && ((SECONDS < deadline)); do sleep 0.1; done
}

remove_folders() {
  local folder
  for folder in "$PREFIX" "$MACHINE_DIR" "$CACHE_DIR" "$CAISSON_RUN_DIR" "$CAISSON_STATE_DIR" "$CAISSON_LOG_DIR"; do
    [[ -d $folder ]] || continue
    # A folder that somebody pointed us to may hold more than ours.
    if [[ ${folder,,} != *caisson* ]]; then
      say "left alone, because its name does not say it is Caisson's: $folder"
      continue
    fi
    say "removing $folder"
    rm -rf --one-file-system "$folder"
  done
}
