/* The settings of `mnistcnn train`, from the command line. */
#ifndef CLI_COMMANDS_TRAIN_SETTINGS_H
#define CLI_COMMANDS_TRAIN_SETTINGS_H

#include <stdint.h>

#include <mnistcnn.h>

#include "files/class_names.h"
#include "files/files.h"
#include "files/images.h"
#include "model/preparation.h"
#include "terminal/args.h"

typedef struct train_settings {
  const char *train;       /* a folder, or IMAGES,LABELS */
  const char *validation;  /* the same; NULL: none */
  double validation_split; /* fraction of `train` for validation; 0: none */
  const char *out;
  const char *checkpoint;    /* where to write checkpoints */
  const char *resume;        /* the checkpoint to resume from; NULL: a new training */
  const char *from;          /* the initial model; NULL: random weights */
  const char *history;       /* NULL: none */
  const char *note;          /* NULL: none */
  const char *class_weights; /* as given; NULL: none */
  const char *preset;
  const char *arch; /* NULL: the preset's */
  uint32_t epochs;  /* 0: the preset's */
  uint64_t seed;
  uint32_t size[2];          /* height, width; 0: the preset's */
  const char *background;    /* sub-folder of images of no class; NULL: none */
  float rejection_threshold; /* NAN: that of the model */
  uint32_t skip_broken;
  idx_layout idx;
  uint32_t quiet;
  preparation_settings preparation_options;
  mnistcnn_preparation preparation; /* of a new model, and of the images of any */
  mnistcnn_model_options model;     /* `preparation` points to the one above */
  mnistcnn_train_options training;
  float weights[MOST_CLASSES]; /* of the classes, where training.class_weights points to */
  char default_checkpoint[PATH_CAPACITY]; /* OUT.checkpoint, where `checkpoint` points by default */
} train_settings;

/* Fills *settings from the command line. The struct must not be copied or moved afterwards.
 * ARGS_USAGE_ERROR also if options contradict each other. */
arg_outcome train_settings_read(train_settings *settings, int argc, char **argv);

#endif
