#!/usr/bin/env bash
# The oldest CMake is the same wherever it is named, and knows the version of the presets; and where
# Ubuntu's component universe is not enabled, tests/install-missing.sh says so.
# requirements.sh REPOSITORY
set -euo pipefail
cd "$1"

fail() {
  echo "requirements: $*" >&2
  exit 1
}

minimum=$(sed -nE 's/^cmake_minimum_required\(VERSION ([0-9.]+)\)$/\1/p' CMakeLists.txt)
[ "$minimum" = 3.22 ] || fail "CMakeLists.txt asks for CMake $minimum, which Ubuntu 22.04 lacks"
grep -qxF "cmake_minimum_required(VERSION $minimum)" tests/package/consumer/CMakeLists.txt ||
  fail "the program of tests/package asks for another CMake than $minimum"
grep -qF "\"major\": ${minimum%.*}, \"minor\": ${minimum#*.}," CMakePresets.json ||
  fail "CMakePresets.json asks for another CMake than $minimum"
grep -qF '"version": 3,' CMakePresets.json || fail "CMake $minimum knows presets up to version 3"
grep -qF "| CMake $minimum, " docs/building.md || fail "docs/building.md says another CMake than $minimum"

# An Ubuntu whose apt-get finds nothing.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '#!/bin/sh\nexit 100\n' >"$work/apt-get"
cp "$work/apt-get" "$work/apt-cache"
printf '#!/bin/sh\nexec "$@"\n' >"$work/sudo"
chmod +x "$work/apt-get" "$work/apt-cache" "$work/sudo"
echo 'ID=ubuntu' >"$work/os-release"
said=$(PATH=$work:$PATH INSTALL_MISSING_OS_RELEASE=$work/os-release \
  tests/install-missing.sh cmd:no-such-command=some-package 2>&1) && fail "nothing is missing"
grep -q 'still missing: some-package' <<<"$said" || fail "does not name what is missing: $said"
grep -q 'add-apt-repository universe' <<<"$said" || fail "does not name universe: $said"
