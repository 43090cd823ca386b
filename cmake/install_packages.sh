# Sourced by ./demo and ./check: installs what the build needs and is missing, by apt. with_browser=yes:
# also Chromium and Node.js for the browser tests, mkdocs for the site's, and the libraries whose headers are
# explored (1 MB each), which are skipped where these cannot be had.
packages="g++ cmake ninja-build libfmt-dev libcli11-dev nlohmann-json3-dev
libgtest-dev libgmock-dev librapidcheck-dev libvalijson-dev libdw-dev libxml2-utils libxxhash-dev spin gdb"

missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' ||
    missing="$missing $package"
done

if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ]; then as_root=""
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo"
  else as_root="none"; fi
  if [ "$as_root" = none ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "minusone needs packages that are not installed, and may not install them itself." >&2
    echo "On Debian or Ubuntu, run as root:" >&2
    echo "  apt-get install$missing" >&2
    echo "Elsewhere, install what your distribution calls them." >&2
    exit 4
  fi
  echo "installing:$missing"
  export DEBIAN_FRONTEND=noninteractive
  $as_root apt-get update -qq &&
    $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null || {
      echo "apt-get could not install:$missing" >&2
      exit 4
    }
fi

if [ "${with_browser:-}" = yes ]; then
  wanted=""
  command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || wanted="chromium"
  command -v node >/dev/null 2>&1 || wanted="$wanted nodejs"
  command -v npm >/dev/null 2>&1 || wanted="$wanted npm"
  command -v mkdocs >/dev/null 2>&1 || wanted="$wanted mkdocs-material"
  [ -e /usr/include/ck_pr.h ] || wanted="$wanted libck-dev"
  dpkg-query -W liburcu-dev >/dev/null 2>&1 || wanted="$wanted liburcu-dev"
  if [ -n "$wanted" ]; then
    if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo -n"; fi
    echo "installing for the tests of pages and libraries: $wanted"
    export DEBIAN_FRONTEND=noninteractive
    { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $wanted; } \
      >/dev/null 2>&1 ||
      echo "could not install $wanted: these tests will be skipped (Ubuntu has Chromium as a snap only)"
  fi
fi
