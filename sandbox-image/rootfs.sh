#!/usr/bin/env bash
# The root file system of every sandbox: CPython 3.13 and a small userland, from Debian packages.
#
#   rootfs.sh TARGET.tar
#
# What is left out matters as much as what is in: no setuid or setgid file, no file capability, no
# device node, no package manager, no compiler, no Perl. A program that gets past one wall finds
# nothing here that helps with the next.
set -euo pipefail

target=${1:?usage: rootfs.sh TARGET.tar}

# tzdata because zoneinfo reads it; certificates and pip for runs whose policy has a network; the
# C++ library because wheels with compiled code take it for given. The rest of what Python imports
# comes with python3.13 itself.
packages=python3.13,tzdata,ca-certificates,libstdc++6,python3-pip-whl

root=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf --one-file-system "$root" "$target.part"' EXIT
# mktemp makes a private folder; a user of the image has to be able to enter its root.
chmod 755 "$root"

# The host's own Debian mirror serves trixie too, and a host kept behind a mirror stays behind it.
mirror() {
  # shellcheck disable=SC2016 # apt-get fills it in
  apt-get indextargets --format '$(SITE)' 'Origin: Debian' 'Component: main' 2>/dev/null |
    grep -v -e '-security' | sort -u | head -n 1
}

install_packages() {
  local source
  source=$(mirror) || source=''
  mmdebstrap --quiet --mode=root --format=directory --variant=essential \
    --include="$packages" --skip=output/dev \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/lintian/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    trixie "$root" ${source:+"$source"}
}

# pip as Debian packs it for environments, without the compiler that its own package wants. In a
# sandbox only the user's folder can be written to, so that is where it installs.
install_pip() (
  cd "$root"
  chroot . /usr/bin/python3.13 -I -m zipfile -e usr/share/python-wheels/pip-*.whl /usr/lib/python3/dist-packages
  chroot . /usr/bin/python3.13 -I -m compileall -q /usr/lib/python3/dist-packages
  printf '#!/usr/bin/python3.13\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n' >usr/bin/pip
  chmod 755 usr/bin/pip
  rm -rf usr/share/python-wheels usr/lib/python3.*/EXTERNALLY-MANAGED
)

remove_what_helps_an_attacker() (
  cd "$root"
  # Package managers and the interpreter they bring.
  rm -rf usr/bin/apt* usr/lib/apt etc/apt var/lib/apt
  rm -rf usr/bin/dpkg* usr/lib/dpkg usr/share/dpkg etc/dpkg usr/bin/deb-* usr/bin/update-alternatives
  rm -rf usr/bin/debconf* usr/share/debconf usr/bin/perl* usr/lib/*/perl* usr/share/perl*
  # The list of what is installed stays, because image scanners read it.
  find var/lib/dpkg -mindepth 1 -maxdepth 1 ! -name status -exec rm -rf {} +
  # Ways to become somebody else or to see other mounts.
  (cd usr/bin && rm -f su mount umount passwd chsh chfn newgrp gpasswd chage expiry nsenter unshare setpriv)
  # It came along to make the list of certificates.
  rm -f usr/bin/openssl usr/bin/c_rehash
  # Administration; ldconfig stays because ctypes.util.find_library asks it.
  find usr/sbin -mindepth 1 ! -name ldconfig -delete
  find . -xdev -type f -perm /6000 -exec chmod a-s {} +
  find . -xdev -type d -perm /6000 -exec chmod a-s {} +
  find . -xdev ! -type f ! -type d ! -type l -delete
  rm -rf var/cache/* var/log/* var/lib/systemd etc/cron.* boot media srv usr/games
)

add_the_sandbox_user() {
  printf 'sandbox:x:65532:65532:sandbox:/workspace:/usr/sbin/nologin\n' >>"$root/etc/passwd"
  printf 'sandbox:x:65532:\n' >>"$root/etc/group"
  install -d -o 65532 -g 65532 -m 0755 "$root/workspace"
  install -d -m 0755 "$root/opt/caisson"
  ln -sfn /usr/share/zoneinfo/UTC "$root/etc/localtime"
  printf 'UTC\n' >"$root/etc/timezone"
  ln -sf python3.13 "$root/usr/bin/python3"
  ln -sf python3.13 "$root/usr/bin/python"
}

# Fails the build instead of shipping an image that breaks the promise at the top of this file.
prove_the_promise() {
  local found
  found=$(find "$root" -xdev \( -perm /6000 -o ! -type f ! -type d ! -type l \) -printf '%M %P\n')
  if [[ -n $found ]]; then
    printf 'rootfs: setuid, setgid or special files are left:\n%s\n' "$found" >&2
    return 1
  fi
  chroot "$root" /usr/bin/python3.13 -I -c 'import asyncio, ssl, sqlite3, ctypes, zoneinfo, lzma, bz2, pip'
  [[ -s $root/etc/ssl/certs/ca-certificates.crt ]]
}

install_packages
install_pip
remove_what_helps_an_attacker
add_the_sandbox_user
prove_the_promise
# Without --xattrs no file capability comes along. The times stay: Python's compiled files record
# the times of their sources.
tar --create --file "$target.part" --directory "$root" --sort=name --numeric-owner --one-file-system .
mv "$target.part" "$target"
