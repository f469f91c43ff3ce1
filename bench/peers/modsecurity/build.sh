#!/usr/bin/env bash
# Builds the program around the system's libmodsecurity. Usage: build.sh OUTPUT
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
compiler="${CXX:-g++}"

fail() {
  echo "$1" >&2
  exit 1
}

command -v "$compiler" >/dev/null || fail 'no C++ compiler: apt-get install g++'
echo '#include <modsecurity/modsecurity.h>' | "$compiler" -x c++ -std=c++17 -fsyntax-only - 2>/dev/null ||
  fail 'no libmodsecurity: apt-get install libmodsecurity-dev'

"$compiler" -std=c++17 -O2 -Wall -Wextra -Werror -o "$1.new" "$here/main.cc" -lmodsecurity
mv -f "$1.new" "$1"
