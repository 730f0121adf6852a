# shellcheck shell=bash
# `caisson image`: the images that sandboxes start from, as the engine has them and as this checkout
# would make them.

IMAGES=(base data)
# Wheels say by these which C library they were built for; Debian's own is newer than all.
WHEEL_LIBRARIES=(2_28 2_27 2_26 2_24 2_17 2_12 2_5)

image_command() {
  local command=${1:-}
  [[ $# -eq 0 ]] || shift
  case $command in
    build) build_images "$@" ;;
    list) no_more_arguments "image list" "$@" && need_engine && list_images ;;
    verify) verify_images "$@" ;;
    '') usage_error "caisson image takes what to do: build, list or verify (more: caisson image --help)" ;;
    *) unknown_option image "$command" build list verify --help ;;
  esac
}

image_named() {
  local near
  is_one_of "$1" "${IMAGES[@]}" && return
  near=$(nearest_word "$1" "${IMAGES[@]}")
  # shellcheck disable=SC2016
  usage_error "there is no image '$1'${near:+; did you mean '$near'?} (there are: ${IMAGES[*]})"
}

need_engine() {
  need_tool curl curl "it talks to the engine"
  engine_answers || fail "no engine answers at $ENGINE_SOCKET" "$SHOWN_LAUNCHER setup"
}

repository_of() { case $1 in base) echo "$IMAGE" ;; data) echo "$DATA_IMAGE" ;; esac; }

recipe_of() { case $1 in base) image_hash ;; data) data_image_hash ;; esac; }

# Build

build_images() {
  local name names=("$@")
  for name in "$@"; do image_named "$name"; done
  [[ $# -gt 0 ]] || names=("${IMAGES[@]}")
  need_tool curl curl "it talks to the engine"
  need_tool python3 python3 "it fetches libraries and changes the engine's settings"
  ensure_engine
  ensure_gvisor
  CAISSON_IMAGE='' # whoever has an image of their own may still want ours
  for name in "${names[@]}"; do
    case $name in
      base) ensure_image ;;
      data) ensure_data_image ;;
    esac
    say "$(repository_of "$name"):$(recipe_of "$name") is there, as this checkout makes it"
  done
}

ensure_data_image() {
  local hash
  hash=$(data_image_hash)
  image_is_current "$hash" "$DATA_IMAGE" || point_latest_to "$hash" "$DATA_IMAGE" ||
    exclusively "$MACHINE_LOCK" build_data_image "$hash"
}

build_data_image() {
  local hash=$1 rootfs libraries
  ! image_is_current "$hash" "$DATA_IMAGE" || return 0
  rootfs=$ROOTFS_IMAGE:$(rootfs_hash)
  libraries=$LIBRARIES_IMAGE:$(libraries_hash)
  engine_has_image "$rootfs" || build_rootfs "$rootfs"
  engine_has_image "$libraries" || build_libraries "$libraries" "$rootfs"
  add_agent data "$DATA_IMAGE" "$hash" "$libraries"
}

build_libraries() {
  local wheels
  wheels=$CACHE_DIR/wheels-$(hash_of <"$IMAGE_DIR/data/requirements.txt")
  [[ -d $wheels ]] || fetch_wheels "$wheels"
  step "installing $(wheels_pinned) libraries into $1 (about a minute)" \
    install_libraries "$wheels" "$1" "$2"
}

# shellcheck disable=SC2317 # called by step
install_libraries() {
  local status=0
  build_from_files "$IMAGE_DIR/data" Dockerfile requirements.txt warm.py --directory "$1" wheels \
    -- --build-arg "ROOTFS=$3" --tag "$2" || status=$?
  engine_docker image prune --force --filter label=dev.caisson.image=installing
  return "$status"
}

wheels_pinned() { grep -c '^[a-z].*==' "$IMAGE_DIR/data/requirements.txt"; }

fetch_wheels() {
  need_root "building the data image" "image build data"
  python3 -I -m pip --version >/dev/null 2>&1 ||
    install_packages "it fetches the libraries of the data image" python3-pip
  mkdir -p "$CACHE_DIR"
  rm -rf "$CACHE_DIR"/wheels-*
  step "fetching the $(wheels_pinned) wheels that the data image pins, from the package index that pip is told (about 140 MB)" \
    download_wheels "$1.part/wheels"
  mv "$1.part" "$1"
}

