#!/usr/bin/env bash
# The library inside another project: built in the form that project is built in, and not installed
# with it unless it asks for that.
# parent.sh REPOSITORY
set -euo pipefail

parent=$(realpath "$(dirname "$0")/parent")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "parent: $1" >&2
  exit 1
}

# configure NAME OPTIONS...: into $work/NAME; what there is to build is in $work/NAME/targets.
configure() {
  local tree=$work/$1
  shift
  cmake -G Ninja -S "$parent" -B "$tree" -DMNISTCNN="$repository" -DMNISTCNN_WITH_OPENBLAS=OFF \
    -DCMAKE_BUILD_TYPE=Debug "$@" >"$tree.log" || { cat "$tree.log"; fail "no build files"; }
  cmake --build "$tree" --target help >"$tree/targets"
}

# builds NAME LIBRARY yes|no
builds() {
  local found=no
  ! grep -q "^mnistcnn/lib/$2: phony\|^$2: phony" "$work/$1/targets" || found=yes
  [ "$found" = "$3" ] || fail "$1: builds $2: $found"
}

repository=$(realpath "$1")
configure static
builds static libmnistcnn.a yes
builds static libmnistcnn.so no
configure shared -DBUILD_SHARED_LIBS=ON
builds shared libmnistcnn.a no
builds shared libmnistcnn.so yes
configure both -DMNISTCNN_BUILD_SHARED=ON -DMNISTCNN_BUILD_STATIC=ON -DMNISTCNN_INSTALL=ON
builds both libmnistcnn.a yes
builds both libmnistcnn.so yes
[ -e "$work/both/mnistcnn/mnistcnn.pc" ] || fail "does not install the library though told to"

cmake --build "$work/static" >"$work/static.log" || { cat "$work/static.log"; fail "no build"; }
"$work/static/consumer"
cmake --install "$work/static" --prefix "$work/prefix" >/dev/null
installed=$(cd "$work/prefix" && find . -type f)
[ "$installed" = ./bin/consumer ] || fail "installs also ${installed//$'\n'/ }"
