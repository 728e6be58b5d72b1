/* The shipped model, if the program was built with it. */
#ifndef CLI_MODEL_OWN_MODEL_H
#define CLI_MODEL_OWN_MODEL_H

#include <stdbool.h>

#include <mnistcnn.h>

bool has_own_model(void);
/* MNISTCNN_NOT_FOUND if there is none. */
mnistcnn_status load_own_model(mnistcnn_model **model);

#endif
