/* The numbers of a checkpoint as metadata of its file: options, position, checksums. They are
 * written as the hexadecimal digits of their bits: exact, and the same in every locale. */
#ifndef MCNN_TRAIN_CHECKPOINT_FIELDS_H
#define MCNN_TRAIN_CHECKPOINT_FIELDS_H

#include "model/model_file.h"
#include "train/state.h"

enum {
  MCNN_CHECKPOINT_FIELDS = 62,
  MCNN_CHECKPOINT_ENTRIES = MCNN_CHECKPOINT_FIELDS + 1 /* of metadata: the version is one more */
};

/* An open checkpoint: its model, its options, and where its arrays are. */
typedef struct mcnn_checkpoint {
  mcnn_alloc alloc;
  unsigned char *data;
  mcnn_st *st;
  mnistcnn_model *model; /* the reader's to take: set to NULL what is taken */
  mnistcnn_train_options options;
  mcnn_train_state state;
  mcnn_improvement improvement;
  uint64_t train_checksum, validation_checksum; /* 0: trained without validation */
} mcnn_checkpoint;

/* A field's value as it is written: up to 16 digits and a zero. */
typedef struct mcnn_checkpoint_hex {
  char digits[17];
} mcnn_checkpoint_hex;

/* Adds MCNN_CHECKPOINT_ENTRIES entries to the record, whose texts the caller keeps. */
void mcnn_checkpoint_add_fields(const mcnn_checkpoint *checkpoint, mcnn_model_record *record,
                                mcnn_checkpoint_hex texts[MCNN_CHECKPOINT_FIELDS]);

/* Reads options, state and checksums out of checkpoint->st, all of options but class_weights; path
 * is for messages. */
mnistcnn_status mcnn_checkpoint_read_fields(mcnn_checkpoint *checkpoint, const char *path);

#endif
