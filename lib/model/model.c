/* The model object: made, copied, freed, and kept ready to predict. */
#include "model/model.h"

#include "base/status.h"
#include "nn/arch_text.h"
#include "nn/init.h"

#include <string.h>

/* --- what predicting needs -------------------------------------------------------------------- */

typedef struct prepared {
  mcnn_nets nets;
  float *packed, *gray_packed;
} prepared;

static void free_prepared(prepared *p, const mcnn_alloc *alloc) {
  mcnn_nets_free(&p->nets);
  mcnn_free(alloc, p->packed);
  mcnn_free(alloc, p->gray_packed);
  *p = (prepared){0};
}

static mnistcnn_status allocate_packed(const mcnn_net *net, const mcnn_alloc *alloc,
                                       float **packed) {
  if (!net)
    return MNISTCNN_OK;
  *packed = mcnn_alloc_zeroed(alloc, mcnn_net_packed_floats(net), sizeof **packed);
  return *packed ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

static mnistcnn_status prepare(const mcnn_arch *arch, mcnn_isa isa, const mcnn_alloc *alloc,
                               prepared *p) {
  mnistcnn_status status = mcnn_nets_create(arch, isa, alloc, &p->nets);
  if (status == MNISTCNN_OK)
    status = allocate_packed(p->nets.net, alloc, &p->packed);
  if (status == MNISTCNN_OK)
    status = allocate_packed(p->nets.gray_net, alloc, &p->gray_packed);
  if (status != MNISTCNN_OK)
    free_prepared(p, alloc);
  return status;
}

/* Of one of the networks. */
static uint64_t prepared_bytes(const mcnn_net *net) {
  return net ? mcnn_saturating_add(mcnn_net_bytes(net),
                                   mcnn_alloc_bytes(mcnn_net_packed_floats(net), sizeof(float)))
             : 0;
}

uint64_t mcnn_model_text_bytes(const mnistcnn_model *model) {
  uint64_t bytes = 0;
  size_t names = 0;
  for (uint32_t i = 0; model->class_names && i < model->arch->num_classes; i++)
    names += strlen(model->class_names[i]) + 1;
  if (model->class_names)
    bytes = mcnn_names_bytes(model->arch->num_classes, names);
  for (size_t i = 0; i < model->num_notes; i++) {
    bytes += mcnn_alloc_bytes(strlen(model->notes[i].key) + 1, 1);
    bytes += mcnn_alloc_bytes(strlen(model->notes[i].value) + 1, 1);
  }
  return bytes;
}

mcnn_nets mcnn_model_nets(const mnistcnn_model *model) {
  return (mcnn_nets){model->net, model->gray_net};
}

static prepared exchange_prepared(mnistcnn_model *model, const prepared *next) {
  const prepared before = {mcnn_model_nets(model), model->packed, model->gray_packed};
  model->net = next->nets.net;
  model->gray_net = next->nets.gray_net;
  model->packed = next->packed;
  model->gray_packed = next->gray_packed;
  return before;
}

mnistcnn_status mcnn_model_select_isa(mnistcnn_model *model, mcnn_isa isa) {
  prepared p = {0};
  if (!mcnn_isa_available(isa)) {
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "this processor or build does not have the instruction set %s",
                     mcnn_isa_name(isa));
  }
  const mnistcnn_status status = prepare(model->arch, isa, &model->alloc, &p);
  if (status != MNISTCNN_OK)
    return status;
  prepared before = exchange_prepared(model, &p);
  free_prepared(&before, &model->alloc);
  mcnn_model_weights_changed(model);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_model_select_isa_named(mnistcnn_model *model, const char *name) {
  mcnn_isa isa = mcnn_isa_best();
  if (strcmp(name, "auto") != 0 && !mcnn_isa_from_name(name, &isa)) {
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "there is no instruction set \"%.40s\" (auto, portable, baseline, neon, "
                     "avx2, avx512)",
                     name);
  }
  return mcnn_model_select_isa(model, isa);
}

void mcnn_model_weights_changed(mnistcnn_model *model) {
  model->generation++;
  mcnn_net_pack(model->net, model->weights, model->packed);
  if (model->gray_net)
    mcnn_net_pack(model->gray_net, model->weights, model->gray_packed);
}

/* --- life ------------------------------------------------------------------------------------- */

static mnistcnn_status allocate_parts(mnistcnn_model *model) {
  const mcnn_arch *arch = model->arch;
  model->weights = mcnn_alloc_zeroed(&model->alloc, arch->parameter_floats, sizeof(float));
  model->id = mcnn_model_id_create(&model->alloc);
  model->number_names = mcnn_names_of_numbers(&model->alloc, arch->num_classes);
  model->notes = mcnn_alloc_zeroed(&model->alloc, MCNN_MAX_NOTES, sizeof *model->notes);
  const int ok = model->weights && model->id && model->number_names && model->notes;
  return ok ? mcnn_model_select_isa(model, mcnn_isa_best()) : MNISTCNN_OUT_OF_MEMORY;
}

/* The model itself and what allocate_parts() allocates. */
static uint64_t parts_bytes(const mcnn_arch *arch) {
  return mcnn_saturating_add(mcnn_alloc_bytes(arch->parameter_floats, sizeof(float)),
                             mcnn_alloc_bytes(1, sizeof(mnistcnn_model)) + mcnn_model_id_bytes() +
                                 mcnn_number_names_bytes(arch->num_classes) +
                                 mcnn_alloc_bytes(MCNN_MAX_NOTES, sizeof(mcnn_note)));
}

