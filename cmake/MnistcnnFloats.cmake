# Floats are computed as floats: what is kept with more bits, for a while, is rounded otherwise. That is
# what the units of the 8087 do, and what standard C makes some compilers do.
include(CheckCSourceCompiles)

check_c_source_compiles(
  "#if !defined(__i386__) || defined(__SSE2_MATH__)
   #error
   #endif
   int main(void) { return 0; }"
  MNISTCNN_COMPUTES_WITH_8087)
if(MNISTCNN_COMPUTES_WITH_8087)
  add_compile_options(-msse2 -mfpmath=sse)
else()
  set(CMAKE_REQUIRED_FLAGS -std=c11)
  check_c_source_compiles(
    "#include <float.h>
     #if FLT_EVAL_METHOD == 0
     #error
     #endif
     int main(void) { return 0; }"
    MNISTCNN_COMPUTES_WITH_EXCESS)
  unset(CMAKE_REQUIRED_FLAGS)
  if(MNISTCNN_COMPUTES_WITH_EXCESS)
    add_compile_options($<$<COMPILE_LANGUAGE:C>:-fexcess-precision=fast>)
  endif()
endif()
