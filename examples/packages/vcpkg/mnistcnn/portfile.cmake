# An overlay port of this source tree: vcpkg install mnistcnn --overlay-ports=examples/packages/vcpkg
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../../.." ABSOLUTE)

vcpkg_check_features(
  OUT_FEATURE_OPTIONS
  options
  FEATURES
  exchange
  MNISTCNN_WITH_EXCHANGE
  jpeg
  MNISTCNN_WITH_JPEG)
string(COMPARE EQUAL "${VCPKG_LIBRARY_LINKAGE}" "dynamic" shared)
string(COMPARE EQUAL "${VCPKG_LIBRARY_LINKAGE}" "static" static)

# OpenBLAS would be loaded while the program runs, if it is there.
vcpkg_cmake_configure(
  SOURCE_PATH
  "${SOURCE_PATH}"
  OPTIONS
  ${options}
  -DMNISTCNN_BUILD_SHARED=${shared}
  -DMNISTCNN_BUILD_STATIC=${static}
  -DMNISTCNN_WITH_OPENBLAS=OFF
  -DMNISTCNN_BUILD_CLI=OFF
  -DMNISTCNN_BUILD_EXAMPLES=OFF
  -DMNISTCNN_BUILD_TESTS=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/mnistcnn)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
