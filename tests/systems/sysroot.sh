#!/usr/bin/env bash
# The libraries that the library and its tests need, from Debian's packages for another architecture,
# unpacked into a folder: nothing is installed on this system.
#   sysroot.sh ARCHITECTURE FOLDER    ARCHITECTURE: as Debian names it; the root is FOLDER/root
# Fails where the packages cannot be had. What is there already is not fetched again.
set -euo pipefail
arch=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
packages=(libpng-dev libpng16-16 zlib1g-dev zlib1g libjpeg62-turbo-dev libjpeg62-turbo libcmocka-dev libcmocka0)

[ ! -e "$folder/done" ] || exit 0
command -v apt-get dpkg-deb >/dev/null || exit 1

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
