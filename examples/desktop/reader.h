/* What the window asks of the library: the digit on the pad, the numbers on a picture. */
#ifndef READER_H
#define READER_H

#include <mnistcnn.h>

enum { READER_CLASSES = 10, READER_TEXT = 4096 };

typedef struct reader {
  mnistcnn_model *model;
  mnistcnn_workspace *workspace;
} reader;

typedef struct reader_answer {
  int is_digit; /* 0: there is none, and text says why */
  uint32_t digit;
  float probabilities[READER_CLASSES];
  uint8_t seen[28 * 28]; /* the network's input */
  char text[160];
} reader_answer;

/* A picture and what was read on it; all of it is freed with reader_picture_free(). */
typedef struct reader_picture {
  uint8_t *pixels; /* RGB */
  mnistcnn_shape shape;
  mnistcnn_page *page;
} reader_picture;

/* path NULL: the model that ships. Returns what is wrong with it, or NULL; reader_close() in any
 * case. */
const char *reader_open(reader *r, const char *path);
void reader_close(reader *r);

/* What is drawn on size x size gray pixels, light on black. */
void reader_look(const reader *r, const uint8_t *pixels, uint32_t size, reader_answer *answer);

mnistcnn_status reader_read(const reader *r, const char *path, reader_picture *picture);
void reader_picture_free(reader_picture *picture);

/* The numbers, line by line. */
void reader_text(const reader_picture *picture, char text[READER_TEXT]);

#endif
