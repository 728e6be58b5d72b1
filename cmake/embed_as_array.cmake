# cmake -D INPUT=... -D OUTPUT=... -D HEADER=... -D FUNCTION=... -P embed_as_array.cmake
# Writes the C source that MnistcnnEmbed.cmake describes.
set(block_bytes 16384) # regular expressions are slow on long strings
file(SIZE ${INPUT} size)
get_filename_component(name ${INPUT} NAME)

set(unfinished ${OUTPUT}.tmp)
file(WRITE ${unfinished} "/* Generated from ${name}. */
#include \"${HEADER}\"

static const _Alignas(64) unsigned char bytes[] = {
")
set(offset 0)
while(offset LESS size)
  file(READ ${INPUT} hex OFFSET ${offset} LIMIT ${block_bytes} HEX)
  string(REGEX REPLACE "(..)" "0x\\1," hex "${hex}")
  file(APPEND ${unfinished} "${hex}\n")
  math(EXPR offset "${offset} + ${block_bytes}")
endwhile()
file(APPEND ${unfinished} "};

const unsigned char *${FUNCTION}(size_t *size_bytes) {
  *size_bytes = sizeof bytes;
  return bytes;
}
")
file(RENAME ${unfinished} ${OUTPUT})
