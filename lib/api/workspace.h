/* Options of workspaces and room for predictions, which more than one file of lib/api looks at. */
#ifndef MCNN_API_WORKSPACE_H
#define MCNN_API_WORKSPACE_H

#include "api/import.h"
#include "model/model.h"

/* given NULL: the defaults. Ranges are not checked. */
mnistcnn_status mcnn_import_workspace_options(const mnistcnn_workspace_options *given,
                                              mnistcnn_workspace_options *options);

/* Ranges; the message names the field. */
mnistcnn_status mcnn_check_workspace_options(const mnistcnn_workspace_options *options);

/* Whether the probabilities of `count` images fit in `capacity` floats. */
mnistcnn_status mcnn_check_capacity(const mnistcnn_model *model, size_t count, size_t capacity);

#endif
