#!/usr/bin/env bash
# The library and the command are hardened: everything that can be is read-only once loaded, stacks
# have canaries, calls that can be are checked for the size of what they write, programs are position
# independent. And the library stays loaded, as its thread-local data needs.
# hardening.sh LIBRARY [PROGRAM]
set -euo pipefail

fail() {
  echo "hardening: $1" >&2
  exit 1
}

called() { nm -D -u "$1" | awk '{ sub(/@.*/, "", $2); print $2 }'; }
for file in "$@"; do
  readelf -lW "$file" | grep GNU_RELRO >/dev/null || fail "$file has no read-only relocations"
  readelf -dW "$file" | grep -E 'FLAGS.*\bNOW\b' >/dev/null || fail "$file binds its functions late"
  called "$file" | grep -x __stack_chk_fail >/dev/null || fail "$file has no canaries"
  [ "$(readelf -hW "$file" | sed -nE 's/ *Type: *([A-Z]+).*/\1/p')" = DYN ] ||
    fail "$file is not position independent"
done
called "$1" | grep -E '^__(mem|str|f?read|v?s?n?printf)[a-z]*_chk$' >/dev/null ||
  fail "$1 calls no checked function"
readelf -dW "$1" | grep NODELETE >/dev/null || fail "$1 can be unloaded"
echo "$# files"
