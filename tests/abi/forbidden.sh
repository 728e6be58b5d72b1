#!/usr/bin/env bash
# The library calls nothing that tests/abi/forbidden.txt lists.
# forbidden.sh LIST LIBRARY...
set -euo pipefail
# shellcheck source=tests/abi/functions.sh
. "$(dirname "$0")/functions.sh"

list=$1
shift
forbidden=$(grep -vE '^(#|$)' "$list" | sort -u)
status=0
for library in "$@"; do
  undefined=$(undefined_functions "$library")
  if [ "$(echo "$undefined" | wc -l)" -lt 10 ]; then
    echo "forbidden: found no list of undefined symbols in $library" >&2
    exit 1
  fi
  plain=$(echo "$undefined" | sed -E 's/^__(.*)_chk$/\1/' | sort -u)
  found=$(comm -12 <(echo "$plain") <(echo "$forbidden"))
  if [ -n "$found" ]; then
    echo "forbidden: $library calls ${found//$'\n'/ }" >&2
    status=1
  fi
done
exit $status
