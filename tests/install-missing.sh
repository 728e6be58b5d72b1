#!/usr/bin/env bash
# Installs, by apt-get, the Debian or Ubuntu packages of which something is missing.
#
# install-missing.sh PROBE=PACKAGE...
#   cmd:NAME=PACKAGE    the command NAME
#   pc:NAME=PACKAGE     the library pkg-config knows as NAME
#   py:NAME=PACKAGE     the module NAME of python3
#   file:GLOB=PACKAGE   a file that matches GLOB
#
# Does nothing (and needs no network) where everything is there. Ends with 1 where something is
# still missing afterwards, and names it. Of two at a time one waits for the other, as apt-get would fail.
set -euo pipefail

present() {
  local kind=${1%%:*} name=${1#*:}
  case "$kind" in
    cmd) command -v "$name" >/dev/null ;;
    pc) pkg-config --exists "$name" 2>/dev/null ;;
    py) python3 -c "import $name" 2>/dev/null ;;
    file) compgen -G "$name" >/dev/null ;;
    *) echo "install-missing: $1 is no probe" >&2 && exit 2 ;;
  esac
}

# The packages of those probes that fail, without repetition.
missing_packages() {
  local wanted
  for wanted in "$@"; do
    present "${wanted%=*}" || echo "${wanted##*=}"
  done | sort -u
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "install-missing: not root and no sudo here; as root, run: $*" >&2
    return 1
  fi
}

install_packages() {
  command -v apt-get >/dev/null || {
    echo "install-missing: no apt-get here; please install: $*" >&2
    return 1
  }
  echo "Installing with apt-get: $*"
  as_root apt-get update -q >/dev/null || echo "install-missing: apt-get update failed; going on"
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "$@" >/dev/null
}

# Ubuntu has most of these packages in the component universe, which a small image may lack.
explain_universe() {
  local package unknown=()
  grep -q '^ID=ubuntu' "${INSTALL_MISSING_OS_RELEASE:-/etc/os-release}" 2>/dev/null || return 0
  for package in "$@"; do
    apt-cache show "$package" >/dev/null 2>&1 || unknown+=("$package")
  done
  [ "${#unknown[@]}" -gt 0 ] || return 0
  cat >&2 <<END
install-missing: apt-get knows no ${unknown[*]}: on Ubuntu such packages are in the component
"universe". Enable it, then run this again:
  sudo apt-get install software-properties-common && sudo add-apt-repository universe
END
}

mapfile -t packages < <(missing_packages "$@")
[ "${#packages[@]}" -gt 0 ] || exit 0
exec 9<"$0"
flock 9
install_packages "${packages[@]}" || true
mapfile -t packages < <(missing_packages "$@")
if [ "${#packages[@]}" -gt 0 ]; then
  echo "install-missing: still missing: ${packages[*]}" >&2
  explain_universe "${packages[@]}"
  exit 1
fi
