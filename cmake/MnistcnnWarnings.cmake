# mnistcnn_warnings: every file of the project compiles without these warnings, with gcc and clang.
add_library(mnistcnn_warnings INTERFACE)

set(common_warnings
    -Wall
    -Wextra
    -Wpedantic
    -Wshadow
    -Wconversion
    -Wsign-conversion
    -Wcast-qual
    -Wformat=2
    -Wundef
    -Wvla
    -Wdouble-promotion
    -Wpointer-arith
    -Wwrite-strings
    # Constants of enumerations are what the language has for integer constants; clang 19 warns where
    # one is multiplied with a fraction.
    -Wno-enum-float-conversion)
# The isfinite() of its headers converts doubles to floats where it does not use them, and formats are
# checked as Microsoft's, which are not those of its printf().
if(MINGW)
  list(APPEND common_warnings -Wno-float-conversion -Wno-format)
endif()
set(c_warnings -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition)

target_compile_options(
  mnistcnn_warnings INTERFACE ${common_warnings} "$<$<COMPILE_LANGUAGE:C>:${c_warnings}>"
                              $<$<BOOL:${MNISTCNN_WERROR}>:-Werror>)
