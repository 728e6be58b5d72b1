/* How the numbers of a network's input were made from the bytes of an image: what the files of most
 * frameworks do not say. */
#ifndef MCNN_EXCHANGE_ENCODING_H
#define MCNN_EXCHANGE_ENCODING_H

#include "mnistcnn.h"

typedef struct mcnn_encoding {
  float scale, offset;         /* x = byte scale + offset, */
  float mean[3], deviation[3]; /* then (x - mean) / deviation */
  int inverted, transposed;
  int flipped; /* not of the input: kernels are turned, as Theano has them */
} mcnn_encoding;

/* "unit", "signed+inverted", "0.1307/0.3081+transposed", "0.5/0.5", "0.00392,-0.5": see
 * mnistcnn_import_options. MNISTCNN_INVALID_ARGUMENT for anything else. */
mnistcnn_status mcnn_encoding_read(const char *text, mcnn_encoding *encoding);

void mcnn_encoding_prepare(const mcnn_encoding *encoding, mnistcnn_preparation *preparation);

#endif
