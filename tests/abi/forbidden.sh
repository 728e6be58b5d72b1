#!/usr/bin/env bash
# The library calls nothing that forbidden.txt lists.
# forbidden.sh --asserts|--no-asserts LIBRARY...
#
# --asserts: the library was built without NDEBUG, so it may call what a failed assert() does.
set -euo pipefail
# shellcheck source=tests/abi/functions.sh
. "$(dirname "$0")/functions.sh"

forbidden=$(grep -vE '^(#|$)' "$(dirname "$0")/forbidden.txt" | sort -u)
case "$1" in
  --asserts) forbidden=$(grep -vxE '__assert(_fail)?' <<<"$forbidden") ;;
  --no-asserts) ;;
  *)
    echo "forbidden: $1 is neither --asserts nor --no-asserts" >&2
    exit 2
    ;;
esac
shift
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
