#!/usr/bin/env bash
# The libraries that the library and its tests need, from Debian's packages for another architecture,
# unpacked into a folder: nothing is installed on this system.
#   sysroot.sh ARCHITECTURE FOLDER [TRIPLET]    ARCHITECTURE: as Debian names it; the root is FOLDER/root
# With TRIPLET they are compiled from Debian's sources by that cross compiler, static and without libjpeg: for
# architectures that this release of Debian has no packages of.
# Fails where the packages or sources cannot be had. What is there already is not fetched again.
set -euo pipefail
arch=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
packages=(libpng-dev libpng16-16 zlib1g-dev zlib1g libjpeg62-turbo-dev libjpeg62-turbo libcmocka-dev libcmocka0)

[ ! -e "$folder/done" ] || exit 0
command -v apt-get dpkg-deb >/dev/null || exit 1

# static_library NAME FILE... -- FLAG...
static_library() {
  local name=$1 files=() file
  shift
  while [ "$1" != -- ]; do
    files+=("$1")
    shift
  done
  shift
  mkdir -p "$folder/objects/$name"
  for file in "${files[@]}"; do
    "$triplet-gcc" -O2 -w -fPIC "$@" -c "$file" -o "$folder/objects/$name/$(basename "$file" .c).o"
  done
  "$triplet-ar" rc "$libraries/$name" "$folder/objects/$name"/*.o
}

if [ -n "${3:-}" ]; then
  triplet=$3
  libraries=$folder/root/usr/lib/$triplet
  headers=$folder/root/usr/include
  sources=$folder/sources
  "$(dirname "$0")/../../examples/bindings/sources.sh" "$sources" libpng1.6 zlib cmocka
  rm -rf "$folder/root" "$folder/objects"
  mkdir -p "$libraries/pkgconfig" "$headers/$triplet"
  cp "$sources"/zlib/z{lib,conf}.h "$sources"/libpng1.6/png{,conf}.h "$sources"/cmocka/include/*.h "$headers"
  cp "$sources/libpng1.6/scripts/pnglibconf.h.prebuilt" "$headers/pnglibconf.h"
  static_library libz.a "$sources"/zlib/*.c -- -DHAVE_UNISTD_H
  static_library libpng.a "$sources"/libpng1.6/png{,error,get,mem,pread,read,rio,rtran,rutil,set,trans,wio,write,wtran,wutil}.c -- \
    -I "$headers"
  static_library libcmocka.a "$sources/cmocka/src/cmocka.c" -- -I "$headers" -D_GNU_SOURCE -DHAVE_CLOCK_GETTIME \
    -DHAVE_CLOCK_REALTIME -DHAVE_SIGNAL_H -DHAVE_STRSIGNAL -DHAVE_SETJMP_H -DHAVE_INTTYPES_H
  printf 'Name: cmocka\nDescription: tests\nVersion: 1.1.5\nLibs: -L%s -lcmocka\nCflags: -I%s\n' \
    "/usr/lib/$triplet" /usr/include >"$libraries/pkgconfig/cmocka.pc"
  rm -rf "$folder/objects"
  touch "$folder/done"
  exit 0
fi

# A package manager of its own, which knows this architecture alone and has nothing installed.
mkdir -p "$folder/apt/lists/partial" "$folder/apt/archives/partial" "$folder/debs"
: >"$folder/apt/status"
options=(-o "APT::Architecture=$arch" -o "APT::Architectures::=$arch" -o "Dir::State=$folder/apt"
  -o "Dir::State::lists=$folder/apt/lists" -o "Dir::State::status=$folder/apt/status"
  -o "Dir::Cache=$folder/apt" -o "Dir::Cache::archives=$folder/apt/archives"
  -o Debug::NoLocking=1 -o APT::Sandbox::User=root)
timeout 300 apt-get "${options[@]}" update || true # one list of several may be out of order
(cd "$folder/debs" && timeout 300 apt-get "${options[@]}" download "${packages[@]}")

# Merged as the system is: links from /usr/lib to /lib then lead somewhere.
rm -rf "$folder/root"
mkdir -p "$folder/root/usr/lib"
ln -s usr/lib "$folder/root/lib"
for deb in "$folder"/debs/*.deb; do
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$folder/root" --keep-directory-symlink
done
find "$folder/root" -type l | while read -r link; do
  target=$(readlink "$link")
  [ "${target:0:1}" != / ] || ln -sfr "$folder/root$target" "$link"
done
rm -rf "$folder/apt" "$folder/debs"
touch "$folder/done"
