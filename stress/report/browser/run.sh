#!/bin/sh
# run.sh FOLDER TEST.mjs: runs a browser test (node --test); FOLDER, in the build tree, takes the npm
# packages. Exit status 77, with a sentence, where Chromium, Node.js or the packages cannot be had.
set -eu
folder=$1 test=$2
here=$(cd "$(dirname "$0")" && pwd)

skip() {
  echo "browser tests skipped: $1"
  exit 77
}

MINUSONE_CHROMIUM=${MINUSONE_CHROMIUM:-$(command -v chromium || command -v chromium-browser || true)}
[ -n "$MINUSONE_CHROMIUM" ] ||
  skip "there is no Chromium here, and no package of that name (Debian has one): install chromium, or set MINUSONE_CHROMIUM"
"$MINUSONE_CHROMIUM" --version >/dev/null 2>&1 || skip "$MINUSONE_CHROMIUM does not start"
command -v node >/dev/null && command -v npm >/dev/null || skip "they need Node.js and npm (packages nodejs and npm)"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ] || skip "they need Node.js 18 or later, not $(node --version)"

mkdir -p "$folder"
(
  flock 9
  if ! cmp -s "$here/package-lock.json" "$folder/installed.json"; then
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$folder/"
    if ! (cd "$folder" && npm ci --ignore-scripts) >"$folder/npm.log" 2>&1; then
      cat "$folder/npm.log"
      grep -Eq 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH' "$folder/npm.log" && exit 77
      exit 1
    fi
    cp "$here/package-lock.json" "$folder/installed.json"
  fi
) 9>"$folder/lock" || {
  status=$?
  [ $status = 77 ] && skip "the npm registry cannot be reached, which has playwright-core and axe-core"
  exit $status
}

export MINUSONE_CHROMIUM MINUSONE_BROWSER_MODULES="$folder"
exec node --test --test-reporter=spec "$test"
