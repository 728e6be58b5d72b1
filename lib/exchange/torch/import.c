/* From a file of PyTorch to a model: its weights, its network, and both together. */
#include "base/status.h"
#include "exchange/torch/fill.h"
#include "exchange/torch/guess.h"
#include "exchange/torch/module.h"
#include "exchange/torch/safetensors.h"
#include "exchange/torch/state_dict.h"
#include "exchange/torch/torch.h"

#include <stdio.h>
#include <string.h>

typedef struct torch_import {
  const mcnn_import_request *request;
  mcnn_torch_file file;
  mcnn_torch_list list;
  mcnn_torch_layers layers;
  mcnn_strings notes;
  mcnn_encoding encoding;
  mcnn_torch_text module; /* the network of a Sequential; "": none */
  mcnn_torch_text text;   /* the one that is taken, with PyTorch's defaults */
  mcnn_torch_guess guess;
} torch_import;

static mnistcnn_status add_note(torch_import *t, const char *before, const char *text) {
  return mcnn_strings_add(&t->notes, &t->request->alloc, before, text);
}

static void log_line(const torch_import *t, const char *text) {
  if (t->request->log)
    t->request->log(MNISTCNN_LOG_INFO, text, t->request->user);
}

/* --- the network ------------------------------------------------------------------------------ */

static uint32_t count_classes(const torch_import *t) {
  uint64_t outputs = mcnn_torch_text_classes(t->text.text);
  for (size_t i = 0; i < t->layers.count && outputs == 0; i++) {
    const mcnn_torch_layer *const layer = &t->layers.layers[t->layers.count - 1 - i];
    if (layer->kind == MCNN_TORCH_LINEAR)
      outputs = mcnn_torch_outputs(layer);
  }
  return outputs < UINT32_MAX ? (uint32_t)outputs : 0;
}

static const mcnn_torch_layer *first_linear(const torch_import *t) {
  for (size_t i = 0; i < t->layers.count; i++)
    if (t->layers.layers[i].kind == MCNN_TORCH_LINEAR)
      return &t->layers.layers[i];
  return NULL;
}

/* The sizes of the input that may be: the one that is given, or those that are usual. Returns how
 * many. */
static size_t list_sizes(const torch_import *t, uint32_t sizes[MCNN_TORCH_NUM_SIDES][3]) {
  const mcnn_import_request *const request = t->request;
  const uint32_t channels = mcnn_torch_image_channels(&t->layers);
  const mcnn_torch_layer *const linear = first_linear(t);
  uint32_t sides[MCNN_TORCH_NUM_SIDES];
  if (channels == 0 && linear && mcnn_torch_inputs(linear) < UINT32_MAX)
    mcnn_torch_vector_image((uint32_t)mcnn_torch_inputs(linear), sizes[0]);
  else {
    mcnn_torch_sides(channels, sides);
    for (size_t i = 0; i < MCNN_TORCH_NUM_SIDES; i++) {
      sizes[i][0] = sizes[i][1] = sides[i];
      sizes[i][2] = channels;
    }
  }
  if (request->height > 0) {
    if (channels == 0)
      sizes[0][2] =
          linear && mcnn_torch_inputs(linear) == 3 * (uint64_t)request->height * request->width ? 3
                                                                                                : 1;
    sizes[0][0] = request->height;
    sizes[0][1] = request->width;
  }
  return request->height > 0 || channels == 0 ? 1 : MCNN_TORCH_NUM_SIDES;
}

static mnistcnn_status check_channels(const torch_import *t) {
  for (size_t i = 0; i < t->layers.count; i++) {
    const mcnn_torch_layer *const layer = &t->layers.layers[i];
    if (layer->kind == MCNN_TORCH_CONV && mcnn_torch_image_channels(&t->layers) == 0)
      return mcnn_fail(
          MNISTCNN_UNSUPPORTED,
          "%s: its first convolution reads %llu channels; this library reads images of "
          "one (gray) or three (colour)",
          t->request->label, (unsigned long long)mcnn_torch_inputs(layer));
  }
  return MNISTCNN_OK;
}

