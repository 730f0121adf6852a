# shellcheck shell=bash
# `caisson test cpython`: CPython's own tests of what the worker wraps, in a session and in a plain interpreter of
# the same sandbox, and what differs. A command of its own, because it takes long and fetches a package of Debian's.

TESTSUITE=libpython3.13-testsuite
CPYTHON_MODULES=(
  test_context test_builtin test_traceback test_tempfile test_signal test_threading test_subprocess test_io
  test_asyncio
)

# run_cpython_tests [MODULE]...
run_cpython_tests() {
  local module packed modules
  for module in "$@"; do
    is_one_of "$module" "${CPYTHON_MODULES[@]}" || usage_error "caisson test cpython runs $(
      printf '%s\n' "${CPYTHON_MODULES[@]}" | paste -sd , | sed 's/,/, /g'
    ); there is no '$module' among them"
  done
  set_up
  need_python
  ready_for_tests
  ON_PURPOSE=yes
  packed=$CACHE_DIR/$TESTSUITE-$(version_of_python).tar.gz
  [[ -f $packed ]] || fetch_testsuite "$packed"
  [[ $# -gt 0 ]] || set -- "${CPYTHON_MODULES[@]}"
  modules=$(IFS=, && printf '%s' "$*")
  say "running CPython's own tests twice, which takes a while (the whole output goes to $TEST_LOG)"
  rm -rf "$HOME_DIR/daemon/target/cpython"
  run_maven_tests CPythonModules "-Dcaisson.cpython.tests=$packed" "-Dcaisson.cpython.modules=$modules" |
    { grep --line-buffered -E '^cpython: ' >&2 || true; } || true
  python3 -I "$SETUP_DIR/cpython_table.py" "$HOME_DIR" "$@" || leave 1
}

# The tests have to be those of the interpreter that runs them, down to Debian's own patches.
version_of_python() {
  local container
  container=$(engine_docker create --network none --label dev.caisson.owner=setup "$CAISSON_IMAGE")
  engine_docker cp "$container:/var/lib/dpkg/status" - | tar --extract --to-stdout |
    awk '$1 == "Package:" { inside = $2 == "libpython3.13-stdlib" } inside && $1 == "Version:" { print $2 }'
  engine_docker rm "$container" >/dev/null
}

fetch_testsuite() {
  need_root "fetching CPython's tests" "test cpython"
  have mmdebstrap || install_packages "it fetches CPython's tests from Debian" mmdebstrap
  mkdir -p "$CACHE_DIR"
  rm -f "$CACHE_DIR/$TESTSUITE"-*
  step "fetching CPython's tests, Debian's package $TESTSUITE (5 MB)" download_testsuite "$1"
}

# From the mirror that rootfs.sh takes, and verified as it does: mmdebstrap makes settings of apt's for that
# distribution, and here nothing else.
# shellcheck disable=SC2016,SC2317 # apt-get and the hook fill it in; called by step
download_testsuite() {
  local folder version source status=0
  version=${1##*"$TESTSUITE-"} version=${version%.tar.gz}
  source=$(apt-get indextargets --format '$(SITE)' 'Origin: Debian' 'Component: main' 2>/dev/null |
    grep -v -e '-security' | sort -u | head -n 1) || source=''
  folder=$(mktemp -d)
  TESTSUITE_FOLDER=$folder TESTSUITE_WANTED=$TESTSUITE=$version mmdebstrap --quiet --mode=root --variant=custom \
    --format=null --customize-hook='cd "$TESTSUITE_FOLDER" &&
      APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get --quiet download "$TESTSUITE_WANTED" || {
        echo "this release of the tests is gone: build the sandbox image anew, for the current one" >&2; exit 1; }' \
    trixie /dev/null ${source:+"$source"} &&
    dpkg-deb --fsys-tarfile "$folder"/*.deb | gzip --no-name >"$1.part" &&
    mv "$1.part" "$1" || status=1
  rm -rf "$folder"
  return "$status"
}
