/* What a model's file says about its making. */
#ifndef CLI_MODEL_NOTES_H
#define CLI_MODEL_NOTES_H

#include <stddef.h>

/* The keys that training and `train --note` write, and what they mean. */
typedef struct model_note {
  const char *key;
  const char *title;
} model_note;

extern const model_note model_notes[];
extern const size_t num_model_notes;

#endif
