# A cross compiler of Debian, libraries of Debian's packages (sysroot.sh), and qemu to run what is built:
#   -DMNISTCNN_TEST_TRIPLET=aarch64-linux-gnu -DMNISTCNN_TEST_ROOT=FOLDER
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MNISTCNN_TEST_TRIPLET MNISTCNN_TEST_ROOT)
string(REGEX REPLACE "-.*" "" processor "${MNISTCNN_TEST_TRIPLET}")
string(REPLACE "i686-" "i386-" folder "${MNISTCNN_TEST_TRIPLET}") # of the libraries

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${processor})
set(CMAKE_C_COMPILER ${MNISTCNN_TEST_TRIPLET}-gcc)
set(CMAKE_CXX_COMPILER ${MNISTCNN_TEST_TRIPLET}-g++)
set(libraries ${MNISTCNN_TEST_ROOT}/usr/lib/${folder})
set(CMAKE_C_FLAGS_INIT "-isystem ${MNISTCNN_TEST_ROOT}/usr/include -isystem ${MNISTCNN_TEST_ROOT}/usr/include/${folder}")
set(CMAKE_CXX_FLAGS_INIT "${CMAKE_C_FLAGS_INIT}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-L${libraries} -Wl,-rpath-link,${libraries}")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "${CMAKE_EXE_LINKER_FLAGS_INIT}")
set(CMAKE_FIND_ROOT_PATH ${MNISTCNN_TEST_ROOT})
set(CMAKE_LIBRARY_ARCHITECTURE ${folder})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${libraries}/pkgconfig:${MNISTCNN_TEST_ROOT}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${MNISTCNN_TEST_ROOT})
# An x86-64 mostly runs the programs of its predecessor itself.
if(processor STREQUAL "i686" AND CMAKE_HOST_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set(CMAKE_CROSSCOMPILING_EMULATOR /usr/${MNISTCNN_TEST_TRIPLET}/lib/ld-linux.so.2;--library-path
                                    ${libraries}:/usr/${MNISTCNN_TEST_TRIPLET}/lib)
else()
  string(REPLACE "powerpc" "ppc" emulator "qemu-${processor}")
  set(CMAKE_CROSSCOMPILING_EMULATOR ${emulator};-L;/usr/${MNISTCNN_TEST_TRIPLET};-E;LD_LIBRARY_PATH=${libraries})
endif()
