/* Writes the metrics of every epoch to a JSON file. */
#ifndef CLI_FILES_HISTORY_H
#define CLI_FILES_HISTORY_H

#include <stdbool.h>

#include <mnistcnn.h>

/* Writes the epochs that the trainer has completed, including those before a resume. False, with a
 * message, on failure. */
bool history_write(const char *path, const mnistcnn_trainer *trainer);

#endif
