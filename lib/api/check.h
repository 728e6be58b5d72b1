/* Argument checks that every file of lib/api shares. */
#ifndef MCNN_API_CHECK_H
#define MCNN_API_CHECK_H

#include "api/import.h"
#include "base/shape.h"
#include "base/status.h"

/* MNISTCNN_INVALID_ARGUMENT "<argument> is NULL". */
mnistcnn_status mcnn_fail_null(const char *argument);

#define MCNN_REQUIRE(argument)                                                                     \
  do {                                                                                             \
    if (!(argument))                                                                               \
      return mcnn_fail_null(#argument);                                                            \
  } while (0)

/* An image of the caller's: not NULL, sides within the limit, 1 to max_channels channels of which
 * those with alpha (2 and 4) count where with_alpha is set, and as many bytes as that makes. */
mnistcnn_status mcnn_check_image(const mnistcnn_image *image, int with_alpha);

/* height and width: 1 to MNISTCNN_MAX_IMAGE_SIDE. */
mnistcnn_status mcnn_check_sides(uint32_t height, uint32_t width);

#endif
