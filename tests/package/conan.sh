#!/usr/bin/env bash
# Makes the Conan package, shared and static, and runs its test_package, with the libraries of this system in
# the place of Conan's packages of them:
#   conan.sh FOLDER CONAN    FOLDER: for everything that is made; CONAN: the command
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
conan=$2
export CONAN_HOME=$folder/home

# system_package NAME VERSION FILE TARGET LIBRARY [COMPONENT]
system_package() {
  mkdir -p "$folder/$1"
  cat >"$folder/$1/conanfile.py" <<END
from conan import ConanFile


class System(ConanFile):
    name, version = "$1", "$2"

    def package_info(self):
        self.cpp_info.set_property("cmake_find_mode", "both")
        self.cpp_info.set_property("cmake_file_name", "$3")
        info = self.cpp_info.components["${6:-$5}"]
        info.set_property("cmake_target_name", "$4")
        info.includedirs, info.libdirs, info.bindirs = [], [], []
        info.system_libs = ["$5"]
END
  "$conan" create "$folder/$1" -pr:a "$folder/profile"
}

"$conan" profile detect --force
cp "$folder/home/profiles/default" "$folder/profile"
cp -r "$project/examples/packages/conan" "$folder/recipe"
system_package zlib 1.2.13 ZLIB ZLIB::ZLIB z zlib
system_package libpng 1.6.39 PNG PNG::PNG png libpng
system_package libjpeg-turbo 2.1.5 JPEG JPEG::JPEG jpeg jpeg
for shared in False True; do
  "$conan" create "$project/examples/packages/conan" -pr:a "$folder/profile" -o "mnistcnn/*:shared=$shared" \
    --test-folder "$folder/recipe/test_package"
done
