# shellcheck shell=bash
# The MCP frontend, which an MCP client starts and waits for: what makes its start quick. Each process that
# is started on the way costs a few milliseconds, so none is where bash can look for itself.

FRONTEND_DIR=$PROGRAMS_DIR/mcp-frontend
# A cache that the JVM does not take costs time and no word: `caisson doctor` has the word.
FRONTEND_FLAGS=("${CLIENT_FLAGS[@]}" '-Xlog:aot*=off:stderr' '-Xlog:cds*=off:stderr')

# The JVM's cache of the frontend's classes, loaded and linked (docs/adr/0038-a-cache-of-loaded-classes.md). Of the same
# folder as the jars, so that it goes when they go.
FRONTEND_CACHE=$FRONTEND_DIR/classes.aot
FRONTEND_TRAINING_BOUND_S=120

# In REPLY: the class path, jar by jar and always in the same order, which the cache is for.
frontend_class_path() {
  local LC_ALL=C IFS=:
  local jars=("$FRONTEND_DIR/caisson-mcp-frontend.jar" "$FRONTEND_DIR"/lib/*.jar)
  REPLY=${jars[*]}
}

# The JVM looks whether the cache was made by itself, and does without if not. Whether the jars are still those
# that it was made of, JDK 25 does not look: it would run the old classes. An option that names another archive of
# classes would make it refuse to start.
frontend_cache_is_current() {
  local jar
  [[ -f $FRONTEND_CACHE && ! $FRONTEND_DIR/lib -nt $FRONTEND_CACHE ]] || return 1
  for jar in "$FRONTEND_DIR"/*.jar "$FRONTEND_DIR"/lib/*.jar; do
    [[ ! $jar -nt $FRONTEND_CACHE ]] || return 1
  done
  [[ "${JAVA_TOOL_OPTIONS:-} ${JDK_JAVA_OPTIONS:-} ${_JAVA_OPTIONS:-}" != *[Ss]hare* ]]
}

exec_frontend() {
  local cache=()
  ! frontend_cache_is_current || cache=("-XX:AOTCache=$FRONTEND_CACHE")
  frontend_class_path
  exec "$JAVA_HOME/bin/java" "${FRONTEND_FLAGS[@]}" "${cache[@]}" -cp "$REPLY" "$MCP_MAIN" "$@"
}

# For the commands of the frontend that need a daemon from the start.
exec_mcp() {
  export_places
  export CAISSON_SOCKET=${CAISSON_SOCKET:-$DAEMON_SOCKET}
  unset CAISSON_MAY_START_DAEMON
  exec_frontend "$@"
}

# The frontend answers its client at once and has `caisson ready` called meanwhile, so that only what needs the
# daemon waits until this machine is set up and a daemon started.
serve_mcp() {
  { use_built_jdk && build_is_current; } || ensure_build
  export CAISSON_LAUNCHER=$LAUNCHER
  if [[ -n ${CAISSON_SOCKET:-} ]]; then
    need_named_socket
    unset CAISSON_MAY_START_DAEMON
  else
    [[ ! -S $DAEMON_SOCKET || ! -f $DAEMON_MADE_OF || ! $BUILD_STAMP -nt $DAEMON_MADE_OF ]] || tell_of_older_daemon
    export CAISSON_SOCKET=$DAEMON_SOCKET CAISSON_MAY_START_DAEMON=yes
  fi
  exec_frontend "$@"
}

# What the frontend calls. What it was told of the daemon is not for a daemon that is started now.
get_ready() {
  unset CAISSON_MAY_START_DAEMON CAISSON_SOCKET
  set_up_client
}

# Whether the JVM takes it.
frontend_cache_works() {
  frontend_cache_is_current || return 1
  frontend_class_path
  "$JAVA_HOME/bin/java" "${FRONTEND_FLAGS[@]}" -XX:AOTMode=on "-XX:AOTCache=$FRONTEND_CACHE" -cp "$REPLY" -version \
    >/dev/null 2>&1
}

ensure_frontend_cache() {
  frontend_cache_works || exclusively "$BUILD_LOCK" make_frontend_cache
}

# It is for speed alone: without one everything works.
make_frontend_cache() {
  ! frontend_cache_works || return 0
  step "having the MCP frontend start once, to keep its classes ready for the JVM" train_frontend
  [[ -f $FRONTEND_CACHE ]] ||
    say "the JVM at $JAVA_HOME made no cache of them (why: $SETUP_LOG); the MCP frontend starts more slowly"
}

# A short life of it, in which it does what most clients ask for first. No daemon answers, and no tool server.
# shellcheck disable=SC2317 # called by step
train_frontend() {
  local part=$FRONTEND_CACHE.part
  rm -f "$FRONTEND_CACHE" "$part"
  frontend_class_path
  if training_messages |
    timeout "$FRONTEND_TRAINING_BOUND_S" "$JAVA_HOME/bin/java" "${CLIENT_FLAGS[@]}" "-XX:AOTCacheOutput=$part" \
      -cp "$REPLY" "$MCP_MAIN" --servers <(printf '{"mcpServers": {"none": {"command": "false"}}}') \
      --socket "$part.sock" && [[ -f $part ]]; then
    mv -f "$part" "$FRONTEND_CACHE"
  fi
}

training_messages() {
  cat <<'END'
{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"training","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/list"}
{"jsonrpc":"2.0","id":3,"method":"resources/list"}
{"jsonrpc":"2.0","id":4,"method":"resources/templates/list"}
{"jsonrpc":"2.0","id":5,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"training","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}
{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"run_code","arguments":{"code":"1"},"_meta":{"progressToken":1}}}
{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"search_tools","arguments":{"query":"x"}}}
END
}
