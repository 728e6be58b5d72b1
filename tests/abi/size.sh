#!/usr/bin/env bash
# The stripped shared library is small.
# size.sh LIBRARY MOST_BYTES
set -euo pipefail

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" "$1"
bytes=$(stat -c %s "$stripped")
echo "stripped: $bytes bytes, at most $2"
[ "$bytes" -le "$2" ]
