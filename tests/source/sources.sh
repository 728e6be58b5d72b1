#!/usr/bin/env bash
# lib/CMakeLists.txt names every source file of the library, and none that is not there; so does
# lib/exchange/CMakeLists.txt.
# sources.sh REPOSITORY
set -euo pipefail
cd "$1/lib"

listed=$(grep -oE '\b(base|kernels|image|digit|nn|data|model|train|api)/[a-z0-9_/]+\.c\b' CMakeLists.txt | sort -u)
present=$(find . -name '*.c' -not -path './pretrained/*' -not -path './exchange/*' -not -name 'naive_*.c' -printf '%P\n' | LC_ALL=C sort)
diff <(echo "$listed" | LC_ALL=C sort) <(echo "$present") || {
  echo "sources: lib/CMakeLists.txt (<) and the files in lib/ (>) differ" >&2
  exit 1
}

listed=$(grep -oE '^ +[a-z0-9_/]+\.c\b' exchange/CMakeLists.txt | tr -d ' ')
present=$(find exchange -name '*.c' -printf '%P\n')
diff <(echo "$listed" | LC_ALL=C sort) <(echo "$present" | LC_ALL=C sort) || {
  echo "sources: lib/exchange/CMakeLists.txt (<) and the files in lib/exchange/ (>) differ" >&2
  exit 1
}
