#!/bin/sh
# Packs the package for npm: pack.sh [OUT_DIR], by default the current directory. The tarball holds JavaScript instead of
# TypeScript (Node strips no types below node_modules), and the addon for this machine's CPU, C library and Hyperscan.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
package=$(dirname -- "$here")
out=$(CDPATH='' cd -- "${1:-.}" && pwd)

fail() {
  echo "hyperscan-js: $1" >&2
  exit 1
}

PATH=$package/node_modules/.bin:$package/../../node_modules/.bin:$PATH
command -v tsc >/dev/null 2>&1 || fail "tsc is missing. Install it: npm install typescript"
command -v npm >/dev/null 2>&1 || fail "npm is missing. Install it: apt-get install npm"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

tsc -p "$package/tsconfig.dist.json" --outDir "$stage/dist"
"$here/build.sh" "$stage/build"
cp -R "$here" "$package/docs" "$package/README.md" "$stage"
cp "$package/LICENSE" "$stage" 2>/dev/null || cp "$package/../../LICENSE" "$stage"
# What publishConfig says holds in the tarball; npm itself does not put it there.
node -e '
  const { readFileSync, writeFileSync } = require("node:fs");
  const { publishConfig, scripts, ...manifest } = JSON.parse(readFileSync(process.argv[1], "utf8"));
  const packed = { ...manifest, ...publishConfig, scripts: { build: scripts.build } };
  writeFileSync(process.argv[2], `${JSON.stringify(packed, null, 2)}\n`);
' "$package/package.json" "$stage/package.json"

cd "$stage"
tarball=$(npm pack --silent --ignore-scripts --pack-destination "$out")
echo "$out/$tarball"
