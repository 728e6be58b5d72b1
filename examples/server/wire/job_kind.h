/* What a worker is asked for. */
#ifndef SERVER_WIRE_JOB_KIND_H
#define SERVER_WIRE_JOB_KIND_H

enum job_kind {
  JOB_PICTURES = 1, /* image files, each of which is one digit */
  JOB_PAGE,         /* an image file with many digits */
  JOB_BYTES,        /* the bytes of images, [n][height][width][channels] */
  JOB_FLOATS        /* the same as intensities 0..1 */
};

enum { JOB_MESSAGE_CAPACITY = 320, JOB_MAX_CLASSES = 1000 };

#endif
