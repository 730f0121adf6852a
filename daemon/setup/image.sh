# shellcheck shell=bash
# The sandbox image, in two parts: the root file system from Debian packages (half a minute, kept as
# an image of its own and as a tar) and the agent on top (seconds). Each part's tag holds a hash of
# what it was made from, so nothing is built again until that changes.
#
# The data image has a part between the two: libraries, out of wheels. It is built only on request
# (images.sh), because it is large and needs a package index.

IMAGE=caisson/base
DATA_IMAGE=caisson/data
ROOTFS_IMAGE=caisson/rootfs
LIBRARIES_IMAGE=caisson/libraries
IMAGE_DIR=$HOME_DIR/sandbox-image
DATA_FILES=(data/Dockerfile data/requirements.txt data/warm.py)

hash_of() { sha256sum | cut -c 1-16; }

rootfs_hash() { hash_of <"$IMAGE_DIR/rootfs.sh"; }

agent_files() {
  [[ ! -d $IMAGE_DIR/agent ]] || (cd "$IMAGE_DIR" && find agent -type f -name '*.py' | LC_ALL=C sort)
}

image_hash() { hash_of_recipe; }

data_image_hash() { hash_of_recipe "${DATA_FILES[@]}"; }

# Of what every image is made of, and the files of the recipe that are named.
hash_of_recipe() {
  (
    cd "$IMAGE_DIR" || exit
    { printf '%s\n' rootfs.sh Dockerfile "$@" && agent_files; } | tr '\n' '\0' | xargs -0 sha256sum --
  ) | hash_of
}

libraries_hash() { (cd "$IMAGE_DIR" && sha256sum -- rootfs.sh "${DATA_FILES[@]}") | hash_of; }

engine_has_image() { engine_api "/images/$1/json" >/dev/null; }

# "latest" is what the daemon asks for, so it has to be this recipe's image and not an older one.
image_is_current() {
  engine_api "/images/${2:-$IMAGE}:latest/json" | grep -qF "\"dev.caisson.recipe\":\"$1\""
}

ensure_image() {
  local hash
  if [[ -n ${CAISSON_IMAGE:-} ]]; then
    engine_has_image "$CAISSON_IMAGE" || fail "CAISSON_IMAGE names $CAISSON_IMAGE, which the engine does not have" \
      "unset CAISSON_IMAGE to have the sandbox image built"
    return
  fi
  hash=$(image_hash)
  image_is_current "$hash" || point_latest_to "$hash" || exclusively "$MACHINE_LOCK" build_image "$hash"
}

# Back in a checkout whose image was made before: nothing to build.
point_latest_to() {
  local image=${2:-$IMAGE}
  ! engine_has_image "$image:$1" || engine_docker tag "$image:$1" "$image:latest"
  image_is_current "$1" "$image"
}

build_image() {
  local hash=$1 rootfs
  ! image_is_current "$hash" || return 0
  rootfs=$ROOTFS_IMAGE:$(rootfs_hash)
  engine_has_image "$rootfs" || build_rootfs "$rootfs"
  add_agent base "$IMAGE" "$hash" "$rootfs"
}

# It has its name only when a sandbox of it has worked: one that has it is not tried again.
#   add_agent NAME IMAGE HASH ROOTFS
add_agent() {
  step "putting the agent into the sandbox image $2:$3" build_agent_layer "$1" "$2" "$3" "$4"
  step "trying a sandbox of it under gVisor" try_sandbox "$2:untried"
  engine_docker tag "$2:untried" "$2:$3"
  engine_docker tag "$2:untried" "$2:latest"
  engine_docker rmi "$2:untried" >/dev/null
}

# Once for each image, so that a machine on which gVisor cannot work is found out here and not by
# somebody's first run. The code says nothing unless it is where it should be.
try_sandbox() {
  timeout 120 docker --host "unix://$ENGINE_SOCKET" run --rm --pull never --runtime "$RUNTIME_NAME" --network none \
    --read-only --tmpfs /tmp --label dev.caisson.owner=setup --entrypoint /usr/bin/python3.13 "$1" -I -c '
import os, platform, runpy, sys
assert "gvisor" in platform.release(), platform.release()
assert sys.version_info[:2] == (3, 13) and os.getuid() == 65532, (sys.version, os.getuid())
if os.path.exists("/opt/caisson/warm.py"):
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    runpy.run_path("/opt/caisson/warm.py")
    assert len(os.listdir("/proc/self/task")) == 1, "warm.py leaves threads"
'
}

build_rootfs() {
  local tar=$CACHE_DIR/rootfs-${1#*:}.tar
  if [[ ! -f $tar ]]; then
    need_root "building the sandbox image"
    have mmdebstrap || install_packages "it makes the sandbox image out of Debian packages" mmdebstrap
    mkdir -p "$CACHE_DIR"
    rm -f "$CACHE_DIR"/rootfs-*
    step "building the sandbox's root file system: CPython 3.13 and a small userland (about half a minute)" \
      bash "$IMAGE_DIR/rootfs.sh" "$tar"
  fi
  step "giving the root file system to the engine as $1" \
    engine_docker import --change "LABEL dev.caisson.image=rootfs" "$tar" "$1"
}

# The context is made here, file by file, so that neither the checkout's umask nor a stray file
# beside the agent gets into the image.
#   build_agent_layer NAME IMAGE HASH ROOTFS
build_agent_layer() {
  local name=$1 image=$2 hash=$3 rootfs=$4 context status=0
  context=$(mktemp -d)
  mkdir "$context/agent"
  cp "$IMAGE_DIR/Dockerfile" "$context/"
  (cd "$IMAGE_DIR" && agent_files | tar --create --files-from - | tar --extract --directory "$context")
  build_from_files "$context" . -- --build-arg "ROOTFS=$rootfs" --build-arg "RECIPE=$hash" \
    --build-arg "IMAGE=$name" --tag "$image:untried" || status=$?
  rm -rf "$context"
  return "$status"
}

# build_from_files FOLDER FILE... [--directory FOLDER FILE...] -- OPTION of docker build...
build_from_files() {
  local context=(--directory "$1")
  shift
  while [[ $1 != -- ]]; do context+=("$1") && shift; done
  shift
  tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=u=rwX,go=rX "${context[@]}" |
    BUILDX_NO_DEFAULT_ATTESTATIONS=1 engine_docker build --network none --force-rm "$@" -
}