/* With the first size that fits; if none does, the message is that of the first one. */
static mnistcnn_status fill_sizes(torch_import *t, mnistcnn_model **model) {
  uint32_t sizes[MCNN_TORCH_NUM_SIDES][3];
  char message[MCNN_ERROR_CAPACITY] = "";
  const size_t count = list_sizes(t, sizes);
  mnistcnn_status first = MNISTCNN_OK;
  for (size_t i = 0; i < count; i++) {
    const mcnn_torch_network network = {t->text.text, sizes[i][0], sizes[i][1], sizes[i][2],
                                        count_classes(t)};
    const mnistcnn_status status =
        mcnn_torch_fill(t->request, &network, &t->encoding, &t->layers, &t->notes, model);
    if (status == MNISTCNN_OK || status == MNISTCNN_OUT_OF_MEMORY)
      return status;
    if (i == 0) {
      first = status;
      (void)snprintf(message, sizeof message, "%s", mcnn_last_error());
    }
  }
  return mcnn_fail(first, "%s", message);
}

/* --- without an architecture ------------------------------------------------------------------ */

static void log_proposals(const torch_import *t) {
  char line[MCNN_TORCH_PROPOSAL + 64];
  for (size_t i = 0; i < t->guess.count; i++) {
    const mcnn_torch_proposal *const p = &t->guess.proposals[i];
    (void)snprintf(line, sizeof line, "would fit, of %ux%u: --arch \"%s\"", p->height, p->width,
                   p->text);
    log_line(t, line);
  }
}

static mnistcnn_status refuse_guess(const torch_import *t) {
  char layers[160];
  mcnn_torch_describe(&t->layers, layers, sizeof layers);
  if (t->guess.count == 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "%s: has weights only (%s), and no simple network that they are of was found: "
                     "give it as an architecture text (--arch) and, if it is not 28x28 or 32x32, "
                     "the input's size (--size)",
                     t->request->label, layers);
  log_proposals(t);
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                   "%s: has weights only, and %s: give the right one (--arch); such as \"%s\"",
                   t->request->label,
                   t->guess.count > 1 ? "several networks fit" : "what fits is not sure",
                   t->guess.proposals[0].text);
}

static mnistcnn_status take_guess(torch_import *t) {
  mnistcnn_status status = mcnn_torch_guess_network(t->request, &t->layers, &t->notes, &t->guess);
  if (status != MNISTCNN_OK)
    return status;
  if (!t->guess.is_certain)
    return refuse_guess(t);
  mcnn_torch_defaults(t->guess.proposals[0].text, &t->text);
  status = add_note(t,
                    "the network is a guess from names and shapes, which do not tell "
                    "activations and poolings (check it with labelled images, or give it with "
                    "--arch): ",
                    t->guess.proposals[0].text);
  return status;
}

static mnistcnn_status choose_network(torch_import *t) {
  if (t->request->architecture) {
    mcnn_torch_defaults(t->request->architecture, &t->text);
    return MNISTCNN_OK;
  }
  if (t->module.length > 0) {
    t->text = t->module;
    return MNISTCNN_OK;
  }
  return take_guess(t);
}

static mnistcnn_status choose_torch_encoding(torch_import *t) {
  if (t->request->encoding) {
    t->encoding = *t->request->encoding;
    return MNISTCNN_OK;
  }
  const mnistcnn_status status = mcnn_encoding_read("unit", &t->encoding);
  return status == MNISTCNN_OK
             ? add_note(t, "",
                        "input encoding unit (0..1): the file does not say; many programs "
                        "for PyTorch take standard; labelled images can check it")
             : status;
}

static mnistcnn_status make_torch_model(torch_import *t, mnistcnn_model **model) {
  mnistcnn_status status = mcnn_torch_read_layers(&t->list, &t->layers);
  if (status == MNISTCNN_OK && t->layers.count == 0)
    status = mcnn_fail(MNISTCNN_FORMAT, "%s: has no weights of layers", t->request->label);
  if (status == MNISTCNN_OK)
    status = check_channels(t);
  if (status == MNISTCNN_OK)
    status = choose_torch_encoding(t);
  if (status == MNISTCNN_OK)
    status = choose_network(t);
  if (status == MNISTCNN_OK)
    status = fill_sizes(t, model);
  for (size_t i = 0; i < t->notes.count && status == MNISTCNN_OK; i++)
    log_line(t, mcnn_strings_at(&t->notes, i));
  return status;
}

