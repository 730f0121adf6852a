# shellcheck shell=bash
# `caisson test`: everything set up, then every test of every language, and one line of counts.

PYTHON_FLOOR=3.11
NODE_FLOOR=20
PYTHON_SUITES=(sandbox-image/tests daemon/setup/tests)
TEST_LOG=$CAISSON_LOG_DIR/test.log

run_tests() {
  case ${1:-} in
    '') ;;
    security)
      shift
      run_attacks "$@"
      return
      ;;
    *) usage_error "caisson test runs everything, caisson test security the attack corpus; there is no suite '$1'" ;;
  esac
  set_up
  need_python
  need_python_venv
  need_node
  need_tool git git "a tool server of the tests works on a repository"
  local problems=()
  ready_for_tests
  : >"$HOME_DIR/target/python-tests.txt"
  run_python_tests || problems+=("the Python tests")
  run_java_tests || problems+=("the Maven build")
  [[ ${#problems[@]} -eq 0 ]] || say "not everything went through: ${problems[*]} (the whole output is in $TEST_LOG)"
  ON_PURPOSE=yes
  python3 -I "$SETUP_DIR/test_summary.py" "$HOME_DIR" || leave 1
  [[ ${#problems[@]} -eq 0 ]] || leave 1
}

ready_for_tests() {
  export_places
  export TESTCONTAINERS_RYUK_DISABLED=true # its clean-up container cannot be fetched without a registry
  mkdir -p "$CAISSON_LOG_DIR" "$HOME_DIR/target"
  : >"$TEST_LOG"
}

# `caisson test security`: the attacks on a daemon of their own, and a table of what came of them.
# With --without-guards each guard is taken out of a copy in turn, and its attack has to get through.
run_attacks() {
  local without=no guards='' tests='dev.caisson.daemon.security.*Test'
  while [[ $# -gt 0 ]]; do
    case $1 in
      --without-guards) without=yes ;;
      --without-guards=?*) without=yes && guards=${1#*=} ;;
      *) unknown_option "test security" "$1" --without-guards --help ;;
    esac
    shift
  done
  set_up
  ready_for_tests
  ON_PURPOSE=yes
  if [[ $without == yes ]]; then
    say "taking each guard out in turn (this takes a while)"
    run_maven_tests WithoutGuards "-Dcaisson.guards=$guards" |
      { grep --line-buffered -E '^without |^\[(ERROR|INFO)\] Tests run:|^\[ERROR\]   ' || true; } || leave 1
    return
  fi
  say "attacking a daemon of its own (the whole output goes to $TEST_LOG)"
  rm -rf "$HOME_DIR/daemon/target/security"
  run_maven_tests "$tests" >/dev/null || true
  python3 -I "$SETUP_DIR/attack_table.py" "$HOME_DIR" || leave 1
}

# run_maven_tests TESTS [OPTION]...
run_maven_tests() {
  local tests=$1
  shift
  (cd "$HOME_DIR" && mvn --batch-mode --no-transfer-progress -Dstyle.color=never test -pl daemon -am \
    "-Dtest=$tests" -Dsurefire.failIfNoSpecifiedTests=false "$@" 2>&1) | tee -a "$TEST_LOG"
}

need_python() {
  need_tool python3 python3 "the agent's tests run in it"
  python3 -I -c "import sys; sys.exit(sys.version_info < (${PYTHON_FLOOR/./, }))" ||
    fail "the Python here is $(python3 -V 2>&1 | cut -d ' ' -f 2); the agent's tests need $PYTHON_FLOOR or newer" \
      "put a python3 of version $PYTHON_FLOOR or newer first on the PATH"
}

# Debian's Python comes without ensurepip, which is what makes an environment with pip in it.
need_python_venv() {
  python_has_venv || exclusively "$MACHINE_LOCK" install_python_venv
}

python_has_venv() { python3 -I -c 'import ensurepip, venv' 2>/dev/null; }

install_python_venv() {
  ! python_has_venv || return 0
  local program
  program=$(python3 -I -c 'import os, sys; print(os.path.realpath(sys.executable))')
  ! is_of_a_package "$program" ||
    install_packages "MCP clients and servers of the tests get Python environments of their own" python3-venv
  python_has_venv ||
    fail "the python3 here ($program) cannot make environments: it has no module venv or ensurepip" \
      "put a python3 that has both first on the PATH, such as Debian's after: apt-get install -y python3 python3-venv"
}

is_of_a_package() { dpkg-query --search "$1" >/dev/null 2>&1; }

need_node() {
  local version mend="install Node $NODE_FLOOR or newer from https://nodejs.org/en/download"
  { have node && have npm; } || fail "Node or npm is missing (MCP clients and servers of the tests run in it)" "$mend"
  version=$(node --version)
  at_least "$NODE_FLOOR" "${version#v}" || fail "the Node here is $version; the tests need $NODE_FLOOR or newer" "$mend"
}

run_python_tests() {
  local suite status=0
  for suite in "${PYTHON_SUITES[@]}"; do
    [[ -d $HOME_DIR/$suite ]] || continue
    say "Python tests in $suite"
    (cd "$HOME_DIR/${suite%/tests}" && python3 -m unittest discover -s tests -t . 2>&1) |
      tee -a "$TEST_LOG" "$HOME_DIR/target/python-tests.txt" || status=1
  done
  return "$status"
}

# Failing tests do not stop Maven, so that every module's are counted; the reports say which failed.
run_java_tests() {
  say "Java tests (mvn verify)"
  find "$HOME_DIR" -path '*/target/*-reports/TEST-*.xml' -delete
  (cd "$HOME_DIR" && mvn --batch-mode --no-transfer-progress -Dstyle.color=never --fail-at-end \
    -Dmaven.test.failure.ignore=true verify 2>&1) |
    tee -a "$TEST_LOG" |
    grep --line-buffered -E '^\[(INFO|WARNING|ERROR)\] (Tests run:.* in |Building )|^\[ERROR\]|BUILD '
}
