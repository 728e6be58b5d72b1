"""Conan 2: `conan create examples/packages/conan` builds the package mnistcnn from this source tree."""
import os
import re

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

ROOT = os.path.join("..", "..", "..")


class Mnistcnn(ConanFile):
    name = "mnistcnn"
    description = "Trains and runs a small convolutional network on folders of images"
    license = "MIT"
    topics = ("neural-network", "image-classification", "mnist")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], "with_jpeg": [True, False],
               "with_bmp": [True, False], "with_exchange": [True, False]}
    default_options = {"shared": False, "fPIC": True, "with_jpeg": True, "with_bmp": True,
                       "with_exchange": True}
    implements = ["auto_shared_fpic"]
    languages = "C"

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, ROOT, "include", "mnistcnn.h"))
        self.version = ".".join(
            re.search(rf"#define MNISTCNN_VERSION_{part} (\d+)", header).group(1)
            for part in ("MAJOR", "MINOR", "PATCH"))

    def export_sources(self):
        root = os.path.join(self.recipe_folder, ROOT)
        for folder in ("cmake", "include", "lib", "docs", "examples/models"):
            copy(self, f"{folder}/*", root, self.export_sources_folder)
        for file in ("CMakeLists.txt", "LICENSE", "README.md", "CHANGELOG.md"):
            copy(self, file, root, self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        self.requires("libpng/[>=1.6.39 <2]")
        self.requires("zlib/[>=1.2.13 <2]")
        if self.options.with_jpeg:
            self.requires("libjpeg-turbo/[>=2.1 <4]")

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables.update({
            "MNISTCNN_BUILD_SHARED": bool(self.options.shared),
            "MNISTCNN_BUILD_STATIC": not self.options.shared,
            "MNISTCNN_BUILD_CLI": False,
            "MNISTCNN_BUILD_EXAMPLES": False,
            "MNISTCNN_BUILD_TESTS": False,
            "MNISTCNN_WITH_OPENBLAS": False,  # it would be loaded while the program runs, if it is there
            "MNISTCNN_WITH_JPEG": "ON" if self.options.with_jpeg else "OFF",
            "MNISTCNN_WITH_BMP": bool(self.options.with_bmp),
            "MNISTCNN_WITH_EXCHANGE": bool(self.options.with_exchange),
        })
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        for folder in ("lib/cmake", "lib/pkgconfig", "share/doc", "share/man"):
            rmdir(self, os.path.join(self.package_folder, folder))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "mnistcnn")
        core = self.cpp_info.components["core"]
        core.set_property("cmake_target_name", "mnistcnn::mnistcnn")
        core.set_property("pkg_config_name", "mnistcnn")
        core.libs = ["mnistcnn"]
        core.requires = ["libpng::libpng", "zlib::zlib"]
        if self.options.with_jpeg:
            core.requires.append("libjpeg-turbo::jpeg")
        if self.settings.os in ("Linux", "FreeBSD"):
            core.system_libs = ["m", "pthread", "dl"]
        pretrained = self.cpp_info.components["pretrained"]
        pretrained.set_property("cmake_target_name", "mnistcnn::mnistcnn_pretrained")
        pretrained.libs = ["mnistcnn_pretrained"]
        pretrained.requires = ["core"]
        if self.options.with_exchange:
            exchange = self.cpp_info.components["exchange"]
            exchange.set_property("cmake_target_name", "mnistcnn::mnistcnn_exchange")
            exchange.set_property("pkg_config_name", "mnistcnn_exchange")
            exchange.libs = ["mnistcnn_exchange"]
            exchange.requires = ["core", "zlib::zlib"]
