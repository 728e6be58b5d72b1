#!/usr/bin/env bash
# The library exports what the header declares, under the version node of the map: no less, no more.
# symbols.sh HEADER MAP LIBRARY [INCLUDED]: INCLUDED is a header of another library in it.
set -euo pipefail
# shellcheck source=tests/abi/functions.sh
. "$(dirname "$0")/functions.sh"

header=$(header_functions "$1")
if [ $# -eq 4 ]; then
  header=$(comm -23 <(echo "$header") <(header_functions "$4"))
fi
map=$(map_functions "$2")
library=$(exported_functions "$3")

same() {
  if ! diff <(echo "$2") <(echo "$4") >&2; then
    echo "symbols: $1 (<) and $3 (>) differ" >&2
    return 1
  fi
}

same "the header" "$header" "the map" "$map"
same "the header" "$header" "the library" "$library"
unversioned=$(nm -D --defined-only "$3" | grep ' mnistcnn_' | grep -v '@@MNISTCNN_' || true)
if [ -n "$unversioned" ]; then
  echo "symbols: without a version: $unversioned" >&2
  exit 1
fi
echo "$(echo "$header" | wc -l) functions"
