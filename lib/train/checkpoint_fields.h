/* The numbers of a checkpoint as metadata of its file: options, position, checksums. They are
 * written as the hexadecimal digits of their bits: exact, and the same in every locale. */
#ifndef MCNN_TRAIN_CHECKPOINT_FIELDS_H
#define MCNN_TRAIN_CHECKPOINT_FIELDS_H

#include "model/model_file.h"
#include "train/state.h"

enum {
  MCNN_CHECKPOINT_FIELDS = 39,
  MCNN_CHECKPOINT_ENTRIES = MCNN_CHECKPOINT_FIELDS + 1, /* of metadata: the version is one more */
  MCNN_CHECKPOINT_KEY_BYTES = 44,
  MCNN_CHECKPOINT_VALUE_BYTES = 17
};

/* An open checkpoint: its model, its options, and where its arrays are. */
typedef struct mcnn_checkpoint {
  mcnn_alloc alloc;
  unsigned char *data;
  mcnn_st *st;
  mnistcnn_model *model; /* the reader's to take: set to NULL what is taken */
  mnistcnn_train_options options;
  mcnn_train_state state;
  uint64_t train_checksum, validation_checksum; /* 0: trained without validation */
} mcnn_checkpoint;

/* A field as it is written. */
typedef struct mcnn_checkpoint_text {
  char key[MCNN_CHECKPOINT_KEY_BYTES];
  char value[MCNN_CHECKPOINT_VALUE_BYTES];
} mcnn_checkpoint_text;

/* Adds MCNN_CHECKPOINT_ENTRIES entries to the record, whose texts the caller keeps. */
void mcnn_checkpoint_add_fields(const mcnn_checkpoint *checkpoint, mcnn_model_record *record,
                                mcnn_checkpoint_text texts[MCNN_CHECKPOINT_FIELDS]);

/* Reads options, state and checksums out of checkpoint->st; path is for messages. */
mnistcnn_status mcnn_checkpoint_read_fields(mcnn_checkpoint *checkpoint, const char *path);

#endif