mnistcnn_status mcnn_model_cost(const mcnn_arch *arch, mcnn_isa isa, uint64_t text_bytes,
                                mcnn_cost *cost) {
  mcnn_nets nets;
  const mnistcnn_status status = mcnn_nets_create(arch, isa, &arch->alloc, &nets);
  if (status != MNISTCNN_OK)
    return status;
  const uint64_t ready =
      mcnn_saturating_add(prepared_bytes(nets.net), prepared_bytes(nets.gray_net));
  const uint64_t own = mcnn_saturating_add(parts_bytes(arch), mcnn_arch_bytes(arch));
  *cost = (mcnn_cost){.bytes = mcnn_saturating_add(mcnn_saturating_add(own, ready), text_bytes)};
  mcnn_nets_free(&nets);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_model_create_blank(mcnn_arch *arch, const mcnn_alloc *alloc,
                                        mnistcnn_model **out) {
  mnistcnn_model *model = mcnn_alloc_zeroed(alloc, 1, sizeof *model);
  *out = NULL;
  if (!model) {
    mcnn_arch_free(arch);
    return MNISTCNN_OUT_OF_MEMORY;
  }
  model->alloc = *alloc;
  model->arch = arch;
  model->preparation = mcnn_preparation_defaults;
  model->temperature = 1.0f;
  const mnistcnn_status status = allocate_parts(model);
  if (status != MNISTCNN_OK) {
    mcnn_model_free(model);
    return status;
  }
  *out = model;
  return MNISTCNN_OK;
}

static mnistcnn_status parse_options(const mnistcnn_model_options *options, const mcnn_alloc *alloc,
                                     mcnn_arch **arch) {
  const mcnn_shape input = {options->input_height, options->input_width, options->input_channels};
  char default_text[160];
  mcnn_arch_default_text(options->num_classes, default_text);
  return mcnn_arch_parse(options->architecture ? options->architecture : default_text, input,
                         options->num_classes, alloc, arch);
}

static mnistcnn_status apply_options(mnistcnn_model *model, const mnistcnn_model_options *options) {
  mnistcnn_preparation how;
  int is_known;
  mnistcnn_status status = mcnn_model_options_preparation(options, &how, &is_known);
  if (status == MNISTCNN_OK)
    status = mcnn_model_set_preparation(model, &how);
  if (status != MNISTCNN_OK)
    return status;
  model->preparation_origin = is_known ? MCNN_PREPARATION_KNOWN : MCNN_PREPARATION_NEW;
  mcnn_init_weights(model->arch, options->initializer, options->seed, model->weights);
  mcnn_model_weights_changed(model);
  return options->class_names
             ? mcnn_model_set_class_names(model, options->class_names, options->num_classes)
             : MNISTCNN_OK;
}

mnistcnn_status mcnn_model_create(const mnistcnn_model_options *options, const mcnn_alloc *alloc,
                                  mnistcnn_model **out) {
  mcnn_arch *arch;
  mnistcnn_model *model = NULL;
  *out = NULL;
  mnistcnn_status status = parse_options(options, alloc, &arch);
  if (status == MNISTCNN_OK)
    status = mcnn_model_create_blank(arch, alloc, &model);
  if (status == MNISTCNN_OK)
    status = apply_options(model, options);
  if (status != MNISTCNN_OK) {
    mcnn_model_free(model);
    return status;
  }
  *out = model;
  return MNISTCNN_OK;
}

static mnistcnn_status copy_content(const mnistcnn_model *from, mnistcnn_model *to) {
  const char *const *names = (const char *const *)from->class_names;
  memcpy(to->weights, from->weights, from->arch->parameter_floats * sizeof(float));
  to->preparation = from->preparation;
  to->preparation_origin = from->preparation_origin;
  to->temperature = from->temperature;
  to->rejection_threshold = from->rejection_threshold;
  mnistcnn_status status = mcnn_model_copy_notes(from, to);
  if (status == MNISTCNN_OK && names)
    status = mcnn_model_set_class_names(to, names, from->arch->num_classes);
  return status == MNISTCNN_OK ? mcnn_model_select_isa(to, mcnn_net_isa(from->net)) : status;
}

mnistcnn_status mcnn_model_clone(const mnistcnn_model *model, mnistcnn_model **out) {
  mcnn_arch *arch;
  mnistcnn_model *clone = NULL;
  *out = NULL;
  mnistcnn_status status = mcnn_arch_clone(model->arch, &model->alloc, &arch);
  if (status == MNISTCNN_OK)
    status = mcnn_model_create_blank(arch, &model->alloc, &clone);
  if (status == MNISTCNN_OK)
    status = copy_content(model, clone);
  if (status != MNISTCNN_OK) {
    mcnn_model_free(clone);
    return status;
  }
  *out = clone;
  return MNISTCNN_OK;
}

void mcnn_model_free(mnistcnn_model *model) {
  if (!model)
    return;
  const mcnn_alloc alloc = model->alloc;
  const prepared nothing = {0};
  prepared p = exchange_prepared(model, &nothing);
  free_prepared(&p, &alloc);
  mcnn_model_free_notes(model);
  mcnn_free(&alloc, model->class_names);
  mcnn_free(&alloc, model->number_names);
  mcnn_model_id_release(model->id);
  mcnn_free(&alloc, model->weights);
  mcnn_arch_free(model->arch);
  mcnn_free(&alloc, model);
}
