# shellcheck shell=bash
# What `caisson --help` says, and what a mistyped command or option is answered with.

COMMANDS=(demo test setup up down status daemon run repl sessions files mcp bench api policy image doctor logs completion uninstall)

# Commands whose options belong to a Java program; it prints its own help once it is built.
JAVA_COMMANDS=(run repl sessions files mcp bench api policy daemon completion)

overview() {
  cat <<'END'
Caisson runs code nobody trusts, in gVisor sandboxes that are warm before you ask.

  ./caisson demo                    sets up what is missing and shows the whole way, end to end
  echo 'print(6*7)' | ./caisson run runs a program in a sandbox

Commands:
  run         run a Python program in a sandbox and stream its output
  repl        a Python prompt on a session, with history, completion and plots
  mcp         serve MCP clients: the model writes code that calls MCP tools
  demo        an MCP session from end to end, with times
  up          start the daemon in the background
  down        let the daemon finish its runs and stop it
  status      say whether the daemon runs and how full its pool is
  daemon      run the daemon in the foreground
  logs        show the daemon's log
  sessions    list, make, reset and end sessions, which keep a program's names and files
  files       list, read, write and delete the files of a session
  api         print the typed Python functions made from tool definitions
  policy      check policy files, and say what a policy decides and which line does
  image       build, list and verify the images that sandboxes start from
  bench       measure a run beside bare docker
  doctor      say what is installed, what is missing or unsafe, and what mends it
  setup       install and build what is missing, and nothing else
  completion  print a script that makes the shell complete these commands
  test        set up, then run every test
  uninstall   take back what set-up changed

`./caisson COMMAND --help` says more. `./caisson --version` prints the version.
END
}

help_text() {
  case $1 in
    demo) cat <<'END' ;;
Usage: caisson demo [--servers FILE] [--code FILE]
Sets up what the machine lacks, starts a daemon, and runs an MCP client session whose program calls
tools of two example servers from inside gVisor. Prints the program, its output, the tool calls, the
isolation in force and where the time went.
  --servers FILE   an mcpServers file to use instead of the two example servers
  --code FILE      a Python program to run instead of the example
END
    test) cat <<'END' ;;
Usage: caisson test [security [--without-guards[=GUARD,...]] | fuzz [--seconds N] | libraries |
                     cpython [MODULE]...]
Sets up what the machine lacks, then runs every test: Java modules, engine tests and the agent's
Python tests. The last line is "N passed, N failed, N skipped". Exit status 0 only when nothing
failed, nothing was skipped and something ran.
  security           only the attacks of the threat model, with a table: attack, expected, seen, verdict
  --without-guards   take each guard out of a copy in turn and show that its attack then gets through;
                     a table of guards, and exit status 1 when one is missed by nobody
  fuzz               every decoder of bytes from a sandbox, with inputs that nobody wrote
  --seconds N        how long for each of them (60)
  libraries          what the libraries of the data image show, in sandboxes of it, and plots of the MCP frontend;
                     builds it when it is missing
  cpython            CPython's own tests of what a session wraps, there and in a plain interpreter of the same
                     sandbox, with a table of what differs; MODULE is one of its test modules, such as test_io
END
    setup) cat <<'END' ;;
Usage: caisson setup
Installs Docker Engine and gVisor, builds the sandbox image and Caisson itself: only what is
missing, printing each thing and why. Needs root where the machine is changed. Other commands do the
same by themselves when they need it.
END
    up) cat <<'END' ;;
Usage: caisson up [OPTION of caisson daemon]...
Starts the daemon in the background and waits until it serves. Nothing happens when it does already.
END
    down) cat <<'END' ;;
Usage: caisson down
Asks the daemon to finish the runs under way and to stop, and waits until it has.
END
    status) cat <<'END' ;;
Usage: caisson status [--output text|json]
Says whether the daemon runs and how full its pool is. Exit status 0 when it does, 3 when it does not.
END
    daemon) cat <<'END' ;;
Usage: caisson daemon [--config FILE]
Runs the daemon in the foreground until it is interrupted.
END
    run) cat <<'END' ;;
