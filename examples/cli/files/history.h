/* The figures of every epoch as a JSON file, to plot or to compare. */
#ifndef CLI_FILES_HISTORY_H
#define CLI_FILES_HISTORY_H

#include <stdbool.h>

#include <mnistcnn.h>

/* Writes the epochs the trainer has finished, those before a resume included. False, with a
 * message, on failure. */
bool history_write(const char *path, const mnistcnn_trainer *trainer);

#endif
