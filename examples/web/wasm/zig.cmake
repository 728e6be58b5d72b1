# A toolchain file: WebAssembly by `zig cc`, which is clang with a C library in one package of PyPI (ziglang).
#   -DMNISTCNN_ZIG=PATH              the program zig
#   -DMNISTCNN_WASM_VECTORS=WORD     plain, simd or relaxed
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MNISTCNN_ZIG MNISTCNN_WASM_VECTORS)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(features_plain "")
set(features_simd "-msimd128")
set(features_relaxed "-msimd128 -mrelaxed-simd")
if(NOT DEFINED features_${MNISTCNN_WASM_VECTORS})
  message(FATAL_ERROR "MNISTCNN_WASM_VECTORS must be plain, simd or relaxed")
endif()

set(CMAKE_C_COMPILER ${MNISTCNN_ZIG} cc)
set(CMAKE_C_COMPILER_TARGET wasm32-wasi)
set(CMAKE_C_FLAGS_INIT "-fno-sanitize=undefined ${features_${MNISTCNN_WASM_VECTORS}}")
set(CMAKE_C_CREATE_STATIC_LIBRARY "\"${MNISTCNN_ZIG}\" ar qc <TARGET> <OBJECTS>")
set(CMAKE_EXECUTABLE_SUFFIX_C .wasm)
