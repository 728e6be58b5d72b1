#!/usr/bin/env bash
# Builds and runs a program against the installed library, as its users do.
# consume.sh PREFIX cmake|pkg-config shared|static C|CXX
set -euo pipefail

prefix=$(realpath "$1") way=$2 kind=$3 language=$4
consumer=$(realpath "$(dirname "$0")/consumer")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
libdir=$(dirname "$(find "$prefix" -name 'libmnistcnn.*' | head -1)")
export PKG_CONFIG_PATH="$libdir/pkgconfig"
unset LD_LIBRARY_PATH

build_with_cmake() {
  cmake -G Ninja -S "$consumer" -B "$work" -DCMAKE_PREFIX_PATH="$prefix" -DKIND="$kind" \
    -DLANGUAGE="$language" -DCMAKE_BUILD_TYPE=Release
  cmake --build "$work"
}

# The static library next to the shared one is chosen by its file name; -lmnistcnn would mean the
# shared one.
build_with_pkg_config() {
  local compiler=("${CC:-cc}" -x c -std=c11) libs module=mnistcnn
  [ "$language" = C ] || compiler=("${CXX:-c++}" -x c++ -std=c++11)
  if [ -e "$libdir/pkgconfig/mnistcnn_pretrained.pc" ]; then
    module=mnistcnn_pretrained
    compiler+=(-DWITH_PRETRAINED)
  fi
  if [ -e "$libdir/pkgconfig/mnistcnn_exchange.pc" ]; then
    module="$module mnistcnn_exchange"
    compiler+=(-DWITH_EXCHANGE)
  fi
  # shellcheck disable=SC2086
  libs=$(pkg-config --libs $module)
  if [ "$kind" = static ]; then
    # shellcheck disable=SC2086
    libs=$(pkg-config --static --libs $module |
      sed -E 's/-l(mnistcnn(_exchange)?)( |$)/-l:lib\1.a\3/g')
  fi
  # shellcheck disable=SC2046,SC2086  # these are lists of options
  # Some compilers find "-x none" before libraries useless.
  "${compiler[@]}" -Wall -Wextra -pedantic -Werror -Wno-unused-command-line-argument $(pkg-config --cflags $module) \
    "$consumer/main.c" -x none -o "$work/consumer" $libs -lm
}

case "$way" in
  cmake) build_with_cmake >&2 ;;
  pkg-config)
    build_with_pkg_config
    [ "$kind" = static ] || export LD_LIBRARY_PATH="$libdir"
    ;;
esac

linked=$(readelf -dW "$work/consumer" | grep -c 'NEEDED.*libmnistcnn' || true)
expected=1
[ ! -e "$prefix/include/mnistcnn_exchange.h" ] || expected=2
[ "$kind" = shared ] || expected=0
if [ "$linked" -ne "$expected" ]; then
  echo "consume: not the $kind library was linked" >&2
  exit 1
fi
"$work/consumer"
