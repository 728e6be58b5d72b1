# OpenBLAS::OpenBLAS, by the names that Debian, Ubuntu, Fedora and others install it under, and
# OpenBLAS_SONAME, the name that programs load it by.
#
# Not with OpenBLAS' own pkg-config file: on Debian it names the folder of one variant (pthread,
# serial, openmp), which would end up in the library's run path, while the variant is chosen by the
# system when the program starts.
find_path(
  OpenBLAS_INCLUDE_DIR
  NAMES openblas_config.h
  PATH_SUFFIXES openblas openblas-pthread openblas-serial openblas-openmp)
find_library(OpenBLAS_LIBRARY NAMES openblas)
mark_as_advanced(OpenBLAS_INCLUDE_DIR OpenBLAS_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  OpenBLAS REQUIRED_VARS OpenBLAS_LIBRARY OpenBLAS_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "(or build without it: -DMNISTCNN_WITH_OPENBLAS=OFF)")

set(OpenBLAS_SONAME libopenblas.so.0)
if(OpenBLAS_FOUND AND CMAKE_READELF)
  execute_process(COMMAND ${CMAKE_READELF} -dW ${OpenBLAS_LIBRARY} OUTPUT_VARIABLE dynamic ERROR_QUIET)
  if(dynamic MATCHES "SONAME[^[]*\\[([^]]+)\\]")
    set(OpenBLAS_SONAME ${CMAKE_MATCH_1})
  endif()
  unset(dynamic)
endif()

if(OpenBLAS_FOUND AND NOT TARGET OpenBLAS::OpenBLAS)
  add_library(OpenBLAS::OpenBLAS UNKNOWN IMPORTED)
  set_target_properties(
    OpenBLAS::OpenBLAS
    PROPERTIES IMPORTED_LOCATION "${OpenBLAS_LIBRARY}"
               INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${OpenBLAS_INCLUDE_DIR}"
               INTERFACE_INCLUDE_DIRECTORIES "${OpenBLAS_INCLUDE_DIR}")
endif()
