#!/usr/bin/env bash
# Builds the images without a container engine and without a base image, from Debian's packages: build.sh [sluice|sluice-node]…
# (both, without a name). Writes OCI layouts and their SBOMs to $OUT (default: ./image). Needs root; what it lacks it installs.
# Digests still differ from build to build: sign and pull by the one that was built.
set -euo pipefail

here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
source=$(cd -- "$here/../.." && pwd)
out=${OUT:-$PWD/image}
export SLUICE_CACHE=${SLUICE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sluice} SOURCE_DATE_EPOCH=0 LC_ALL=C
suite=trixie
fail() { echo "build: $1" >&2; exit "${2:-1}"; }
[ "$(id -u)" = 0 ] || fail 'run it as root: it makes file systems with owners' 3
[ "$(uname -m)" = x86_64 ] || fail 'for x86-64 only: deploy/image/README.md says what is missing elsewhere' 3
missing=()
for tool in mmdebstrap buildah; do command -v "$tool" >/dev/null || missing+=("$tool"); done
if [ "${#missing[@]}" -gt 0 ]; then
  command -v apt-get >/dev/null || fail "not installed: ${missing[*]}" 3
  { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}"; } >&2
fi
# Node, pnpm, npm's packages, the rules and Envoy, where they are not there yet.
"$source/sluice" setup >&2

# The Dockerfile installs the same lists.
mapfile -t run <"$here/packages/run"
mapfile -t agent <"$here/packages/agent"
mapfile -t build <"$here/packages/build"

work=$(mktemp -d /var/tmp/sluice-image.XXXXXX)
trap 'umount -q "$work"/*/proc 2>/dev/null || :; rm -rf -- "$work"' EXIT
mkdir -p "$out" "$SLUICE_CACHE/image"

# debian NAME VARIANT PACKAGE…: a root file system of Debian's packages in the cache; its path in REPLY.
debian() {
  local name=$1 variant=$2
  shift 2
  REPLY=$SLUICE_CACHE/image/$name-$(printf '%s\n' "$suite" "$variant" "$@" | sha256sum | cut -c1-12).tar
  [ -f "$REPLY" ] && [ -z "${FRESH:-}" ] && return
  mmdebstrap --quiet --mode=root --variant="$variant" --include="$(IFS=,; echo "$*")" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/lintian/*' \
    "$suite" "$REPLY.new.tar"
  mv -- "$REPLY.new.tar" "$REPLY"
}

unpack() { mkdir -p "$2" && tar -xpf "$1" -C "$2" --exclude='./dev/*'; }

# The native parts, made with the libraries that the image has.
native() {
  debian build minbase "${build[@]}"
  unpack "$REPLY" "$work/build"
  mkdir -p "$work/build/src/node_modules" "$work/build/out"
  cp -RL "$source/node_modules/node-api-headers" "$work/build/src/node_modules/"
  for part in engine hyperscan-js; do
    mkdir -p "$work/build/src/packages/$part"
    cp -R "$source/packages/$part/native" "$work/build/src/packages/$part/"
    chroot "$work/build" bash "/src/packages/$part/native/build.sh" /out >&2
  done
}

# In the image itself, as the user that runs there.
compile_rules() { # ROOT
  mount -t proc proc "$1/proc"
  chroot --userspec=65534:65534 "$1" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin sluice-compile-rules >&2
  umount "$1/proc"
}

# commit NAME ROOT CONFIG…: an OCI layout of one layer.
commit() {
  local name=$1 root=$2 container
  shift 2
  tar --sort=name --mtime=@0 --numeric-owner --format=posix --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime \
    -cf "$work/$name.tar" -C "$root" .
  local store=(buildah --storage-driver vfs --root "$work/store" --runroot "$work/run")
  container=$("${store[@]}" from scratch)
  "${store[@]}" add --quiet "$container" "$work/$name.tar" / >/dev/null
  "${store[@]}" config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    --label org.opencontainers.image.title="$name" --label org.opencontainers.image.licenses=Apache-2.0 \
    --label org.opencontainers.image.version="$(sed -n 's/.*"version": "\(.*\)".*/\1/p' "$source/packages/cli/package.json")" \
    --entrypoint '["/usr/local/bin/sluice"]' "$@" "$container"
  rm -rf -- "${out:?}/$name"
  "${store[@]}" commit --quiet --timestamp 0 --disable-compression=false "$container" "oci:$out/$name:latest" >/dev/null
  "${store[@]}" rm "$container" >/dev/null
  cp "$root/opt/sluice/sbom.cdx.json" "$out/$name.cdx.json"
  grep -o 'sha256:[0-9a-f]*' "$out/$name/index.json" | head -1
}

# image NAME PACKAGE…: the root file system in $work/NAME.
image() {
  local name=$1
  shift
  debian "$name" essential "${run[@]}" "$@"
  unpack "$REPLY" "$work/$name"
  BUILD=$work/build/out "$here/assemble.sh" "$source" "$work/$name"
}

[ $# -gt 0 ] || set -- sluice sluice-node
for name in "$@"; do
  case $name in sluice | sluice-node) ;; *) fail "no image is named $name: sluice, sluice-node" 2 ;; esac
done
native
for name in "$@"; do
  case $name in
    sluice)
      image sluice
      compile_rules "$work/sluice"
      commit sluice "$work/sluice" --user 65534:65534
      ;;
    sluice-node)
      image sluice-node "${agent[@]}"
      "$here/add-envoy.sh" "$work/sluice-node"
      commit sluice-node "$work/sluice-node" --user 0:0
      ;;
  esac
done
