#!/usr/bin/env bash
# The stripped shared library is small.
# size.sh LIBRARY AIM_BYTES GUARD_BYTES
# Passes up to the aim. Above it, up to the guard, it says by how much the aim is missed and ends with
# 77, which ctest counts as skipped and not as passed; above the guard it fails.
set -euo pipefail

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" "$1"
bytes=$(stat -c %s "$stripped")
echo "stripped: $bytes bytes (aim $2, guard $3)"
[ "$bytes" -le "$3" ] || exit 1
[ "$bytes" -le "$2" ] || {
  echo "the aim is missed by $((bytes - $2)) bytes"
  exit 77
}
