/* The model file: what it holds (docs/model-format.md), writing and reading it. */
#ifndef MCNN_MODEL_MODEL_FILE_H
#define MCNN_MODEL_MODEL_FILE_H

#include "base/stream.h"
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
/* Of version 2; absent where they have the default. */
#define MCNN_FILE_PREPARE   "prepare"
#define MCNN_FILE_POLARITY  "polarity"
#define MCNN_FILE_INVERT    "invert"
#define MCNN_FILE_ALPHA     "alpha"
#define MCNN_FILE_RESIZE    "resize"
#define MCNN_FILE_SCALE     "input_scale"
#define MCNN_FILE_OFFSET    "input_offset"
#define MCNN_FILE_REJECTION "rejection_threshold"
#define MCNN_FILE_CLASS_NAMES                                                                      \
  "class_names"                             /* joined by line feeds; absent where there are none   \
                                             */
#define MCNN_FILE_TEMPERATURE "temperature" /* absent where it is 1 */
#define MCNN_FILE_NOTE_PREFIX "note."

/* Prefix of the keys and tensors a checkpoint adds. */
#define MCNN_FILE_CHECKPOINT "checkpoint"

#define MCNN_FILE_FORMAT_NAME    "mnistcnn"
#define MCNN_FILE_VERSION_NUMBER 2u

/* What the numbers of a preparation are called in a file: the words in the order of the numbers,
 * ending with NULL. */
typedef struct mcnn_file_choice {
  const char *key, *words[4];
  size_t offset; /* of the int32_t in mnistcnn_preparation */
} mcnn_file_choice;

enum { MCNN_FILE_CHOICES = 5 };
extern const mcnn_file_choice mcnn_file_choices[MCNN_FILE_CHOICES];

/* What files of version 1 mean, but for mean and deviation. */
mnistcnn_preparation mcnn_file_preparation_v1(void);

#define MCNN_TENSOR_NAME_CAPACITY 56

/* Shape and count of a layer's parameter array, without name and values. */
mcnn_st_tensor mcnn_parameter_tensor(const mcnn_parameter *parameter);
/* "conv2d_1/kernel" */
void mcnn_parameter_tensor_name(const mcnn_layer *layer, const mcnn_parameter *parameter,
                                char name[MCNN_TENSOR_NAME_CAPACITY]);

/* --- writing and reading -----------------------------------------------------------------------
 */

/* What a model is in a file: tensors pointing into the model, metadata pointing into `strings`.
 * A checkpoint appends its own to both arrays before writing. */
typedef struct mcnn_model_record {
  mcnn_alloc alloc;
  mcnn_st_tensor *tensors; /* room for extra_tensors more */
  size_t num_tensors;
  mcnn_st_entry *metadata; /* room for extra_metadata more */
  size_t num_metadata;
  char *strings;
} mcnn_model_record;

mnistcnn_status mcnn_model_record_create(const mnistcnn_model *model, size_t extra_tensors,
                                         size_t extra_metadata, mcnn_model_record *record);
void mcnn_model_record_free(mcnn_model_record *record);
/* Header and tensors of a record. */
mnistcnn_status mcnn_model_record_write(const mcnn_model_record *record, const mcnn_target *target);

/* What a model may cost; 0: anything. See mnistcnn_load_options. */
typedef struct mcnn_load_limits {
  uint64_t memory_bytes, multiply_adds;
} mcnn_load_limits;

/* What it costs: while it is loaded, as it is, and with a workspace. */
typedef struct mcnn_load_cost {
  uint64_t load_bytes, model_bytes, workspace_bytes, multiply_adds;
} mcnn_load_cost;

typedef struct mcnn_load_request {
  const char *label; /* for messages */
  int is_checkpoint; /* it may have more tensors and metadata, whose names start with "checkpoint"
                      */
  mcnn_load_limits limits;
  uint64_t held_bytes;                  /* what the caller has allocated for the loading */
  mnistcnn_workspace_options workspace; /* that the limits are for */
  mcnn_load_cost *cost;                 /* only the cost is asked for; NULL: the model */
  mcnn_alloc alloc;
} mcnn_load_request;

/* Builds a model from a parsed file, strictly: a tensor or metadata key that does not belong there
 * is an error. */
mnistcnn_status mcnn_model_from_st(const mcnn_st *st, const mcnn_load_request *request,
                                   mnistcnn_model **out);

/* The same of files and memory; label and held_bytes are set here. */
mnistcnn_status mcnn_model_load(const mcnn_source *source, mcnn_load_request *request,
                                mnistcnn_model **out);
mnistcnn_status mcnn_model_load_memory(const void *data, size_t size_bytes,
                                       mcnn_load_request *request, mnistcnn_model **out);

mnistcnn_status mcnn_model_save(const mnistcnn_model *model, const mcnn_target *target);
mnistcnn_status mcnn_model_save_memory(const mnistcnn_model *model, void *buffer,
                                       size_t capacity_bytes, size_t *size_bytes);

#endif
