#!/usr/bin/env bash
# The sources of the libraries that a wheel contains, and of others, as Debian has them.
#
#   sources.sh FOLDER [NAME...]    FOLDER/libpng1.6, FOLDER/zlib and FOLDER/libjpeg-turbo, or what is named;
#                                  ends with 77 where they cannot be had
#
# MNISTCNN_SUITE   take them from this release of Debian (default: those that the system takes packages from), and
#                  as their authors have them, without Debian's changes
#
# Without apt-get, or to take others, unpack them there by hand; what is there already is left alone.
set -euo pipefail

folder=$1
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
apt=$folder/apt
names=("${@:2}")
suite=${MNISTCNN_SUITE:-}
[ "${#names[@]}" -gt 0 ] || names=(libpng1.6 zlib libjpeg-turbo)

missing() {
  for name in "${names[@]}"; do
    [ -d "$folder/$name" ] || echo "$name"
  done
}

# A release that the system is not of, from the same server.
list_suite() {
  local server
  server=$({ grep -hoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null ||
    true; } | head -n 1)
  [ -n "$server" ] || return 1
  mkdir -p "$apt/lists/partial" "$apt/sources.d"
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${server% } $suite main" >"$apt/sources.list"
}

# The system's own servers, but for sources, with lists of their own: nothing of the system is changed.
list_servers() {
  mkdir -p "$apt/lists/partial" "$apt/sources.d"
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -e "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" >"$apt/sources.d/$(basename "$file")"
  done
  { grep -h '^deb ' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true; } |
    sed 's/^deb /deb-src /' >"$apt/sources.list"
}

with_own_lists() {
  "$@" -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts="$apt/sources.d" \
    -o Dir::State::lists="$apt/lists" -o APT::Sandbox::User=
}

apt_get() {
  with_own_lists apt-get -qq "$@"
}

apt_cache() {
  with_own_lists apt-cache "$@"
}

# The newest version that the servers really have.
fetch() {
  local name=$1 version
  for version in $(apt_cache showsrc "$name" | sed -n 's/^Version: //p' | sort -rV | uniq); do
    if (cd "$apt" && apt_get source --download-only "$name=$version") 2>/dev/null; then
      rm -rf "$apt/unpacked"
      dpkg-source --no-check ${suite:+--skip-patches} -x "$apt/${name}_${version#*:}.dsc" "$apt/unpacked" >/dev/null
      mv "$apt/unpacked" "$folder/$name"
      return 0
    fi
  done
  return 1
}

[ -z "$(missing)" ] && exit 0
list=list_servers
[ -z "$suite" ] || list=list_suite
if ! command -v apt-get dpkg-source >/dev/null || ! { $list && apt_get update; }; then
  echo "skipped: the sources of $(missing | xargs) could not be had" >&2
  exit 77
fi
for name in $(missing); do
  if ! fetch "$name"; then
    echo "skipped: the sources of $name could not be had" >&2
    exit 77
  fi
done
rm -rf "$apt"
