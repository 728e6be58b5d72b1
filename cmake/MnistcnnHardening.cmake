# mnistcnn_hardening: what Debian's packages are compiled and linked with, for everything but Debug
# builds and sanitizers. A file or argument that gets past the library's checks is then stopped by a
# crash, at the latest.
include(CheckCSourceCompiles)
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

option(MNISTCNN_HARDENING "Compile and link with the hardening flags that Debian's packages use" ON)

add_library(mnistcnn_hardening INTERFACE)
# With mingw-w64 most of them would need one more library where the program runs.
if(NOT MNISTCNN_HARDENING OR MNISTCNN_SANITIZE OR MINGW)
  return()
endif()

set(hardening_flags "")
set(stack_clash -fstack-clash-protection)
if(APPLE) # where clang warns that it has no effect
  set(stack_clash "")
endif()
foreach(flag -fstack-protector-strong ${stack_clash} -fcf-protection -Wformat
             -Werror=format-security)
  string(MAKE_C_IDENTIFIER "MNISTCNN_HAS${flag}" has)
  check_c_compiler_flag(${flag} ${has})
  if(${has})
    list(APPEND hardening_flags ${flag})
  endif()
endforeach()
# Some compilers define it by themselves, and distributions on their command lines.
set(CMAKE_REQUIRED_FLAGS -O2)
check_c_source_compiles(
  "#ifdef _FORTIFY_SOURCE
   #error
   #endif
   int main(void) { return 0; }"
  MNISTCNN_FORTIFY_SOURCE_IS_FREE)
unset(CMAKE_REQUIRED_FLAGS)
if(MNISTCNN_FORTIFY_SOURCE_IS_FREE)
  list(APPEND hardening_flags -D_FORTIFY_SOURCE=2)
endif()
target_compile_options(mnistcnn_hardening
                       INTERFACE "$<$<NOT:$<CONFIG:Debug>>:${hardening_flags}>")

foreach(option relro now)
  check_linker_flag(C LINKER:-z,${option} MNISTCNN_LINKER_HAS_Z_${option})
  if(MNISTCNN_LINKER_HAS_Z_${option})
    target_link_options(mnistcnn_hardening INTERFACE LINKER:-z,${option})
  endif()
endforeach()