Usage: caisson run [FILE or -] [--policy P] [--session S] [--timeout 10s] [--servers mcp.json]
                   [--env NAME=VALUE] [--file FILE[=PATH]] [--outputs PATTERN] [--outputs-to FOLDER]
                   [--stdin] [--output text|json] [-- ARGUMENT...]
Runs a Python program (standard input without FILE), streams its output and exits with its status.
Starts a daemon when none runs.
END
    repl) cat <<'END' ;;
Usage: caisson repl [--session S] [--policy P] [--plots FOLDER] [--no-history] [-- ARGUMENT...]
A Python prompt whose code runs in a session: one that ends when you leave, or the one that is named.
When standard input is no terminal, all of it is run as one program in the session.
Starts a daemon when none runs.
  --plots FOLDER   keep each image that is shown as a file there; without it those that the terminal cannot
                   draw are kept in a new folder
  --no-history     neither read nor keep a history
END
    sessions) cat <<'END' ;;
Usage: caisson sessions [--output text|json]
       caisson sessions create [--name NAME] [--policy P] [--idle-timeout 30m] [--time-to-live 8h]
       caisson sessions reset SESSION [--clear-files] | interrupt SESSION | end SESSION...
Lists, makes, resets, interrupts and ends sessions: sandboxes whose names and files stay from run to
run. SESSION is an id or a name.
END
    files) cat <<'END' ;;
Usage: caisson files list SESSION [PATH] [--output text|json]
       caisson files get SESSION PATH [FILE or -] | put SESSION FILE|- [PATH] [--keep] [-p]
       caisson files rm SESSION PATH... [-r] | mkdir SESSION PATH... [-p]
Lists, reads, writes and deletes the files of a session, also while a program runs in it. PATH is relative
to the session's workspace.
END
    mcp) cat <<'END' ;;
Usage: caisson mcp [--servers mcp.json] [--http HOST:PORT [--token REFERENCE]...] [--print-config CLIENT]
Serves MCP on standard input and output, or over HTTP at /mcp for many clients; REFERENCE is where a bearer token
is, as ${file:PATH} or ${NAME} of the environment. What the file of an MCP client (claude-desktop, claude-code, cursor,
vscode, goose, generic) needs for it, --print-config prints.
END
    bench) cat <<'END' ;;
Usage: caisson bench run|session|calls|neighbour|gate|start [OPTIONS]
run measures a warm run beside bare `docker run` and `docker exec`; session measures runs in a session beside
an interpreter's bare loop; calls measures tool calls; neighbour measures runs beside a hostile one; gate
measures what the network gate costs and how soon it denies; start measures how long an MCP client waits for
`caisson mcp`, and the memory of that.
END
    api) cat <<'END' ;;
Usage: caisson api (--servers mcp.json | --catalogue FILE.json) [SERVER | SERVER.TOOL]...
                   [--style source|stub|signatures|reference] [--policy P] [--save FILE|FOLDER]
Prints the Python functions that a program sees for the tools of MCP servers, or saves them as modules
that programs in a run can import.
END
    policy) cat <<'END' ;;
Usage: caisson policy check FILE...
       caisson policy explain [--daemon|--files] POLICY QUESTION
check says whether the daemon would take each policy file, and all that is wrong with it.
explain says what a policy (a name or a file) would decide, and the line that decides; a name is asked of
the daemon when one is running. QUESTION is one
of --connect HOST:PORT, --http METHOD URL, --tool SERVER.TOOL, --import MODULE, --builtin NAME,
--attribute NAME.
END
    image) cat <<'END' ;;
Usage: caisson image build [IMAGE]...
       caisson image list
       caisson image verify [IMAGE]...
IMAGE is base (CPython alone, for every policy that names no other) or data (numpy, pandas, matplotlib, scipy,
scikit-learn and others, for the policy 'data').
  build    make the images of this checkout that are missing, both when none is named; data fetches its wheels
           from the package index that pip is told, each by its pinned hash
  list     what the engine has: recipe, size, when it was made, whether this checkout would make it so, and the
           shipped policies that start from it
  verify   compare images with this checkout, from outside: recipe, the agent's files, the pinned libraries and
           every file that their records name; and run each under gVisor. Exit status 1 when something is wrong
