/* Training options: defaults, presets, checks. */
#ifndef MCNN_TRAIN_OPTIONS_H
#define MCNN_TRAIN_OPTIONS_H

#include "data/augment.h"
#include "nn/output.h"

/* All fields but struct_size. */
void mcnn_train_defaults(mnistcnn_train_options *options);

/* The defaults, then the preset's. epochs 0: the preset's own number. */
mnistcnn_status mcnn_train_preset(mnistcnn_train_options *options, const char *name,
                                  uint32_t epochs);

/* Ranges and contradictions; the message names the field. */
mnistcnn_status mcnn_train_options_check(const mnistcnn_train_options *options);

/* Whether they fit a network that ends in this. */
mnistcnn_status mcnn_train_options_check_output(const mnistcnn_train_options *options,
                                                mcnn_output output);
/* Whether they fit what is trained on: the model's classes, and whether there is validation. */
mnistcnn_status mcnn_train_options_check_data(const mnistcnn_train_options *options,
                                              uint32_t num_classes, int has_validation);
mnistcnn_status mcnn_check_loss(int32_t loss, mcnn_output output);

/* Their part that says how images are changed. */
mcnn_augment mcnn_augment_of(const mnistcnn_train_options *options);

#endif
