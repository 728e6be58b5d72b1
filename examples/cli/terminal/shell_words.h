/* Quotes command lines so that they can be pasted into a shell. */
#ifndef CLI_TERMINAL_SHELL_WORDS_H
#define CLI_TERMINAL_SHELL_WORDS_H

#include <stdio.h>

/* Prints one word, quoted if necessary for a POSIX shell. */
void print_shell_word(FILE *stream, const char *word);

#endif
