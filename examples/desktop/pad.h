/* The pad: what was drawn, as gray pixels, light on black. */
#ifndef PAD_H
#define PAD_H

#include <stdint.h>

enum { PAD_SIZE = 280 };

typedef struct pad {
  uint8_t pixels[PAD_SIZE * PAD_SIZE];
  float x, y; /* where the pen is */
} pad;

void pad_clear(pad *p);

/* In pixels of the pad. Put down, the pen leaves a dot; moved, a line from where it was. */
void pad_put(pad *p, float x, float y);
void pad_move(pad *p, float x, float y);

#endif
