#!/usr/bin/env bash
# Builds the library for another system with zig's compiler:
#   zig.sh TARGET FOLDER PYTHON [--all]    TARGET: x86_64-linux-musl, x86_64-macos or aarch64-macos; PYTHON: with
#                                          ziglang
# For macOS, which nothing here runs, it is compiled and linked; with musl some tests of the API are run, with --all
# those of the units and of other frameworks' files too. zlib, libpng and cmocka are compiled from Debian's sources.
# The last line is "N passed, N failed". Ends with 77, and a line that says why, where the sources, or with --all
# the musl loader, cannot be had.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
target=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
python=$3
all=${4:-}
sources=$folder/sources
prefix=$folder/prefix
cc=$folder/bin/cc

"$project/examples/bindings/sources.sh" "$sources" libpng1.6 zlib cmocka || {
  echo "$target: the sources of libpng, zlib and cmocka could not be had"
  exit 77
}

mkdir -p "$folder/bin" "$prefix/lib" "$prefix/include" "$folder/objects"
for tool in cc c++ ar ranlib; do
  flags=
  [[ $tool != c* ]] || flags="-target $target -fno-sanitize=undefined"
  printf '#!/bin/sh\nexec "%s" -m ziglang %s %s "$@"\n' "$python" $tool "$flags" >"$folder/bin/$tool"
  chmod +x "$folder/bin/$tool"
done

# static_library NAME FILE... -- FLAG...
static_library() {
  local name=$1 files=() file
  shift
  while [ "$1" != -- ]; do
    files+=("$1")
    shift
  done
  shift
  rm -rf "${folder:?}/objects/$name" "${prefix:?}/lib/$name"
  mkdir -p "$folder/objects/$name"
  for file in "${files[@]}"; do
    "$cc" -O2 -w -fPIC "$@" -c "$file" -o "$folder/objects/$name/$(basename "$file" .c).o"
  done
  "$folder/bin/ar" rc "$prefix/lib/$name" "$folder/objects/$name"/*.o
}

# Both take a macOS of today for one of the last century; <fp.h> was its <math.h>.
mkdir -p "$folder/old"
echo '#include <math.h>' >"$folder/old/fp.h"
static_library libz.a "$sources"/zlib/*.c -- -I "$sources/zlib" -DHAVE_UNISTD_H -Dfdopen=fdopen
cp "$sources"/zlib/z{lib,conf}.h "$prefix/include"
cp "$sources/libpng1.6/scripts/pnglibconf.h.prebuilt" "$folder/old/pnglibconf.h"
static_library libpng.a "$sources"/libpng1.6/png{,error,get,mem,pread,read,rio,rtran,rutil,set,trans,wio,write,wtran,wutil}.c -- \
  -I "$sources/libpng1.6" -I "$folder/old" -I "$prefix/include" -DPNG_ARM_NEON_OPT=0 -DPNG_INTEL_SSE_OPT=0
cp "$sources"/libpng1.6/png{,conf}.h "$folder/old/pnglibconf.h" "$prefix/include"

case $target in
  *-macos) system=Darwin ;;
  *) system=Linux ;;
esac
machine=${target%%-*}
[ "$system-$machine" != Darwin-aarch64 ] || machine=arm64
cat >"$folder/toolchain.cmake" <<END
set(CMAKE_SYSTEM_NAME $system)
set(CMAKE_SYSTEM_PROCESSOR $machine)
set(CMAKE_C_COMPILER "$cc")
set(CMAKE_CXX_COMPILER "$folder/bin/c++")
set(CMAKE_AR "$folder/bin/ar")
set(CMAKE_RANLIB "$folder/bin/ranlib")
set(CMAKE_INSTALL_NAME_TOOL true)
set(CMAKE_FIND_ROOT_PATH "$prefix")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
END
cmake -G Ninja -S "$project" -B "$folder/build" -DCMAKE_TOOLCHAIN_FILE="$folder/toolchain.cmake" \
  -DCMAKE_BUILD_TYPE=Release -DMNISTCNN_WITH_OPENBLAS=OFF -DMNISTCNN_WITH_JPEG=OFF -DMNISTCNN_WERROR=ON \
  -DMNISTCNN_BUILD_CLI=ON -DMNISTCNN_BUILD_EXAMPLES=OFF -DMNISTCNN_BUILD_TESTS=OFF
cmake --build "$folder/build"
if [ "$system" = Darwin ]; then
  echo "1 passed, 0 failed"
  exit 0
fi

static_library libcmocka.a "$sources/cmocka/src/cmocka.c" -- -I "$sources/cmocka/include" -DHAVE_CLOCK_GETTIME \
  -DHAVE_CLOCK_REALTIME -D_GNU_SOURCE -DHAVE_SIGNAL_H -DHAVE_STRSIGNAL -DHAVE_SETJMP_H -DHAVE_INTTYPES_H
if [ "$all" = --all ]; then
  [ -e "/lib/ld-musl-$machine.so.1" ] || { echo "$target: there is no musl loader here" && exit 77; }
  mkdir -p "$prefix/lib/pkgconfig"
  cp "$sources"/cmocka/include/*.h "$prefix/include"
  printf '%s\n' 'Name: cmocka' 'Description: of Debian'"'"'s sources' 'Version: 1.1.7' "Libs: -L$prefix/lib -lcmocka" \
    "Cflags: -I$prefix/include" >"$prefix/lib/pkgconfig/cmocka.pc"
  PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig cmake -G Ninja -S "$project" -B "$folder/all" --preset dev \
    -DCMAKE_TOOLCHAIN_FILE="$folder/toolchain.cmake" -DMNISTCNN_WITH_OPENBLAS=OFF -DMNISTCNN_WITH_JPEG=OFF \
    -DMNISTCNN_BUILD_CLI=OFF -DMNISTCNN_BUILD_EXAMPLES=OFF -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0
  cmake --build "$folder/all"
  rm -f "$folder/report.xml" # of an earlier run
  ctest --test-dir "$folder/all" -j "$(nproc)" --output-on-failure --no-tests=error --output-junit "$folder/report.xml" \
    -L '^(unit|api)$' -E '^(exchange_(h5py|models|oracle)|.*_live.*|bindings_.*|web_.*)$' || true
  number() { sed -n "s/^[[:space:]]*$1=\"\([0-9]*\)\"\$/\1/p" "$folder/report.xml" | head -n 1; }
  failed=$(number failures)
  echo "$(($(number tests) - failed - $(number skipped))) passed, $failed failed"
  [ "$failed" = 0 ]
  exit
fi
passed=0
failed=0
for test in "$project"/tests/api/test_{portable_training,layer_values,old_files,model,training,predict}.c; do
  name=$folder/$(basename "$test" .c)
  "$cc" -std=c11 -O2 -w -D_POSIX_C_SOURCE=200809L -DMNISTCNN_GOLDEN_DIR="\"$project/tests/golden\"" \
    -I "$project/include" -I "$project/tests/support" -I "$project/tests/api" -I "$sources/cmocka/include" \
    "$test" "$project"/tests/api/*_support.c "$project/tests/support/temp_folder.c" \
    "$folder/build/lib/libmnistcnn.a" "$prefix"/lib/lib{cmocka,png,z}.a -o "$name"
  if (cd "$folder" && timeout 300 "$name"); then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
