/* Command lines as text that can be pasted into a shell. */
#ifndef CLI_TERMINAL_SHELL_WORDS_H
#define CLI_TERMINAL_SHELL_WORDS_H

#include <stdio.h>

/* Prints one word, quoted where a POSIX shell would otherwise read something else. */
void print_shell_word(FILE *stream, const char *word);

#endif
