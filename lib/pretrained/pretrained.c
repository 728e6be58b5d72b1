/* The shipped model as part of a program. The build says where its file is. */
#include "mnistcnn_pretrained.h"

/* The assembler copies the file in: no generated source, no tool but the compiler. Aligned as
 * mnistcnn_model_load_memory() reads without making a copy. */
__asm__(".pushsection .rodata\n"
        ".balign 64\n"
        ".globl mcnn_pretrained_begin, mcnn_pretrained_end\n"
        ".hidden mcnn_pretrained_begin\n"
        ".hidden mcnn_pretrained_end\n"
        "mcnn_pretrained_begin:\n"
        ".incbin \"" MCNN_PRETRAINED_FILE "\"\n"
        "mcnn_pretrained_end:\n"
        ".byte 0\n"
        ".popsection\n");

extern const unsigned char mcnn_pretrained_begin[] __attribute__((visibility("hidden")));
extern const unsigned char mcnn_pretrained_end[] __attribute__((visibility("hidden")));

mnistcnn_status mnistcnn_pretrained_model(const mnistcnn_allocator *allocator,
                                          mnistcnn_model **model) {
  const size_t size = (size_t)(mcnn_pretrained_end - mcnn_pretrained_begin);
  return mnistcnn_model_load_memory(mcnn_pretrained_begin, size, allocator, model);
}
