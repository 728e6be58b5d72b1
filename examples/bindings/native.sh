# Sourced by the scripts that build what the packages for Python and Node.js carry: the compiler of ziglang for
# one target, and with it static libpng, libjpeg and zlib.
#
# They set: python, one with ziglang; target: x86_64, aarch64, x86_64-musl or aarch64-musl; work, a folder for
# all of it. MNISTCNN_SOURCES: a folder with libpng1.6, zlib and libjpeg-turbo, unpacked; by default Debian's
# sources are fetched.
# shellcheck shell=bash disable=SC2154
bindings=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sources=${MNISTCNN_SOURCES:-$work/sources}
prefix=$work/$target/prefix
machine=${target%-musl}

# glibc 2.17 is that of manylinux2014; musl is linked as the system's, of which there is one.
case $target in
  x86_64 | aarch64) zig_target=$machine-linux-gnu.2.17 ;;
  *-musl) zig_target=$machine-linux-musl ;;
  *) echo "$0: there is no target $target" >&2 && exit 2 ;;
esac
# No processor is assumed but the oldest; the library chooses its kernels when it runs.
case $machine in
  x86_64) zig_cpu=x86_64 ;;
  aarch64) zig_cpu=generic ;;
esac

write_tools() {
  mkdir -p "$work/$target/bin"
  for tool in cc ar ranlib; do
    local flags=""
    # Without a word about the sanitizer, zig may add one, which traps.
    [ "$tool" = cc ] && flags="-target $zig_target -mcpu=$zig_cpu -fno-sanitize=undefined"
    printf '#!/bin/sh\nexec "%s" -m ziglang %s %s "$@"\n' "$python" "$tool" "$flags" \
      >"$work/$target/bin/$tool"
    chmod +x "$work/$target/bin/$tool"
  done
  cat >"$work/$target/toolchain.cmake" <<END
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR $machine)
set(CMAKE_C_COMPILER "$work/$target/bin/cc")
set(CMAKE_AR "$work/$target/bin/ar")
set(CMAKE_RANLIB "$work/$target/bin/ranlib")
set(CMAKE_FIND_ROOT_PATH "$prefix")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
END
}

# build NAME CMAKE_TARGET OPTION...: one static library.
build() {
  local name=$1 cmake_target=$2
  shift 2
  cmake -S "$sources/$name" -B "$work/$target/$name" -DCMAKE_TOOLCHAIN_FILE="$work/$target/toolchain.cmake" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG" -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
    -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_PREFIX_PATH="$prefix" "$@" >"$work/$target/$name.log"
  cmake --build "$work/$target/$name" --target "$cmake_target" -j "$(nproc)" >>"$work/$target/$name.log"
}

# By its own script: Debian's sources lack a file that its CMake asks for.
build_zlib() {
  local tools=$work/$target/bin
  mkdir -p "$work/$target/zlib"
  (cd "$work/$target/zlib" &&
    CC="$tools/cc" AR="$tools/ar" RANLIB="$tools/ranlib" CFLAGS="-O2 -fPIC -I." \
      "$sources/zlib/configure" --static --prefix="$prefix" &&
    make -j "$(nproc)" libz.a && make install) >"$work/$target/zlib.log"
}

build_dependencies() {
  mkdir -p "$prefix/lib" "$prefix/include"
  build_zlib
  build libpng1.6 png_static -DPNG_SHARED=OFF -DPNG_TESTS=OFF -DPNG_EXECUTABLES=OFF
  cp "$work/$target"/libpng1.6/libpng16.a "$prefix/lib/libpng.a"
  cp "$sources"/libpng1.6/png{,conf}.h "$work/$target/libpng1.6/pnglibconf.h" "$prefix/include"
  build libjpeg-turbo jpeg-static -DENABLE_SHARED=OFF -DWITH_TURBOJPEG=OFF
  cp "$work/$target/libjpeg-turbo/libjpeg.a" "$prefix/lib"
  cp "$sources"/libjpeg-turbo/j{peglib,morecfg,error}.h "$work/$target/libjpeg-turbo/jconfig.h" "$prefix/include"
}

# What everything else stands on; ends with 77 where the sources cannot be had.
build_native() {
  [ -n "${MNISTCNN_SOURCES:-}" ] || "$bindings/sources.sh" "$sources"
  write_tools
  build_dependencies
}
