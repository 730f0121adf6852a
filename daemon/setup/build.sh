# shellcheck shell=bash
# The Java build: a JDK 25 out of those that are installed, Maven, and the modules' jars, built
# again only when a source is newer than the last build. Programs run from a copy of the jars, so
# that a daemon at work does not lose its classes when somebody builds.

JDK_MAJOR=25
MODULES=(proto policies client daemon mcp-frontend)
PROGRAM_MODULES=(client daemon mcp-frontend)
PROGRAMS_DIR=$HOME_DIR/target/programs
BUILD_STAMP=$HOME_DIR/target/built
BUILD_LOCK=$HOME_DIR/target/build.lock

# Where JDKs are found: where people point, then where packages and tools put them.
jdk_candidates() {
  local java
  printf '%s\n' "${JAVA_HOME:-}"
  if java=$(command -v java 2>/dev/null); then
    java=$(readlink -f "$java")
    printf '%s\n' "${java%/bin/java}"
  fi
  if [[ -n ${CAISSON_JVM_DIRS+set} ]]; then
    tr ':' '\n' <<<"$CAISSON_JVM_DIRS" | while IFS= read -r folder; do printf '%s\n' "$folder"/*; done
  else
    printf '%s\n' /usr/lib/jvm/* /usr/local/lib/jvm/* /opt/*jdk* /opt/java/* "${HOME:-/root}"/.sdkman/candidates/java/*
  fi
}

# A JDK says its version in its file "release"; asking that is faster than starting it.
jdk_major() { sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null; }

find_jdk() {
  local home major
  while IFS= read -r home; do
    [[ -x $home/bin/javac ]] || continue
    major=$(jdk_major "$home")
    [[ ${major:-0} -lt $JDK_MAJOR ]] || { printf '%s\n' "$home" && return 0; }
  done < <(jdk_candidates)
  return 1
}

# Sets JAVA_HOME to a JDK that can build and run Caisson.
ensure_jdk() {
  local home
  home=$(find_jdk) || fail "no JDK $JDK_MAJOR is installed (looked at JAVA_HOME, java on the PATH and /usr/lib/jvm; found: $(jdk_list))" \
    "install one, for example as https://adoptium.net/installation/linux says: apt-get install -y temurin-$JDK_MAJOR-jdk; or unpack one and set JAVA_HOME to it"
  export JAVA_HOME=$home
}

# The same as it was for the build, without a look at others: a quick start has no time for that. Somebody
# who names another one means it.
use_built_jdk() {
  local home
  { IFS= read -r home <"$BUILD_STAMP"; } 2>/dev/null &&
    [[ -x $home/bin/java && ${JAVA_HOME:-$home} == "$home" ]] || return
  export JAVA_HOME=$home
}

jdk_list() {
  local home major found=()
  while IFS= read -r home; do
    major=$(jdk_major "$home")
    [[ -z $major ]] || found+=("$major")
  done < <(jdk_candidates)
  [[ ${#found[@]} -gt 0 ]] || found=(none)
  printf '%s\n' "${found[@]}" | sort -un | paste -sd ' '
}

program_jar() { printf '%s/%s/caisson-%s.jar\n' "$PROGRAMS_DIR" "$1" "$1"; }

build_is_current() {
  local module folders=()
  [[ -f $BUILD_STAMP ]] || return 1
  for module in "${PROGRAM_MODULES[@]}"; do
    [[ -f $(program_jar "$module") ]] || return 1
  done
  for module in "${MODULES[@]}"; do folders+=("$HOME_DIR/$module"); done
  # The stamp bears the time the build began, so an edit made during a build counts as newer. Tests
  # and these scripts are left out: what was built does not change with them. Folders count too,
  # since a deleted file shows in nothing else.
  [[ ! $HOME_DIR/pom.xml -nt $BUILD_STAMP ]] &&
    [[ -z $(find "${folders[@]}" -mindepth 1 \
      \( -name target -o -path '*/src/test' -o -path '*/daemon/setup' \) -prune \
      -o -newer "$BUILD_STAMP" -print -quit) ]]
}

ensure_build() {
  ensure_jdk
  build_is_current || {
    have mvn || exclusively "$MACHINE_LOCK" install_maven
    exclusively "$BUILD_LOCK" build_modules
  }
}

build_modules() {
  ! build_is_current || return 0
  BUILD_BEGUN=$(date +%s.%N) # a whole second would make files of a clone just made newer
  step "building Caisson with the JDK at $JAVA_HOME" build_jars
  make_frontend_cache
  mkdir -p "${BUILD_STAMP%/*}"
  printf '%s\n' "$JAVA_HOME" >"$BUILD_STAMP"
  touch -d "@$BUILD_BEGUN" "$BUILD_STAMP"
}

# shellcheck disable=SC2317 # called by step
build_jars() {
  cd "$HOME_DIR" &&
    mvn --batch-mode --no-transfer-progress -Dstyle.color=never --quiet -DskipTests package &&
    copy_programs
}

# The old copy goes only when the new one is whole. Programs that run keep the files they opened.
copy_programs() {
  local module part=$PROGRAMS_DIR.part
  rm -rf "$part"
  for module in "${PROGRAM_MODULES[@]}"; do
    mkdir -p "$part/$module" &&
      cp -r --reflink=auto "$HOME_DIR/$module/target/caisson-$module.jar" "$HOME_DIR/$module/target/lib" "$part/$module/" ||
      return
  done
  rm -rf "$PROGRAMS_DIR"
  mv "$part" "$PROGRAMS_DIR"
}

install_maven() { have mvn || install_packages "it builds Caisson" maven; }