/* --- files ------------------------------------------------------------------------------------ */

static mnistcnn_status create_import(const mcnn_import_request *request, torch_import **import) {
  torch_import *const t = mcnn_alloc_zeroed(&request->alloc, 1, sizeof *t);
  *import = t;
  if (!t)
    return MNISTCNN_OUT_OF_MEMORY;
  t->request = request;
  t->file.alloc = t->list.alloc = t->layers.alloc = &request->alloc;
  t->file.label = t->list.label = request->label;
  return MNISTCNN_OK;
}

static void free_import(torch_import *t) {
  if (!t)
    return;
  const mcnn_alloc *const alloc = &t->request->alloc;
  mcnn_torch_layers_free(&t->layers);
  mcnn_torch_list_free(&t->list);
  mcnn_torch_close(&t->file);
  mcnn_strings_free(&t->notes, alloc);
  mcnn_free(alloc, t);
}

/* What was pickled is a dictionary of tensors, or a whole module. */
static mnistcnn_status import_object(torch_import *t, mnistcnn_model **model) {
  mcnn_torch_found found;
  mnistcnn_status status = mcnn_torch_find_weights(&t->file, &t->notes, &found);
  if (status == MNISTCNN_OK && found.module)
    status = mcnn_torch_read_module(&t->file, found.module, &t->notes, &t->module, &t->list);
  if (status == MNISTCNN_OK && found.dict)
    status = mcnn_torch_check_names(&t->file);
  if (status == MNISTCNN_OK && found.dict)
    status = mcnn_torch_read_dict(&t->file, found.dict, &t->list);
  return status == MNISTCNN_OK ? make_torch_model(t, model) : status;
}

mnistcnn_status mcnn_torch_is_archive(const void *data, size_t size_bytes, const char *label,
                                      const mcnn_alloc *alloc, int *is_archive) {
  mcnn_zip *zip = NULL;
  size_t count = 0;
  *is_archive = 0;
  const mnistcnn_status status = mcnn_zip_open(data, size_bytes, label, alloc, &zip);
  if (status != MNISTCNN_OK)
    return status;
  (void)mcnn_torch_find_pickle(zip, &count);
  *is_archive = count > 0;
  mcnn_zip_close(zip);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_import_torch_zip(const void *data, size_t size_bytes,
                                      const mcnn_import_request *request, mnistcnn_model **model) {
  torch_import *t = NULL;
  mnistcnn_status status = create_import(request, &t);
  if (status == MNISTCNN_OK)
    status = mcnn_torch_open_zip(data, size_bytes, request->label, &request->alloc, &t->file);
  if (status == MNISTCNN_OK)
    status = import_object(t, model);
  free_import(t);
  return status;
}

mnistcnn_status mcnn_import_torch_pickle(const void *data, size_t size_bytes,
                                         const mcnn_import_request *request,
                                         mnistcnn_model **model) {
  torch_import *t = NULL;
  mnistcnn_status status = create_import(request, &t);
  if (status == MNISTCNN_OK)
    status = mcnn_torch_open_pickle(data, size_bytes, request->label, &request->alloc, &t->file);
  if (status == MNISTCNN_OK)
    status = import_object(t, model);
  free_import(t);
  return status;
}

mnistcnn_status mcnn_import_torch_safetensors(const void *data, size_t size_bytes,
                                              const mcnn_import_request *request,
                                              mnistcnn_model **model) {
  torch_import *t = NULL;
  mnistcnn_status status = create_import(request, &t);
  if (status == MNISTCNN_OK)
    status = mcnn_torch_read_safetensors(data, size_bytes, &t->list);
  if (status == MNISTCNN_OK)
    status = make_torch_model(t, model);
  free_import(t);
  return status;
}
