/* An image file that shows one digit. In two steps, so that what many files show is predicted
 * together in between. */
#ifndef SERVER_WORKER_SINGLE_H
#define SERVER_WORKER_SINGLE_H

#include "wire/job_kind.h"
#include "worker/picture.h"
#include "worker/rows.h"

typedef struct single {
  mnistcnn_status status;
  mnistcnn_digit_info info;
  picture_box box;
  size_t row;     /* of the rows, where the status is MNISTCNN_OK */
  float *own_row; /* what was predicted at once: networks whose images are only resized */
  char message[JOB_MESSAGE_CAPACITY];
} single;

void single_prepare(single *s, const loaded *l, rows *r, const uint8_t *file, size_t size,
                    int32_t polarity);
void single_finish(single *s, const loaded *l, const rows *r, buffer *out);
void single_free(single *s);

#endif
