/* Argument checks that every file of lib/api shares. */
#ifndef MCNN_API_CHECK_H
#define MCNN_API_CHECK_H

#include "api/import.h"
#include "base/status.h"

/* MNISTCNN_INVALID_ARGUMENT "<name> is NULL". */
#define MCNN_REQUIRE(argument)                                                                     \
  do {                                                                                             \
    if ((argument) == NULL)                                                                        \
      return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "%s is NULL", #argument);                        \
  } while (0)

#endif
