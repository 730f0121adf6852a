# shellcheck shell=bash
# Where things live. Root has the system's folders, everybody else the XDG ones. The three
# CAISSON_*_DIR variables move them, which is how two daemons share one machine.

if [[ $EUID -eq 0 ]]; then
  : "${CAISSON_RUN_DIR:=/run/caisson}"
  : "${CAISSON_STATE_DIR:=/var/lib/caisson}"
  : "${CAISSON_LOG_DIR:=/var/log/caisson}"
else
  [[ -n ${HOME:-} ]] || HOME=$(getent passwd "$EUID" | cut -d : -f 6)
  [[ -n $HOME ]] || fail "this user has no home folder to keep anything in" "set HOME"
  : "${CAISSON_STATE_DIR:=${XDG_STATE_HOME:-$HOME/.local/state}/caisson}"
  : "${CAISSON_LOG_DIR:=$CAISSON_STATE_DIR/log}"
  : "${CAISSON_RUN_DIR:=${XDG_RUNTIME_DIR:-$CAISSON_STATE_DIR}/${XDG_RUNTIME_DIR:+caisson}}"
  CAISSON_RUN_DIR=${CAISSON_RUN_DIR%/}
fi
export CAISSON_RUN_DIR CAISSON_STATE_DIR CAISSON_LOG_DIR

SETUP_LOG=$CAISSON_LOG_DIR/setup.log
DAEMON_LOG=$CAISSON_LOG_DIR/daemon.log
DAEMON_PID_FILE=$CAISSON_RUN_DIR/daemon.pid
DAEMON_MADE_OF=$CAISSON_RUN_DIR/daemon.made-of
DAEMON_SOCKET=$CAISSON_RUN_DIR/caisson.sock

# The machine's share of the set-up is one for all daemons, wherever their own folders are.
PREFIX=/usr/local/lib/caisson
MACHINE_DIR=/var/lib/caisson/setup
CACHE_DIR=/var/lib/caisson/cache
