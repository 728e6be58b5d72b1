# cmake -D INPUT=... -D OUTPUT=... -D HEADER=... -D FUNCTION=... -D BYTE_ORDER=... -P embed_as_array.cmake
# Writes the C source that MnistcnnEmbed.cmake describes. An array of words, as one of bytes takes
# compilers eight times as long.
set(block_bytes 16384) # whole words; regular expressions are slow on long strings
file(SIZE ${INPUT} size)
get_filename_component(name ${INPUT} NAME)
if(BYTE_ORDER STREQUAL "BIG_ENDIAN")
  set(word "0x\\1\\2\\3\\4\\5\\6\\7\\8,")
else()
  set(word "0x\\8\\7\\6\\5\\4\\3\\2\\1,")
endif()

set(unfinished ${OUTPUT}.tmp)
file(WRITE ${unfinished} "/* Generated from ${name}. */
#include \"${HEADER}\"

#include <stdint.h>

static const _Alignas(64) uint64_t words[] = {
")
set(offset 0)
while(offset LESS size)
  file(READ ${INPUT} hex OFFSET ${offset} LIMIT ${block_bytes} HEX)
  # The last word is filled up.
  string(LENGTH "${hex}" digits)
  math(EXPR missing "(16 - ${digits} % 16) % 16")
  string(REPEAT 0 ${missing} zeros)
  string(REGEX REPLACE "(..)(..)(..)(..)(..)(..)(..)(..)" "${word}" hex "${hex}${zeros}")
  file(APPEND ${unfinished} "${hex}\n")
  math(EXPR offset "${offset} + ${block_bytes}")
endwhile()
file(APPEND ${unfinished} "};

const unsigned char *${FUNCTION}(size_t *size_bytes) {
  *size_bytes = ${size};
  return (const unsigned char *)words;
}
")
file(RENAME ${unfinished} ${OUTPUT})
