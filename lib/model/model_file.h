/* What a model file holds, for its writer and its reader. docs/model-format.md says it in words. */
#ifndef MCNN_MODEL_MODEL_FILE_H
#define MCNN_MODEL_MODEL_FILE_H

#include "model/model.h"

/* Metadata keys. */
#define MCNN_FILE_FORMAT       "format"
#define MCNN_FILE_VERSION      "format_version"
#define MCNN_FILE_LIBRARY      "library_version"
#define MCNN_FILE_ARCHITECTURE "architecture"
#define MCNN_FILE_HEIGHT       "input_height"
#define MCNN_FILE_WIDTH        "input_width"
#define MCNN_FILE_CHANNELS     "input_channels"
#define MCNN_FILE_CLASSES      "num_classes"
#define MCNN_FILE_MEAN         "input_mean"
#define MCNN_FILE_DEVIATION    "input_deviation"
#define MCNN_FILE_CLASS_NAMES                                                                      \
  "class_names"                             /* joined by line feeds; absent where there are none   \
                                             */
#define MCNN_FILE_TEMPERATURE "temperature" /* absent where it is 1 */
#define MCNN_FILE_NOTE_PREFIX "note."

/* Prefix of the keys and tensors a checkpoint adds. */
#define MCNN_FILE_CHECKPOINT "checkpoint"

#define MCNN_FILE_FORMAT_NAME    "mnistcnn"
#define MCNN_FILE_VERSION_NUMBER 1u

#define MCNN_TENSOR_NAME_CAPACITY 48

/* Shape and count of a layer's parameter array, without name and values. */
mcnn_st_tensor mcnn_parameter_tensor(const mcnn_parameter *parameter);
/* "conv2d_1/kernel" */
void mcnn_parameter_tensor_name(const mcnn_layer *layer, const mcnn_parameter *parameter,
                                char name[MCNN_TENSOR_NAME_CAPACITY]);

#endif