# shellcheck disable=SC2317 # called by step
download_wheels() {
  local library platforms=()
  for library in "${WHEEL_LIBRARIES[@]}"; do platforms+=(--platform "manylinux_${library}_$(uname -m)"); done
  python3 -I -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary=:all: \
    --implementation cp --python-version 3.13 "${platforms[@]}" \
    --dest "$1" --requirement "$IMAGE_DIR/data/requirements.txt"
}

# List

IMAGE_ROW='%-6s %-18s %-8s %-17s %-14s %s\n'

list_images() {
  local name recipe tag size created seen
  # shellcheck disable=SC2059 # one format for all rows
  printf "$IMAGE_ROW" IMAGE RECIPE SIZE CREATED 'THIS CHECKOUT' 'SHIPPED POLICIES'
  for name in "${IMAGES[@]}"; do
    recipe=$(recipe_of "$name")
    seen=''
    while IFS=$'\t' read -r tag size created; do
      [[ $tag != latest ]] || continue
      if [[ $tag == "$recipe" ]]; then
        seen=yes
        image_row "$name" "$tag" "$size" "${created:0:16}" yes "$(policies_of "$name")"
      else
        image_row "$name" "$tag" "$size" "${created:0:16}" other -
      fi
    done < <(engine_docker images --format '{{.Tag}}\t{{.Size}}\t{{.CreatedAt}}' "$(repository_of "$name")")
    [[ -n $seen ]] || image_row "$name" "$recipe" - - 'not built' "$(policies_of "$name")"
  done
}

# shellcheck disable=SC2059
image_row() { printf "$IMAGE_ROW" "$@"; }

policies_of() {
  python3 -I "$SETUP_DIR/image_contents.py" policies "$(repository_of "$1"):latest" "$HOME_DIR"/policies/*.yaml
}

# Verify

verify_images() {
  local name names=("$@") unwell=''
  for name in "$@"; do image_named "$name"; done
  need_tool python3 python3 "it reads the images"
  need_engine
  gvisor_is_current || fail "gVisor is not registered with the engine as $RUNTIME_NAME" "$SHOWN_LAUNCHER setup"
  if [[ $# -eq 0 ]]; then
    names=(base)
    # The data image is there for who asks for it.
    [[ -z $(engine_docker images --quiet "$DATA_IMAGE") ]] || names+=(data)
  fi
  for name in "${names[@]}"; do
    verify_image "$name" || unwell=yes
  done
  [[ -z $unwell ]] || leave 1
}

verify_image() {
  local name=$1 image repository status=0
  repository=$(repository_of "$name")
  image=$repository:$(recipe_of "$name")
  if ! engine_has_image "$image"; then
    verdict missing "$name" "$image, the image of this checkout, has not been built"
    verdict '' '' "mend it with: $SHOWN_LAUNCHER image build $name"
    return 1
  fi
  if engine_api "/images/$image/json" | grep -qF "\"dev.caisson.recipe\":\"${image#*:}\""; then
    verdict ok "$name" "$image is of this checkout's recipe"
  else
    verdict wrong "$name" "$image does not bear the recipe ${image#*:}"
    status=1
  fi
  verify_contents "$name" "$image" || status=1
  if run_with_ticks try_sandbox "$image"; then
    verdict ok "$name" "runs under $RUNTIME_NAME, in gVisor"
  else
    verdict wrong "$name" "does not run under $RUNTIME_NAME as it should (the end of $SETUP_LOG says why)"
    status=1
  fi
  [[ $status -eq 0 ]] || verdict '' '' "mend it with: docker rmi --force $(parts_of "$name"); $SHOWN_LAUNCHER image build $name"
  return "$status"
}

# What has to go for all of it to be made again.
parts_of() {
  local repository
  repository=$(repository_of "$1")
  printf '%s:%s %s:latest' "$repository" "$(recipe_of "$1")" "$repository"
  [[ $1 != data ]] || printf ' %s:%s' "$LIBRARIES_IMAGE" "$(libraries_hash)"
}

verdict() { printf '%-9s %-6s %s\n' "$@"; }

# From outside: what is in the image has no part in saying so.
verify_contents() {
  local name=$1 container pinned=() status=0
  [[ $name != data ]] || pinned=(--pinned "$IMAGE_DIR/data/requirements.txt")
  container=$(engine_docker create --network none --label dev.caisson.owner=setup "$2")
  engine_docker export "$container" |
    python3 -I "$SETUP_DIR/image_contents.py" verify "$name" --agent "$IMAGE_DIR/agent" "${pinned[@]}" || status=1
  engine_docker rm "$container" >/dev/null
  return "$status"
}
