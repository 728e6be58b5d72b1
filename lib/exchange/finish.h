/* The end of every import: the encoding of the input, the output, and the model. */
#ifndef MCNN_EXCHANGE_FINISH_H
#define MCNN_EXCHANGE_FINISH_H

#include "exchange/build/builder.h"
#include "exchange/request.h"

/* What the user says, or what the file implies (NULL: nothing), or else "unit"; a note says which.
 */
mnistcnn_status mcnn_choose_encoding(mcnn_builder *builder, const mcnn_import_request *request,
                                     const char *implied, mcnn_encoding *encoding);

/* "raw" where the first layer multiplies with so small a number that it reads bytes; else NULL. */
const char *mcnn_encoding_of_first_layer(const mcnn_builder *builder);

/* Makes the network end in a vector of classes: one output becomes two. */
mnistcnn_status mcnn_finish_output(mcnn_builder *builder, mcnn_tensor *output);

/* The model of a network whose output is one of mcnn_finish_output(); its notes are passed on.
 * class_names: one for each class, or NULL. */
mnistcnn_status mcnn_finish_model(mcnn_builder *builder, const mcnn_import_request *request,
                                  const mcnn_encoding *encoding, const mcnn_tensor *output,
                                  const char *const *class_names, mnistcnn_model **model);

#endif
