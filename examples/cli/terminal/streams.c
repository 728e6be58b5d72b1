#include "terminal/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "terminal/message.h"

static bool reader_may_leave;
static int output_error; /* the first of standard output, an error number */

/* The wrong way round, so that using it is the error it would have been. The lower ones are open.
 */
static void occupy(int descriptor, int flags) {
  if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF)
    (void)open("/dev/null", flags); /* the lowest that is free */
}

void streams_prepare(void) {
  occupy(STDIN_FILENO, O_WRONLY);
  occupy(STDOUT_FILENO, O_RDONLY);
  occupy(STDERR_FILENO, O_RDONLY);
  signal(SIGXFSZ, SIG_IGN);
}

void streams_outlive_reader(void) {
  signal(SIGPIPE, SIG_IGN);
  reader_may_leave = true;
}

bool streams_flush(void) {
  errno = 0;
  if (fflush(stdout) == 0 && !ferror(stdout))
    return true;
  if (output_error == 0)
    output_error = errno;
  return false;
}

int streams_finish(int status) {
  if (streams_flush() || (output_error == EPIPE && reader_may_leave))
    return status;
  fail("standard output: %s",
       output_error != 0 ? strerror(output_error) : "not everything could be written");
  return status == EXIT_STATUS_OK ? EXIT_STATUS_FAILURE : status;
}
