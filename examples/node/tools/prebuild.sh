#!/usr/bin/env bash
# Builds the libraries that a package for one system carries, with libpng, libjpeg and zlib inside, by the
# compiler of ziglang: for glibc 2.17 and newer, or musl.
#
#   prebuild.sh KEY FOLDER    KEY: linux-x64, linux-arm64, linuxmusl-x64 or linuxmusl-arm64; to FOLDER go
#                             libmnistcnn.so.* and libmnistcnn_exchange.so.*
#
# PYTHON             the Python with ziglang (default: python3)
# MNISTCNN_SOURCES   a folder with libpng1.6, zlib and libjpeg-turbo, unpacked (default: Debian's are fetched)
# MNISTCNN_WORK      where all is built (default: a temporary folder)
# Ends with 77 where the sources or ziglang cannot be had.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
case $1 in
  linux-x64) target=x86_64 ;;
  linux-arm64) target=aarch64 ;;
  linuxmusl-x64) target=x86_64-musl ;;
  linuxmusl-arm64) target=aarch64-musl ;;
  *) echo "prebuild.sh: there is no system $1" >&2 && exit 2 ;;
esac
mkdir -p "$2"
output=$(cd "$2" && pwd)
python=$(command -v "${PYTHON:-python3}")
work=${MNISTCNN_WORK:-}
if [ -z "$work" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work"
work=$(cd "$work" && pwd)
if ! "$python" -m ziglang version >/dev/null 2>&1; then
  echo "skipped: $python has no ziglang" >&2
  exit 77
fi
# shellcheck source=examples/bindings/native.sh
. "$here/../../bindings/native.sh"

# OpenBLAS serves processors from before 2013 only.
build_libraries() {
  local tree=$work/$target/libraries
  # shellcheck disable=SC2016 # $ORIGIN is for the loader
  cmake -S "$here/../../.." -B "$tree" -DCMAKE_TOOLCHAIN_FILE="$work/$target/toolchain.cmake" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_FIND_LIBRARY_SUFFIXES=.a \
    -DMNISTCNN_BUILD_STATIC=OFF -DMNISTCNN_BUILD_CLI=OFF -DMNISTCNN_BUILD_EXAMPLES=OFF \
    -DMNISTCNN_BUILD_TESTS=OFF -DMNISTCNN_BUILD_PRETRAINED=OFF -DMNISTCNN_WITH_OPENBLAS=OFF \
    -DMNISTCNN_WITH_JPEG=ON -DCMAKE_SHARED_LINKER_FLAGS=-s -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON \
    '-DCMAKE_INSTALL_RPATH=$ORIGIN' >"$work/$target/libraries.log"
  cmake --build "$tree" -j "$(nproc)" --target mnistcnn mnistcnn_exchange >>"$work/$target/libraries.log"
  cp -P "$tree"/lib/libmnistcnn.so.*.*.* "$tree"/lib/exchange/libmnistcnn_exchange.so.*.*.* "$output"
}

build_native
build_libraries
