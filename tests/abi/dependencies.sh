#!/usr/bin/env bash
# The shared library needs libpng, libjpeg, zlib and the C library only, as OpenBLAS is loaded when it
# is needed; its soname is the version's, it looks for nothing in folders of the build, and its stack
# is not executable.
# dependencies.sh LIBRARY HEADER
set -euo pipefail

dynamic=$(readelf -dW "$1")
needed=$(echo "$dynamic" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p' | sort)
known='^(libpng16\.so\.16|libjpeg\.so\.(62|8)|libz\.so\.1|lib(c|m|dl)\.so\.[26]|libpthread\.so\.0|ld-linux.*)$'
fail() {
  echo "dependencies: $1" >&2
  exit 1
}

echo "needs: ${needed//$'\n'/ }"
unknown=$(echo "$needed" | grep -vE "$known" || true)
[ -z "$unknown" ] || fail "needs also $unknown"
soname=$(echo "$dynamic" | sed -nE 's/.*\(SONAME\).*\[(.*)\]/\1/p')
# Before 1.0 every minor version may change the ABI.
version() { sed -nE "s/^#define MNISTCNN_VERSION_$1 ([0-9]+)\$/\1/p" "$header"; }
header=$2 major=$(version MAJOR) minor=$(version MINOR)
expected=libmnistcnn.so.$major
[ "$major" -gt 0 ] || expected+=.$minor
[ "$soname" = "$expected" ] || fail "the soname is $soname, not $expected"
! echo "$dynamic" | grep -qE '\((RPATH|RUNPATH)\)' || fail "has a run path"
! echo "$dynamic" | grep -q TEXTREL || fail "has relocations in its code"
readelf -lW "$1" | grep GNU_STACK | grep -q 'RW ' || fail "its stack is executable"
