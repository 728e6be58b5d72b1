#include "terminal/streams.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "system/os.h"
#include "terminal/message.h"

static bool reader_may_leave;
static int output_error; /* the first of standard output, an error number */

void streams_outlive_reader(void) {
  os_outlive_readers();
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
