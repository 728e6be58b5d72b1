#!/usr/bin/env bash
# The stripped shared library is small: a Release build by gcc 12 for x86-64, of which the hardening
# flags are 20 KB. Other compilers and flags make other sizes.
# size.sh LIBRARY
set -euo pipefail

most=320000
stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" "$1"
bytes=$(stat -c %s "$stripped")
echo "stripped: $bytes bytes, at most $most"
[ "$bytes" -le "$most" ]
