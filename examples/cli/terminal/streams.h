/* Standard streams that are closed, full or no longer read, and files that may not grow: what would
 * end the process, or write into the wrong file, becomes an error. */
#ifndef CLI_TERMINAL_STREAMS_H
#define CLI_TERMINAL_STREAMS_H

#include <stdbool.h>

/* For a command that writes files: it goes on when nobody reads its standard output any more (`|
 * head -1`), and that is no failure of it. The others end, as is usual. */
void streams_outlive_reader(void);

/* Flushes standard output, for those who wait for an answer. False where that fails, of which
 * streams_finish() tells. */
bool streams_flush(void);

/* Flushes standard output. Returns EXIT_STATUS_FAILURE, with a message, if not everything could be
 * written (a full disk, a closed stream), else `status`. */
int streams_finish(int status);

#endif
