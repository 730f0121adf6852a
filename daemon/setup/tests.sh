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
    fuzz)
      shift
      run_fuzzers "$@"
      return
      ;;
    libraries)
      shift
      run_library_tests "$@"
      return
      ;;
    cpython)
      shift
      # shellcheck source=daemon/setup/cpython.sh
      source "$SETUP_DIR/cpython.sh"
      run_cpython_tests "$@"
      return
      ;;
    *) usage_error "caisson test runs everything, caisson test security the attacks, caisson test fuzz the fuzzers, caisson test libraries those of the data image, caisson test cpython those of CPython itself; there is no suite '$1'" ;;
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
    without_guards "$guards"
    return
  fi
  say "attacking a daemon of its own (the whole output goes to $TEST_LOG)"
  rm -rf "$HOME_DIR/daemon/target/security"
  run_maven_tests "$tests" >/dev/null || true
  python3 -I "$SETUP_DIR/attack_table.py" "$HOME_DIR" || leave 1
}

without_guards() {
  say "taking ${1:-each guard} out of a copy in turn (the whole output goes to $TEST_LOG)"
  [[ -n $1 ]] || say "all of them take the better part of an hour"
  rm -rf "$HOME_DIR/daemon/target/guards"
  run_maven_tests WithoutGuards "-Dcaisson.guards=$1" |
    { grep --line-buffered -E '^without ' >&2 || true; } || true
  python3 -I "$SETUP_DIR/guard_table.py" "$HOME_DIR" "$1" || leave 1
}

# The targets that Jazzer changes inputs for; each has a JVM of its own, as Jazzer wants it.
FUZZ_TARGETS=(
  dev.caisson.daemon.channel.ChannelFuzz#decoder
  dev.caisson.daemon.channel.ChannelFuzz#conversation
  dev.caisson.daemon.egress.EntranceFuzz#request
  dev.caisson.daemon.egress.EntranceFuzz#clientHello
  dev.caisson.daemon.egress.EntranceFuzz#socks
)

# What Jazzer watches the coverage of, and what nothing in here could ever trip over.
FUZZ_WATCHES='dev.caisson.**,tools.jackson.core.**,io.grpc.netty.shaded.io.netty.handler.codec.**'

# `caisson test fuzz`: every decoder of bytes from a sandbox, with inputs nobody wrote, for a while each.
run_fuzzers() {
  local seconds=60 target failed=()
  while [[ $# -gt 0 ]]; do
    case $1 in
      --seconds)
        [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || usage_error "$1 takes a number of seconds"
        seconds=$2
        shift
        ;;
      *) unknown_option "test fuzz" "$1" --seconds --help ;;
    esac
    shift
  done
  set_up
  need_python
  ready_for_tests
  ON_PURPOSE=yes
  for target in "${FUZZ_TARGETS[@]}"; do
    say "fuzzing ${target##*.} for $seconds s (the whole output goes to $TEST_LOG)"
    fuzz_java "$target" "$seconds" || failed+=("${target##*.}")
  done
  say "fuzzing the agent's codec for $seconds s"
  fuzz_python "$seconds" || failed+=("the agent's codec")
  [[ ${#failed[@]} -eq 0 ]] || {
    say "found something in: ${failed[*]}; the input is beside the tests (git status), the reason in $TEST_LOG"
    leave 1
  }
  printf '%s\n' "$((${#FUZZ_TARGETS[@]} + 1)) targets, $seconds s each, nothing found"
}

# `caisson test libraries`: what the libraries themselves show, in sandboxes of the data image, and the plots of
# the MCP frontend. A command of its own, because that image is large and fetches its libraries from a package index.
run_library_tests() {
  no_more_arguments "test libraries" "$@"
  # shellcheck source=daemon/setup/images.sh
  source "$SETUP_DIR/images.sh"
  set_up
  need_python
  build_images base data
  ready_for_tests
  ON_PURPOSE=yes
  local failed=()
  (cd "$HOME_DIR/sandbox-image" && exec python3 -m unittest tests.libraries) || failed+=("what the libraries show")
  run_plot_tests || failed+=("plots of the MCP frontend")
  [[ ${#failed[@]} -eq 0 ]] || {
    say "not everything went through: ${failed[*]} (the output of Maven is in $TEST_LOG)"
    leave 1
  }
}

# `package`, because they start the daemon from its jar. Without any test there is no line for grep to find.
run_plot_tests() {
  (cd "$HOME_DIR" && mvn --batch-mode --no-transfer-progress -Dstyle.color=never package -pl mcp-frontend -am \
    -Dtest=PlotsOfTheDataImage -Dsurefire.failIfNoSpecifiedTests=false 2>&1) |
    tee -a "$TEST_LOG" | grep -E '^\[(INFO|WARNING|ERROR)\] Tests run:.* in |^\[ERROR\]' >&2
}

# What it finds is written beside the seeds of its target, where every later build tries it again.
fuzz_java() {
  local log status=0
  log=$(mktemp)
  JAZZER_FUZZ=1 JAZZER_MAX_DURATION=$2s JAZZER_INSTRUMENT=$FUZZ_WATCHES run_maven_tests "$1" |
    tee "$log" | { grep --line-buffered -E '^#[0-9]+\s+(DONE|pulse)|^== Java Exception' >&2 || true; } || status=1
  # A target by a name that nothing has would be no error to Maven.
  grep -qE 'Tests run: [1-9]' "$log" || status=1
  rm -f "$log"
  return "$status"
}

# Other seeds each time: what fails says its seed.
fuzz_python() {
  local first end=$((SECONDS + $1))
  first=$(date +%s)000
  while [[ $SECONDS -lt $end ]]; do
    (cd "$HOME_DIR/sandbox-image" &&
      CAISSON_FUZZ_SEEDS=$first:$((first + 5000)) python3 -m unittest tests.test_fuzz >>"$TEST_LOG" 2>&1) || return 1
    first=$((first + 5000))
  done
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
  { have node && have npm; } || fail "Node or npm is missing (MCP clients and servers of the tests run in it, and pyright)" "$mend"
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
