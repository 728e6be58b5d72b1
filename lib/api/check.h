/* Argument checks that every file of lib/api shares. */
#ifndef MCNN_API_CHECK_H
#define MCNN_API_CHECK_H

#include "api/import.h"
#include "base/status.h"

/* MNISTCNN_INVALID_ARGUMENT "<argument> is NULL". */
mnistcnn_status mcnn_fail_null(const char *argument);

#define MCNN_REQUIRE(argument)                                                                     \
  do {                                                                                             \
    if (!(argument))                                                                               \
      return mcnn_fail_null(#argument);                                                            \
  } while (0)

#endif
