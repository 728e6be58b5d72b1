/* Embeds a file in a program with the assembler: no generated source, no tool but the compiler.
 *
 * For gcc and clang, and the object formats ELF, Mach-O and COFF. For others the build generates a
 * source file with an array (cmake/MnistcnnEmbed.cmake). */
#ifndef MCNN_BASE_PLATFORM_EMBED_H
#define MCNN_BASE_PLATFORM_EMBED_H

/* The section for constants and the return to the one before it; the directive that hides a symbol
 * from users of a shared library. */
#if defined(__APPLE__)
#define MCNN_EMBED_SECTION      ".section __TEXT,__const\n"
#define MCNN_EMBED_END          ".text\n"
#define MCNN_EMBED_HIDDEN(name) ".private_extern " name "\n"
#elif defined(_WIN32)
#define MCNN_EMBED_SECTION      ".section .rdata,\"dr\"\n"
#define MCNN_EMBED_END          ".text\n"
#define MCNN_EMBED_HIDDEN(name) ""
#elif defined(__ELF__)
#define MCNN_EMBED_SECTION      ".pushsection .rodata\n"
#define MCNN_EMBED_END          ".popsection\n"
#define MCNN_EMBED_HIDDEN(name) ".hidden " name "\n"
#else
#error "this compiler cannot embed a file: configure with -DMNISTCNN_EMBED_WITH_ASSEMBLER=OFF"
#endif

/* Some formats put a '_' before every name of C. */
#define MCNN_EMBED_TEXT(x)      #x
#define MCNN_EMBED_STRING(x)    MCNN_EMBED_TEXT(x)
#define MCNN_EMBED_SYMBOL(name) MCNN_EMBED_STRING(__USER_LABEL_PREFIX__) #name

/* At file scope: declares name##_begin and name##_end, the first aligned to 64 bytes, with the
 * bytes of the file `path` between them. */
#define MCNN_EMBED_FILE(name, path)                                                                \
  __asm__(MCNN_EMBED_SECTION                                                                       \
          ".p2align 6\n"                                                                           \
          ".globl " MCNN_EMBED_SYMBOL(                                                             \
              name##_begin) "\n"                                                                   \
                            ".globl " MCNN_EMBED_SYMBOL(name##_end) "\n" MCNN_EMBED_HIDDEN(        \
                                MCNN_EMBED_SYMBOL(name##_begin))                                   \
                                MCNN_EMBED_HIDDEN(MCNN_EMBED_SYMBOL(name##_end))                   \
                                    MCNN_EMBED_SYMBOL(                                             \
                                        name##_begin) ":\n"                                        \
                                                      ".incbin \"" path "\"\n" MCNN_EMBED_SYMBOL(  \
                                                          name##_end) ":\n"                        \
                                                                      ".byte 0\n" MCNN_EMBED_END); \
  extern const unsigned char name##_begin[], name##_end[]

#endif
