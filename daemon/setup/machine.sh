# shellcheck shell=bash
# What every set-up step needs of the machine: root, one set-up at a time, Debian packages, and a
# record of what was changed so that `caisson uninstall` takes back exactly that.

user_name() { id -un 2>/dev/null || id -u; }

# Steps that change the machine call this first.
#   need_root "what is to be done" [command]
need_root() {
  [[ $EUID -eq 0 ]] || fail "$1 needs root, and this is user $(user_name)" "sudo $SHOWN_LAUNCHER ${2:-setup}"
}

have() { command -v "$1" >/dev/null 2>&1; }

# A tool that the machine is expected to have.
#   need_tool curl curl "for talking to the engine"
need_tool() {
  have "$1" || fail "$1 is missing ($3)" "apt-get install -y $2"
}

LOCK_BOUND_S=900
MACHINE_LOCK=$MACHINE_DIR/lock
LOCK_FD=''
SAID_WAITING=''

# Runs a function while nobody else holds the lock. Locks do not nest. Callers look again inside,
# since whoever had the lock before may have done the work.
#   exclusively LOCK_FILE function argument...
exclusively() {
  local lock=$1
  shift
  mkdir -p "${lock%/*}" 2>/dev/null || true
  if ! { exec {LOCK_FD}>>"$lock"; } 2>/dev/null; then
    fail "user $(user_name) may not write $lock" "sudo $SHOWN_LAUNCHER setup"
  fi
  if ! flock --nonblock "$LOCK_FD"; then
    [[ -n $SAID_WAITING ]] || say "another caisson command is setting things up; waiting for it"
    SAID_WAITING=yes
    flock --timeout "$LOCK_BOUND_S" "$LOCK_FD" ||
      fail "the other one has not finished in $((LOCK_BOUND_S / 60)) minutes; it holds $lock"
  fi
  "$@"
  exec {LOCK_FD}>&-
  LOCK_FD=''
SAID_WAITING=''
}

# For what outlives us, or may start something that does: without this it would keep the lock.
let_go_of_lock() { [[ -z $LOCK_FD ]] || exec {LOCK_FD}>&-; }

# Remembers a change of the machine, once. `recorded` lists those of a kind.
record() {
  local line="$1 $2"
  grep -qxF -- "$line" "$MACHINE_DIR/changes" 2>/dev/null || printf '%s\n' "$line" >>"$MACHINE_DIR/changes"
}

recorded() { sed -n "s/^$1 //p" "$MACHINE_DIR/changes" 2>/dev/null || true; }

# Installs Debian packages, and remembers those that were not there before.
#   install_packages "reason" package...
install_packages() {
  local why=$1 before after package
  shift
  have apt-get || fail "$* must be installed ($why), and this machine has no apt-get" \
    "install them with this machine's package tool, then run: $SHOWN_LAUNCHER setup"
  need_root "installing $*"
  before=$(dpkg-query --show --showformat '${Package} ${db:Status-Abbrev}\n' | sort)
  step "installing $* ($why)" apt_install "$@"
  after=$(dpkg-query --show --showformat '${Package} ${db:Status-Abbrev}\n' | sort)
  while read -r package _; do
    record package "$package"
  done < <(comm -13 <(printf '%s\n' "$before") <(printf '%s\n' "$after") | grep ' ii')
}

apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update || true # a dead third-party source must not stop us; the install tells what lacks
  apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-confold "$@"
}
