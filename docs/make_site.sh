#!/bin/sh
# make_site.sh OUTPUT: the handbook as a site, by mkdocs with its material theme (Debian: mkdocs-material).
# Links between pages, and to the sources, are kept by gathering all of them in one tree.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
output=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/site_pages"
cd "$root"
find docs naive safe stress protocol cmake findings examples -type f ! -name '*.html' ! -path '*/node_modules/*' ! -name CMakeLists.txt \
  -exec cp --parents -t "$work/site_pages" {} +
cp README.md CONTRIBUTING.md CHANGELOG.md "$work/site_pages/"
cp mkdocs.yml "$work/"
mkdocs build --strict --quiet -f "$work/mkdocs.yml" -d "$output"
