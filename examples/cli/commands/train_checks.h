/* What `mnistcnn train` checks before it loads the first image, so that a mistake does not cost the
 * time that this takes. All return an exit status; failures are reported. */
#ifndef CLI_COMMANDS_TRAIN_CHECKS_H
#define CLI_COMMANDS_TRAIN_CHECKS_H

#include "commands/train_settings.h"
#include "files/class_names.h"

/* No output replaces another, nor what is read; all can be written. */
int train_check_files(const train_settings *settings);

/* The classes, the network and the options go together; *model, if NULL, is created, and weights of
 * classes are entered in the settings. Tells the memory if it is much. */
int train_check_images(train_settings *settings, mnistcnn_model **model);

#endif
