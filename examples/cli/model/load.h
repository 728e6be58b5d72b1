/* Model files, also those of other frameworks where the program was built with mnistcnn_exchange.
 */
#ifndef CLI_MODEL_LOAD_H
#define CLI_MODEL_LOAD_H

#include <mnistcnn.h>

/* Loads the model file `path`; one of another framework is imported as by `mnistcnn import` without
 * options, and what was assumed about it is noted on standard error. Returns an exit status;
 * failures are reported. */
int load_model_file(const char *path, mnistcnn_model **model);

/* Warns of a model whose predictions take more than 1 GB of memory: files from strangers may be
 * small and take a lot. */
void announce_memory(const char *path, const mnistcnn_model *model);

#endif
