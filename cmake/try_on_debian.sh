#!/bin/bash
# cmake/try_on_debian.sh RELEASE [FOLDER]
#
# Makes a bare machine of a release (bookworm, trixie, sid; noble for Ubuntu 24.04) by debootstrap in FOLDER/RELEASE,
# copies the last commit into it, runs `./demo` and the release tests there, and prints what passed and what was
# skipped. As root. The mirror, apt's configuration and the certificates are those of this machine, proxies
# too; another mirror in MINUSONE_MIRROR. COMPILER=clang-19 tries another compiler. A machine that is there is used
# again. Exit status 0: both passed; 1: not; 4: the machine could not be made.
set -u
release=${1:?usage: try_on_debian.sh RELEASE [FOLDER]}
folder=${2:-${TMPDIR:-/tmp}/minusone-machines}
source=$(cd "$(dirname "$0")/.." && pwd)
root=$folder/$release
compiler=${COMPILER:-}

fail() { echo "try_on_debian: $*" >&2; exit 4; }
[ "$(id -u)" = 0 ] || fail "debootstrap and chroot need root"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"

mounted=()
unmount() {
  for ((i = ${#mounted[@]} - 1; i >= 0; --i)); do umount -l "${mounted[i]}"; done
  mounted=()
}
trap unmount EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mkdir -p "$folder"
if [ ! -e "$root/made" ]; then
  # shellcheck disable=SC2086 # no mirror is no argument
  debootstrap --variant=minbase "$release" "$root" ${MINUSONE_MIRROR:-} >"$folder/$release.log" 2>&1 ||
    fail "$release could not be installed (is it on the mirror?): $(tail -n 1 "$folder/$release.log")"
  touch "$root/made"
fi
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
mkdir -p "$root/etc/ssl/certs" "$root/usr/local/share/ca-certificates"
cp -rL /etc/ssl/certs/. "$root/etc/ssl/certs/" 2>/dev/null
cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/" 2>/dev/null
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
[ -f /etc/apt/auth.conf ] && cp /etc/apt/auth.conf "$root/etc/apt/"

mount_at() { mount "${@:2}" "$root$1" && mounted+=("$root$1"); }
mount_at /proc -t proc proc || fail "/proc cannot be mounted"
mount_at /sys --rbind /sys || fail "/sys cannot be mounted"
mount_at /dev --rbind /dev || fail "/dev cannot be mounted"
mount --make-rslave "$root/dev"
mount --make-rslave "$root/sys"
mountpoint -q "$root/dev/shm" || mount_at /dev/shm -t tmpfs tmpfs

rm -rf "$root/minusone"
mkdir "$root/minusone"
git -C "$source" archive HEAD | tar -x -C "$root/minusone"

# In its own pid namespace, so that nothing outlives the trial.
unshare --fork --pid --kill-child --mount-proc="$root/proc" chroot "$root" \
  /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
  COMPILER="$compiler" bash -s <<'INSIDE'
cd /minusone
apt-get update -qq
if [ -n "$COMPILER" ]; then
  apt-get install -y -qq --no-install-recommends "$COMPILER" "lib${COMPILER/clang/clang-rt}-dev" >/dev/null || exit 4
  export CC=$COMPILER CXX=${COMPILER/clang/clang++}
fi
./demo >demo.txt 2>&1
demo=$?
tail -n 25 demo.txt
cmake --build --preset release >build.txt 2>&1 || { grep -E 'error|FAILED' build.txt | head -n 30; exit 1; }
ctest --preset release >tests.txt 2>&1
tests=$?
grep -E '^[0-9]+% tests passed|^The following tests|^[[:space:]]+[0-9]+ - ' tests.txt
echo "$(. /etc/os-release; echo "$PRETTY_NAME"), $(${CXX:-c++} --version | head -n 1), $(ldd --version | head -n 1):" \
  "./demo $demo, tests $tests"
[ "$demo" = 0 ] && [ "$tests" = 0 ]
INSIDE
status=$?
exit $status
