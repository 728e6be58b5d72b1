#!/usr/bin/env bash
# Two builds of the same source, in folders of other names and lengths, install the same bytes.
# reproducible.sh REPOSITORY
set -euo pipefail

repository=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build FOLDER: the source in it, the build beside, installed into FOLDER/prefix.
build() {
  mkdir -p "$1/source"
  tar -C "$repository" --exclude=./build --exclude=./.git -cf - . | tar -C "$1/source" -xf -
  cmake -S "$1/source" -B "$1/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DMNISTCNN_BUILD_TESTS=OFF -DMNISTCNN_BUILD_EXAMPLES=OFF -DCMAKE_C_COMPILER="${CC:-cc}"
  cmake --build "$1/build"
  cmake --install "$1/build" --prefix "$1/prefix"
}

build "$work/a" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
build "$work/another/and-longer" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
checksums() {
  (cd "$1/prefix" && find . -type f -print0 | sort -z | xargs -0 sha256sum)
}
checksums "$work/a" >"$work/first"
checksums "$work/another/and-longer" >"$work/second"
[ "$(wc -l <"$work/first")" -gt 20 ]
diff "$work/first" "$work/second"
