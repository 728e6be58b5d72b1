# mnistcnn_relocations: the relocations of the shared library's tables of pointers, packed: a bit
# each instead of 24 bytes. The linker may know how to and the system's loader not (glibc before
# 2.36), so a program with a table is run; where it cannot be, nothing is packed.
include(CheckCSourceRuns)
include(CMakePushCheckState)

add_library(mnistcnn_relocations INTERFACE)
if(CMAKE_CROSSCOMPILING)
  return()
endif()

cmake_push_check_state(RESET)
set(CMAKE_REQUIRED_FLAGS "-fPIE")
set(CMAKE_REQUIRED_LINK_OPTIONS -pie LINKER:-z,pack-relative-relocs)
check_c_source_runs(
  "static const char *const words[] = {\"a\", \"b\", \"c\"};
   int main(int argc, char **argv) { (void)argv; return words[argc][0] != 'b'; }"
  MNISTCNN_LOADER_UNPACKS_RELOCATIONS)
cmake_pop_check_state()
if(MNISTCNN_LOADER_UNPACKS_RELOCATIONS)
  target_link_options(mnistcnn_relocations INTERFACE LINKER:-z,pack-relative-relocs)
endif()
