# shellcheck shell=bash
# What a person sees. Everything goes to stderr: stdout belongs to the program that is run, and for
# `caisson mcp` it is a protocol.

say() { printf 'caisson: %s\n' "$*" >&2; }

# Ends the launcher with what is wrong and, when there is one, the command that mends it.
#   fail "what is wrong" ["the command that mends it"]
fail() {
  printf 'caisson: %s\n' "$1" >&2
  [[ $# -lt 2 ]] || printf '  to mend it: %s\n' "$2" >&2
  leave 1
}

# A wrong command line. Exit status 2, as everywhere.
usage_error() {
  printf 'caisson: %s\n' "$1" >&2
  leave 2
}

# Every intended end with a status other than 0 goes through here. Any other one is a mistake of
# these scripts, and must not be silent.
leave() {
  ON_PURPOSE=yes
  exit "$1"
}

ON_PURPOSE=''
FAILED_AT=''
trap 'FAILED_AT="${BASH_SOURCE[0]##*/}:$LINENO"' ERR
trap 'status=$?; stop_ticker; [[ $status -eq 0 || -n $ON_PURPOSE ]] ||
  say "stopped unexpectedly with status $status${FAILED_AT:+ at $FAILED_AT}; this is a mistake in Caisson"' EXIT
trap 'ON_PURPOSE=yes; exit 130' INT
trap 'ON_PURPOSE=yes; exit 143' TERM

# Runs one long step: says what and why first, then how long it took. Its output goes to the set-up
# log; when it fails the end of that output is shown, so nobody has to look for the log first.
#   step "installing X, for Y" command arg...
step() {
  local what=$1 begun=$SECONDS first
  shift
  say "$what ..."
  mkdir -p "$CAISSON_LOG_DIR"
  printf '== %s %s\n' "$(date -u +%FT%TZ)" "$what" >>"$SETUP_LOG"
  first=$(($(wc -l <"$SETUP_LOG") + 1))
  if ! run_with_ticks "$@"; then
    tail -n "+$first" "$SETUP_LOG" | tail -n 20 | sed 's/^/  | /' >&2
    fail "that did not work: $what (the whole output is in $SETUP_LOG)"
  fi
  say "  done in $((SECONDS - begun)) s"
}

# Runs a command with its output in the set-up log, and says every 20 s that it is still at work.
run_with_ticks() {
  local status=0
  mkdir -p "${SETUP_LOG%/*}"
  tick &
  TICKER=$!
  (
    let_go_of_lock
    "$@"
  ) >>"$SETUP_LOG" 2>&1 </dev/null || status=$?
  stop_ticker
  return "$status"
}

TICKER=''

stop_ticker() {
  [[ -n $TICKER ]] || return 0
  kill "$TICKER" 2>/dev/null || true
  wait "$TICKER" 2>/dev/null || true
  TICKER=''
}

tick() {
  local nothing begun=$SECONDS
  let_go_of_lock
  # A read that never gets anything is a sleep without a process of its own to clean up.
  exec {nothing}<> <(:)
  # Should the launcher be killed outright, nobody stops us; then we stop ourselves.
  until read -r -t 20 -u "$nothing" || ! kill -0 $$ 2>/dev/null; do
    say "  still at it after $((SECONDS - begun)) s"
  done
}

# The word of the list (arguments 2 and on) that is nearest to a mistyped one, when one is near.
nearest_word() {
  local typed=$1
  shift
  printf '%s\n' "$@" | awk -v a="$typed" '
    function min(x, y) { return x < y ? x : y }
    function distance(a, b,   i, j, row, previous, corner) {
      for (j = 0; j <= length(b); j++) row[j] = j
      for (i = 1; i <= length(a); i++) {
        corner = row[0]
        row[0] = i
        for (j = 1; j <= length(b); j++) {
          previous = row[j]
          row[j] = min(min(row[j], row[j - 1]) + 1, corner + (substr(a, i, 1) != substr(b, j, 1)))
          corner = previous
        }
      }
      return row[length(b)]
    }
    BEGIN { best = length(a) / 2 + 1 }
    { d = index($0, a) == 1 ? 0.5 : distance(a, $0); if (d < best) { best = d; word = $0 } }
    END { if (word != "") print word }'
}
