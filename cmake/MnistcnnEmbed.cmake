# A file's bytes in a C program: MNISTCNN_EMBED_WITH_ASSEMBLER says whether the assembler can copy
# them in (lib/base/platform_embed.h); mnistcnn_embed_as_array() is for where it cannot.
include(CheckCSourceCompiles)

set(CMAKE_REQUIRED_INCLUDES ${PROJECT_SOURCE_DIR}/lib)
check_c_source_compiles(
  "#include \"base/platform_embed.h\"
   MCNN_EMBED_FILE(list, \"${CMAKE_CURRENT_LIST_FILE}\");
   int main(void) { return list_end - list_begin > 1 ? 0 : 1; }"
  MNISTCNN_ASSEMBLER_CAN_EMBED)
unset(CMAKE_REQUIRED_INCLUDES)
option(MNISTCNN_EMBED_WITH_ASSEMBLER
       "Embed the model that ships with the assembler, not as a generated array"
       ${MNISTCNN_ASSEMBLER_CAN_EMBED})

# Generates the C source `output`, which includes `header` and defines `function` as it declares it:
# const unsigned char *function(size_t *size_bytes), the bytes of the file `input`.
function(mnistcnn_embed_as_array input output header function)
  set(script ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_as_array.cmake)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D INPUT=${input} -D OUTPUT=${output} -D HEADER=${header} -D
            FUNCTION=${function} -D BYTE_ORDER=${CMAKE_C_BYTE_ORDER} -P ${script}
    DEPENDS ${input} ${script}
    VERBATIM)
endfunction()
