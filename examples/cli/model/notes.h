/* The notes in a model file that are printed. */
#ifndef CLI_MODEL_NOTES_H
#define CLI_MODEL_NOTES_H

#include <stddef.h>

/* Keys written by training and `train --note`, with their titles. */
typedef struct model_note {
  const char *key;
  const char *title;
} model_note;

extern const model_note model_notes[];
extern const size_t num_model_notes;

#endif
