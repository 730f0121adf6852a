# shellcheck shell=bash
# gVisor: a current runsc, registered with the engine under a name of our own, so that a runtime
# called runsc that somebody already uses stays as it is.

# Older releases are unsafe (CVE-2026-96812). A newer one of the machine's own is taken.
RUNSC_FLOOR=20260824
RUNSC_MODULE=gvisor.dev/gvisor/runsc
RUNSC_VERSION=v0.0.0-20260905035102-160fafc42237
OWN_RUNSC=$PREFIX/bin/runsc

# The date in "runsc version release-20260824.0" or "... v0.0.0-20260905035102-...".
runsc_date() {
  local version
  version=$("$1" --version 2>/dev/null | sed -n '1s/.*version //p')
  [[ $version =~ (20[0-9]{6}) ]] && printf '%s\n' "${BASH_REMATCH[1]}"
}

runsc_is_current() { [[ -x ${1:-} ]] && (($(runsc_date "$1" || echo 0) >= RUNSC_FLOOR)); }

# The runsc to use: the machine's own when it is current, else the one we built.
find_runsc() {
  local found
  found=$(command -v runsc 2>/dev/null) || true
  local candidate
  for candidate in "$found" "$OWN_RUNSC"; do
    runsc_is_current "$candidate" && printf '%s\n' "$candidate" && return 0
  done
  return 1
}

# The runsc behind our runtime as the engine has it, when it is registered with our arguments.
registered_runsc() {
  local arguments found
  arguments=$(printf '"%s",' "${RUNTIME_ARGS[@]}")
  found=$(engine_api /info |
    sed -n "s|.*\"$RUNTIME_NAME\":{\"path\":\"\([^\"]*\)\",\"runtimeArgs\":\[${arguments%,}\].*|\1|p")
  [[ -n $found ]] && printf '%s\n' "$found"
}

# Whichever current runsc is registered will do: what is first on the PATH differs between users.
gvisor_is_current() {
  local runsc
  runsc=$(registered_runsc) && runsc_is_current "$runsc"
}

ensure_gvisor() {
  ! gvisor_is_current || return 0
  need_root "setting up gVisor"
  exclusively "$MACHINE_LOCK" install_gvisor
}

install_gvisor() {
  local found runsc
  ! gvisor_is_current || return 0
  if ! runsc=$(find_runsc); then
    if found=$(command -v runsc 2>/dev/null); then
      say "the runsc at $found is older than release $RUNSC_FLOOR and unsafe (CVE-2026-96812); it is left alone, not used"
    fi
    find_go
    step "building gVisor's runsc $RUNSC_VERSION, the kernel between a sandbox and this machine (about two minutes)" \
      build_runsc
    record prefix "$PREFIX"
    runsc=$(find_runsc) || fail "the runsc that was built does not run: $OWN_RUNSC" "$OWN_RUNSC --version"
  fi
  register_runtime "$runsc"
}

find_go() {
  have go || PATH=$PATH:/usr/local/go/bin
  have go || fail "Go is missing (it builds gVisor's runsc; or install runsc $RUNSC_FLOOR or newer yourself)" \
    "install Go 1.24 or newer from https://go.dev/doc/install"
}

# In folders of its own, removed afterwards: a build of 1.5 GB of sources should leave one program.
build_runsc() {
  local work=$CACHE_DIR/go
  mkdir -p "$work" "$PREFIX/bin"
  env CGO_ENABLED=0 GOBIN="$work/bin" GOMODCACHE="$work/mod" GOCACHE="$work/build" \
    GOFLAGS="${GOFLAGS:-} -modcacherw" \
    go install -trimpath -ldflags "-s -w -X gvisor.dev/gvisor/runsc/version.version=$RUNSC_VERSION" \
    "$RUNSC_MODULE@$RUNSC_VERSION" &&
    install -m 0755 "$work/bin/runsc" "$OWN_RUNSC.part" &&
    mv "$OWN_RUNSC.part" "$OWN_RUNSC" &&
    rm -rf "$work"
}

register_runtime() {
  local runsc=$1 file outcome
  file=$(engine_config_file)
  need_tool python3 python3 "for changing $file without losing what is in it"
  say "adding the runtime $RUNTIME_NAME to $file (all other settings stay)"
  outcome=$(python3 -I "$SETUP_DIR/engine_config.py" add "$file" "$RUNTIME_NAME" "$runsc" "${RUNTIME_ARGS[@]}") ||
    fail "$file was not changed: $outcome" "repair that file, then run: $SHOWN_LAUNCHER setup"
  [[ $outcome != created ]] || record engine-config-created "$file"
  record engine-config "$file"
  reload_engine
  local deadline=$((SECONDS + 15))
  until gvisor_is_current; do
    ((SECONDS < deadline)) ||
      fail "Docker Engine does not take the runtime $RUNTIME_NAME from $file" \
        "look for the reason in the engine's log, and restart the engine"
    sleep 0.1
  done
}
