# What `cmake --install` installs, and where. The installed files find each other by relative paths,
# so the prefix can be moved.
include(CMakePackageConfigHelpers)

install(FILES include/mnistcnn.h include/mnistcnn_abi.h include/mnistcnn.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The pages link to each other as in the source tree; links to what is not installed become text.
file(GLOB pages RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS docs/*.md)
foreach(page IN ITEMS README.md CHANGELOG.md LISTS pages)
  file(READ ${page} text)
  string(REGEX REPLACE "\\[([^]]*)\\]\\(([.][.]/)*(include|examples|tests)/[^)]*\\)" "\\1" text "${text}")
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/pages/${page} CONTENT "${text}")
  get_filename_component(folder ${page} DIRECTORY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/pages/${page}
          DESTINATION ${CMAKE_INSTALL_DOCDIR}/${folder})
endforeach()

# Two export sets, so that a program that links the shared library does not need the development
# files of libpng, libjpeg and zlib.
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mnistcnn)
if(MNISTCNN_BUILD_SHARED)
  install(TARGETS mnistcnn EXPORT mnistcnn_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(
    EXPORT mnistcnn_shared
    NAMESPACE mnistcnn::
    FILE mnistcnn-shared-targets.cmake
    DESTINATION ${package_dir})
endif()
if(MNISTCNN_BUILD_STATIC)
  install(TARGETS mnistcnn_static EXPORT mnistcnn_static
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(
    EXPORT mnistcnn_static
    NAMESPACE mnistcnn::
    FILE mnistcnn-static-targets.cmake
    DESTINATION ${package_dir})
endif()

if(MNISTCNN_BUILD_PRETRAINED)
  install(FILES include/mnistcnn_pretrained.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(FILES examples/models/digits.safetensors DESTINATION ${CMAKE_INSTALL_DATADIR}/mnistcnn)
  install(TARGETS mnistcnn_pretrained EXPORT mnistcnn_pretrained
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(
    EXPORT mnistcnn_pretrained
    NAMESPACE mnistcnn::
    FILE mnistcnn-pretrained-targets.cmake
    DESTINATION ${package_dir})
endif()

if(MNISTCNN_WITH_EXCHANGE)
  install(FILES include/mnistcnn_exchange.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  foreach(form shared static)
    set(target mnistcnn_exchange)
    if(form STREQUAL "static")
      set(target mnistcnn_exchange_static)
    endif()
    if(NOT TARGET ${target})
      continue()
    endif()
    install(TARGETS ${target} EXPORT mnistcnn_exchange_${form}
            RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(
      EXPORT mnistcnn_exchange_${form}
      NAMESPACE mnistcnn::
      FILE mnistcnn-exchange-${form}-targets.cmake
      DESTINATION ${package_dir})
  endforeach()
endif()

configure_package_config_file(
  cmake/mnistcnn-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/mnistcnn-config.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a new minor version may change the interface.
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/mnistcnn-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mnistcnn-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/mnistcnn-config-version.cmake DESTINATION ${package_dir})

# pkg-config: the prefix is relative to the .pc file, unless the folders are absolute.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(pc_prefix ${CMAKE_INSTALL_PREFIX})
  set(pc_libdir ${CMAKE_INSTALL_FULL_LIBDIR})
  set(pc_includedir ${CMAKE_INSTALL_FULL_INCLUDEDIR})
else()
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(pc_prefix "\${pcfiledir}/${up}")
  set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
set(pc_private_libs "-lm -pthread")
if(MNISTCNN_WITH_PNG)
  string(PREPEND pc_private_libs "-lpng -lz ")
endif()
if(MNISTCNN_JPEG)
  string(PREPEND pc_private_libs "-ljpeg ")
endif()
foreach(library IN LISTS CMAKE_DL_LIBS)
  string(APPEND pc_private_libs " -l${library}")
endforeach()
# A program linked with the shared library needs none of these; where there is only the static one,
# every program does.
set(pc_libs "")
if(NOT MNISTCNN_BUILD_SHARED)
  set(pc_libs " ${pc_private_libs}")
endif()
set(pc_exchange_libs "")
if(NOT MNISTCNN_BUILD_SHARED)
  set(pc_exchange_libs " -lz -lm")
endif()
set(pc_files mnistcnn)
if(MNISTCNN_BUILD_PRETRAINED)
  list(APPEND pc_files mnistcnn_pretrained)
endif()
if(MNISTCNN_WITH_EXCHANGE)
  list(APPEND pc_files mnistcnn_exchange)
endif()
foreach(name IN LISTS pc_files)
  configure_file(cmake/${name}.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
