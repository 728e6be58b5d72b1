/* The model that came with the program, where it was built with one. */
#ifndef CLI_MODEL_OWN_MODEL_H
#define CLI_MODEL_OWN_MODEL_H

#include <stdbool.h>

#include <mnistcnn.h>

bool has_own_model(void);
/* MNISTCNN_NOT_FOUND where there is none. */
mnistcnn_status load_own_model(mnistcnn_model **model);

#endif