END
    doctor) cat <<'END' ;;
Usage: caisson doctor [--posture]
Lists what Caisson needs, with versions, and the command that mends what is missing or unsafe.
Changes nothing. Exit status 1 when something is wrong.
  --posture   make one sandbox and print what it really is, seen from the host and from inside, beside
              what it should be
END
    logs) cat <<'END' ;;
Usage: caisson logs [-f] [-n N]
Shows the log of the background daemon.
  -f, --follow   go on showing what is added
  -n, --lines N  the last N lines (200)
END
    completion) cat <<'END' ;;
Usage: caisson completion
Prints a script that makes bash and zsh complete commands and options: source <(caisson completion)
END
    uninstall) cat <<'END' ;;
Usage: caisson uninstall [--packages]
Stops the daemon, removes the containers and images with Caisson's labels, takes the runtime out of
the engine's configuration and deletes Caisson's own folders. Asks nothing, prints each thing.
  --packages   also remove the Debian packages that set-up installed
END
    *) return 1 ;;
  esac
}

# Commands of Java programs whose subcommands have help of their own.
JAVA_SUBCOMMANDS=(sessions files bench)

# show_help [COMMAND [SUBCOMMAND]]
show_help() {
  local command=${1:-} subcommand=()
  if is_one_of "$command" "${JAVA_SUBCOMMANDS[@]}" && [[ ${2:-} == [a-z]* ]]; then subcommand=("$2"); fi
  if [[ -z $command ]]; then
    overview
  elif is_one_of "$command" "${JAVA_COMMANDS[@]}" && build_is_current && JAVA_HOME=$(find_jdk); then
    export JAVA_HOME
    case $command in
      mcp) exec_mcp --help ;;
      daemon) exec_java daemon "$DAEMON_MAIN" --help ;;
      policy) exec_java daemon "$DAEMON_MAIN" policy --help ;;
      *) exec_client "$command" "${subcommand[@]}" --help ;;
    esac
  else
    help_text "$command" || unknown_command "$command"
  fi
}

no_more_arguments() {
  local command=$1
  shift
  [[ $# -eq 0 ]] || unknown_option "$command" "$1" --help
}

is_one_of() {
  local word=$1 other
  shift
  for other; do [[ $word != "$other" ]] || return 0; done
  return 1
}

unknown_command() {
  local near
  near=$(nearest_word "$1" "${COMMANDS[@]}" --help --version)
  # shellcheck disable=SC2016
  usage_error "there is no command '$1'${near:+; did you mean '$near'?} (all of them: caisson --help)"
}

# unknown_option COMMAND OPTION known-option...
unknown_option() {
  local command=$1 option=$2 near
  shift 2
  near=$(nearest_word "$option" "$@")
  # shellcheck disable=SC2016
  usage_error "caisson $command takes no '$option'${near:+; did you mean '$near'?} (more: caisson $command --help)"
}

# This checkout's version, and that of the daemon which answers, when one does.
print_version() {
  printf 'caisson %s\n' "$(project_version)"
  local socket=${CAISSON_SOCKET:-$DAEMON_SOCKET} version
  daemon_serves "$socket" && [[ -f $(program_jar client) ]] || return 0
  version=$(exec_client_if_built status --output json 2>/dev/null |
    sed -n 's/.*"daemon_version":"\([^"]*\)".*/\1/p') || true
  [[ -z $version ]] || printf 'daemon  %s, at %s\n' "$version" "$socket"
}

# The root pom's own version: the first one that is not the parent's.
project_version() {
  awk '/<parent>/ { inside = 1 } /<\/parent>/ { inside = 0 }
    !inside && match($0, /<version>[^<]*/) { print substr($0, RSTART + 9, RLENGTH - 9); exit }' \
    "$HOME_DIR/pom.xml" 2>/dev/null
}
