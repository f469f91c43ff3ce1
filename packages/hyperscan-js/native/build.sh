#!/bin/sh
# Builds hyperscan.node: build.sh [OUT_DIR], by default into ../build. SANITIZE=1 adds the address and undefined-behaviour
# sanitizers (run node with LD_PRELOAD="$(g++ -print-file-name=libasan.so)" then).
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
out=${1:-$here/../build}
cxx=${CXX:-g++}

fail() {
  echo "hyperscan-js: $1" >&2
  exit 1
}

command -v "$cxx" >/dev/null 2>&1 || fail "$cxx is missing. Install it: apt-get install g++"

hs_cflags=$("${PKG_CONFIG:-pkg-config}" --cflags libhs 2>/dev/null) || hs_cflags=-I/usr/include/hs
hs_libs=$("${PKG_CONFIG:-pkg-config}" --libs libhs 2>/dev/null) || hs_libs=-lhs
# shellcheck disable=SC2086 # the flags are several words
echo '#include <hs.h>' | "$cxx" $hs_cflags -x c++ -fsyntax-only - 2>/dev/null ||
  fail "Hyperscan's header hs.h is missing. Install it: apt-get install libhyperscan-dev"

# The Node-API headers: the workspace's package, else those that came with node itself.
headers=
dir=$here
while [ -z "$headers" ] && [ "$dir" != / ]; do
  dir=$(dirname -- "$dir")
  [ -f "$dir/node_modules/node-api-headers/include/node_api.h" ] && headers=$dir/node_modules/node-api-headers/include
done
if [ -z "$headers" ] && command -v node >/dev/null 2>&1; then
  beside=$(node -p 'require("node:path").resolve(process.execPath, "../../include/node")')
  [ -f "$beside/node_api.h" ] && headers=$beside
fi
[ -n "$headers" ] || fail "the Node-API headers are missing. Install them: npm install node-api-headers"

optimise=-O2
if [ "${SANITIZE:-}" = 1 ]; then
  optimise='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined'
fi

mkdir -p "$out"
# Linked under another name and renamed, so that a process that has the old file mapped keeps it whole.
part=$out/hyperscan.node.$$
trap 'rm -f "$part"' EXIT
# shellcheck disable=SC2086
"$cxx" $optimise -std=c++17 -fPIC -shared -fvisibility=hidden -fno-exceptions -fno-rtti -pthread \
  -Wall -Wextra -Werror -DNAPI_VERSION=9 -I "$headers" $hs_cflags \
  -Wl,-z,relro,-z,now,--build-id=sha1 -o "$part" "$here"/*.cc $hs_libs
mv -f "$part" "$out/hyperscan.node"
