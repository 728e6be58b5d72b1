/* mnistcnn_preparation from the caller and to the caller. */
#ifndef MCNN_API_PREPARATION_H
#define MCNN_API_PREPARATION_H

#include "mnistcnn.h"

/* Imports and checks *given. */
mnistcnn_status mcnn_import_preparation(const mnistcnn_preparation *given,
                                        mnistcnn_preparation *how);

#endif
