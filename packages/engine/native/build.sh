#!/usr/bin/env bash
# Builds engine.node: build.sh [OUT_DIR], by default into ../build. SANITIZE=1 adds the address and undefined-behaviour
# sanitizers, and ends each value at a page that nobody may read (run node with
# LD_PRELOAD="$(g++ -print-file-name=libasan.so)" then).
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../../.." && pwd)"
output="${1:-$here/../build}/engine.node"
headers="$root/node_modules/node-api-headers/include"
compiler="${CXX:-g++}"

fail() {
  echo "engine addon: $1" >&2
  exit 1
}

command -v "$compiler" >/dev/null || fail "no C++ compiler: apt-get install g++"
[ -f "$headers/node_api.h" ] || fail "no Node-API headers: run pnpm install first"

# header or library, and the package that brings it
missing=()
needs() {
  echo "$1" | "$compiler" -x c++ -std=c++17 -fsyntax-only - 2>/dev/null || missing+=("$2")
}
needs '#include <hs/hs.h>' libhyperscan-dev
needs '#include <re2/re2.h>' libre2-dev
needs $'#define PCRE2_CODE_UNIT_WIDTH 8\n#include <pcre2.h>' libpcre2-dev
[ "$("$compiler" -print-file-name=libmodsecurity.a)" != libmodsecurity.a ] || missing+=(libmodsecurity-dev)
[ "${#missing[@]}" -eq 0 ] || fail "missing headers or libraries: apt-get install ${missing[*]}"

command -v objcopy >/dev/null || fail "no objcopy: apt-get install binutils"

re2_version="$(dpkg-query -W -f '${Version}' libre2-dev 2>/dev/null || true)"
re2_version="${re2_version%%+*}"

flags=(-std=c++17 -fPIC -fvisibility=hidden -Wall -Wextra -Werror -DNAPI_VERSION=9
  -DSLUICE_RE2_VERSION="\"${re2_version:-unknown}\"" "-I$headers")
if [ "${SANITIZE:-0}" = 1 ]; then
  flags+=(-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined)
else
  flags+=(-O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
fi

mkdir -p "$(dirname "$output")"
work="$(mktemp -d "$output.XXXXXX")"
trap 'rm -rf "$work"' EXIT

# libinjection's table of words is static in it: see sql_words.h. An entry takes two machine words.
mkdir "$work/libinjection"
archive="$("$compiler" -print-file-name=libmodsecurity.a)"
# Debian 13 has it as la-libinjection_sqli.o.
member="$(ar t "$archive" | grep -E '^(la-)?libinjection_sqli\.o$' || true)"
[ -n "$member" ] || fail "libmodsecurity has no libinjection"
(cd "$work/libinjection" && ar x "$archive" "$member")
objcopy --globalize-symbol=sql_keywords "$work/libinjection/$member"
ar rcs "$work/libinjection.a" "$work/libinjection/$member"
table_bytes="$(nm -S "$work/libinjection.a" | sed -n 's/^[0-9a-f]* \([0-9a-f]*\) D sql_keywords$/\1/p')"
[ -n "$table_bytes" ] || fail "libinjection has no table of words"
flags+=(-DSLUICE_SQL_WORDS="$((16#$table_bytes / 16))")

compile() {
  local name="${1#"$here"/}"
  "$compiler" "${flags[@]}" -c "$1" -o "$work/${name//\//-}.o"
}
jobs=()
for source in "$here"/*.cc "$here"/*/*.cc; do
  compile "$source" &
  jobs+=($!)
done
for job in "${jobs[@]}"; do wait "$job"; done

# Only libinjection is taken out of the static archive; nothing of it is visible outside.
"$compiler" "${flags[@]}" -shared -o "$work/engine.node" "$work"/*.o "$work/libinjection.a" \
  -lre2 -lpcre2-8 -lhs -Wl,-Bstatic -lmodsecurity -Wl,-Bdynamic \
  -Wl,--exclude-libs,ALL -Wl,-z,relro,-z,now -Wl,--as-needed -pthread

# A process that has the old file open keeps it; one that starts meanwhile sees the old one or the new one, whole.
mv -f "$work/engine.node" "$output"
echo "built $(realpath --relative-to="$root" "$output")"
