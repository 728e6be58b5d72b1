/* The model object: architecture, weights, class names, input convention, notes. */
#ifndef MCNN_MODEL_MODEL_H
#define MCNN_MODEL_MODEL_H

#include "base/cost.h"
#include "base/safetensors.h"
#include "data/preparation.h"
#include "model/model_id.h"
#include "model/nets.h"

typedef struct mcnn_note {
  char *key, *value;
} mcnn_note;

/* Who has said how the images are prepared, and so what training may do about it. */
typedef enum mcnn_preparation_origin {
  MCNN_PREPARATION_NEW,  /* nobody: a new model, which adopts that of its images */
  MCNN_PREPARATION_OLD,  /* a checkpoint that may be from before it could be said: it adopts that of
                            its images where these differ from what it says */
  MCNN_PREPARATION_KNOWN /* the options, a file, a training: other images are refused */
} mcnn_preparation_origin;

struct mnistcnn_model {
  mcnn_alloc alloc;
  mcnn_arch *arch;
  float *weights; /* arch->parameter_floats of them */
  mcnn_model_id *id;
  uint64_t generation; /* how often the weights were changed */
  mnistcnn_preparation preparation;
  mcnn_preparation_origin preparation_origin;
  float temperature;         /* probabilities are those of logits / temperature */
  float rejection_threshold; /* of the largest probability; 0: nothing is rejected */
  char **class_names;        /* num_classes names, or NULL for "0", "1", ... */
  char **number_names;       /* "0", "1", ...: what class_name gives where class_names is NULL */
  mcnn_note *notes;          /* sorted by key; MCNN_MAX_NOTES places */
  size_t num_notes;
  mcnn_net *net;      /* for images of the model's channels */
  float *packed;      /* the weights as net wants them for prediction */
  mcnn_net *gray_net; /* 3 channels: for gray images; else NULL */
  float *gray_packed;
};

/* Ranges of all options but the architecture and the allocator; the message names the field. */
mnistcnn_status mcnn_model_options_check(const mnistcnn_model_options *options);
/* Ranges of what a model file and the options have in common. */
mnistcnn_status mcnn_model_check_input(mcnn_shape input, uint32_t num_classes);
/* The preparation that the options say; MNISTCNN_INVALID_ARGUMENT where they contradict each other
 * or are out of range. *is_known: 0 where they leave the images' part to training. */
mnistcnn_status mcnn_model_options_preparation(const mnistcnn_model_options *options,
                                               mnistcnn_preparation *how, int *is_known);

/* options are imported, complete and checked; initial weights by options->initializer and seed. */
mnistcnn_status mcnn_model_create(const mnistcnn_model_options *options, const mcnn_alloc *alloc,
                                  mnistcnn_model **out);
/* The same with all weights 0, which loading starts from. Takes the architecture, also on failure.
 */
mnistcnn_status mcnn_model_create_blank(mcnn_arch *arch, const mcnn_alloc *alloc,
                                        mnistcnn_model **out);
mnistcnn_status mcnn_model_clone(const mnistcnn_model *model, mnistcnn_model **out);
void mcnn_model_free(mnistcnn_model *model); /* NULL and half-built are fine */
/* What a model takes that is loaded, or created, with this architecture (which is part of it), and
 * text_bytes more for class names and notes: the bytes while it lives. The instruction set is the
 * one it computes with. */
mnistcnn_status mcnn_model_cost(const mcnn_arch *arch, mcnn_isa isa, uint64_t text_bytes,
                                mcnn_cost *cost);

/* The bytes of its class names and notes. */
uint64_t mcnn_model_text_bytes(const mnistcnn_model *model);

/* `how` has been checked, but for the sides of digits. */
mnistcnn_status mcnn_model_set_preparation(mnistcnn_model *model, const mnistcnn_preparation *how);

/* Of what the images of a training were made with the part that concerns bytes, if the model takes
 * it; from then on it is known. */
void mcnn_model_adopt_preparation(mnistcnn_model *model, const mcnn_image_origin *images);

mcnn_nets mcnn_model_nets(const mnistcnn_model *model);

/* 1e-6 to 1e6, else MNISTCNN_INVALID_ARGUMENT. */
mnistcnn_status mcnn_model_set_temperature(mnistcnn_model *model, float temperature);

/* 0, or 1e-6 to 1, else MNISTCNN_INVALID_ARGUMENT. */
mnistcnn_status mcnn_model_set_rejection_threshold(mnistcnn_model *model, float threshold);
/* Whether it rejects an image with these probabilities. */
int mcnn_model_rejects(const mnistcnn_model *model, const float *probabilities);

/* Call after the weights changed: brings `packed` and `generation` up to date. Cannot fail. */
void mcnn_model_weights_changed(mnistcnn_model *model);

mnistcnn_status mcnn_model_select_isa(mnistcnn_model *model, mcnn_isa isa);
/* By the names of mnistcnn_model_set_instruction_set(). */
mnistcnn_status mcnn_model_select_isa_named(mnistcnn_model *model, const char *name);

const char *mcnn_model_class_name(const mnistcnn_model *model, uint32_t index);
mnistcnn_status mcnn_model_set_class_names(mnistcnn_model *model, const char *const *names,
                                           uint32_t count);
/* Copies of `count` names, in one block that mcnn_free() frees; NULL with the message set. */
char **mcnn_names_copy(const mcnn_alloc *alloc, const char *const *names, uint32_t count);
/* The same of "0", "1", ... */
char **mcnn_names_of_numbers(const mcnn_alloc *alloc, uint32_t count);
/* What these two ask the allocator for; text_bytes: of all names, each with its NUL. */
uint64_t mcnn_names_bytes(uint32_t count, size_t text_bytes);
uint64_t mcnn_number_names_bytes(uint32_t count);

/* Notes: rules at mnistcnn_model_set_note(). */
const char *mcnn_model_note(const mnistcnn_model *model, const char *key);
mnistcnn_status mcnn_model_set_note(mnistcnn_model *model, const char *key, const char *value);
mnistcnn_status mcnn_model_copy_notes(const mnistcnn_model *from, mnistcnn_model *to);
void mcnn_model_free_notes(mnistcnn_model *model);

mnistcnn_status mcnn_model_summary(const mnistcnn_model *model, char *text, size_t capacity,
                                   size_t *length);
mnistcnn_status mcnn_model_plan(const mnistcnn_model *model, char *text, size_t capacity,
                                size_t *length);

#endif
