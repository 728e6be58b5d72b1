#include "nn/net.h"

#include "base/cost.h"
#include "base/sizes.h"
#include "nn/layer_kind.h"
#include "nn/plan.h"

#include <string.h>

/* The activations of an image block should stay in the second-level cache: 80 Ki floats are 320
 * KiB, which takes two images of MobileNetV1 0.25 at 96x96: predicting many took 0.95 of the time
 * that it took with one, a training step 0.97. Where the weights of a layer are more, they are what
 * has to be fetched for every block, so that the activations may be as many: of ten 3x3
 * convolutions with 32 to 176 filters, a training step took 1.3 times as long with two images a
 * block as with seven. In training, where batch normalisations wait for the whole batch, a block
 * goes through one or two ops at a time, so that less has to stay: MobileNetV1 took 0.98.
 */
enum { IMAGE_BLOCK_FLOATS = 80 * 1024, STAGE_BLOCK_FLOATS = 320 * 1024, MAX_IMAGE_BLOCK = 8 };

/* --- building --------------------------------------------------------------------------------- */

static void place_packed(mcnn_net *net, int training) {
  mcnn_plan *plan = &net->plans[training];
  for (size_t i = 0; i < plan->num_ops; i++) {
    mcnn_op *op = &plan->ops[i];
    if (!op->kind->packed_floats)
      continue;
    op->packed_offset[training] = plan->packed_floats;
    plan->packed_floats += mcnn_round_up_cache_line(op->kind->packed_floats(net, op, training));
  }
}

/* Parameters of the spatial part's largest layer. */
static size_t largest_layer(const mcnn_plan *plan) {
  size_t most = 0;
  for (size_t i = 0; i < plan->num_spatial; i++)
    most = mcnn_max(most, mcnn_layer_parameter_count(plan->ops[i].layer));
  return most;
}

static size_t widest_output(const mcnn_plan *plan) {
  size_t widest = 0;
  for (size_t i = 0; i < plan->num_spatial; i++)
    widest = mcnn_max(widest, plan->ops[i].out_floats);
  return widest;
}

static void measure_image_block(const mcnn_net *net, mcnn_plan *plan) {
  const int has_stages = mcnn_next_statistics(plan, 0) < plan->num_spatial;
  const size_t usual = has_stages ? STAGE_BLOCK_FLOATS : IMAGE_BLOCK_FLOATS;
  /* The largest output of one image in the spatial part. */
  const size_t widest = mcnn_max(net->input_floats, widest_output(plan));
  const size_t fit = mcnn_max(usual, largest_layer(plan)) / mcnn_max(widest, 1);
  plan->image_block = mcnn_min(mcnn_max(fit, 1), MAX_IMAGE_BLOCK);
}

static void measure(mcnn_net *net) {
  const mcnn_shape input = net->arch->input;
  const size_t pixels = (size_t)input.height * input.width;
  net->input_floats = net->gray_input ? pixels : pixels * input.channels;
  const mcnn_plan *plan = &net->plans[MCNN_FOR_TRAINING];
  net->feature_floats =
      plan->num_spatial > 0 ? plan->ops[plan->num_spatial - 1].out_floats : net->input_floats;
  for (int training = 0; training < 2; training++)
    measure_image_block(net, &net->plans[training]);
}

mnistcnn_status mcnn_net_create(const mcnn_arch *arch, mcnn_isa isa, int gray_input,
                                const mcnn_alloc *alloc, mcnn_net **out) {
  mcnn_net *net = mcnn_alloc_zeroed(alloc, 1, sizeof *net);
  *out = NULL;
  if (!net)
    return MNISTCNN_OUT_OF_MEMORY;
  net->alloc = *alloc;
  net->arch = arch;
  net->kernels = mcnn_kernels_for(isa);
  net->int8 = mcnn_int8_kernels_for(isa);
  net->gray_input = gray_input && arch->layers[0].kind->takes_gray;
  for (int training = 0; training <= 1; training++) {
    mcnn_plan *plan = &net->plans[training];
    plan->ops = mcnn_alloc_zeroed(alloc, mcnn_plan_max_ops(arch), sizeof *plan->ops);
    if (!plan->ops) {
      mcnn_net_free(net);
      return MNISTCNN_OUT_OF_MEMORY;
    }
  }
  mcnn_plan_build(net);
  place_packed(net, MCNN_FOR_PREDICTION);
  place_packed(net, MCNN_FOR_TRAINING);
  measure(net);
  *out = net;
  return MNISTCNN_OK;
}

void mcnn_net_free(mcnn_net *net) {
  if (!net)
    return;
  const mcnn_alloc alloc = net->alloc;
  mcnn_free(&alloc, net->plans[MCNN_FOR_TRAINING].ops);
  mcnn_free(&alloc, net->plans[MCNN_FOR_PREDICTION].ops);
  mcnn_free(&alloc, net);
}

/* --- sizes ------------------------------------------------------------------------------------ */

mcnn_isa mcnn_net_isa(const mcnn_net *net) {
  return net->kernels->isa;
}

int mcnn_net_gray_input(const mcnn_net *net) {
  return net->gray_input;
}

size_t mcnn_net_input_floats(const mcnn_net *net) {
  return net->input_floats;
}

size_t mcnn_net_feature_floats(const mcnn_net *net) {
  return net->feature_floats;
}

size_t mcnn_net_packed_floats(const mcnn_net *net) {
  return net->plans[MCNN_FOR_PREDICTION].packed_floats;
}

size_t mcnn_net_image_block(const mcnn_net *net) {
  return net->plans[MCNN_FOR_PREDICTION].image_block;
}

uint64_t mcnn_net_bytes(const mcnn_net *net) {
  return mcnn_alloc_bytes(1, sizeof *net) +
         2 * mcnn_alloc_bytes(mcnn_plan_max_ops(net->arch), sizeof *net->plans[0].ops);
}

static uint64_t op_macs(const mcnn_op *op) {
  return op->kind->macs ? op->kind->macs(op) : 0;
}

uint64_t mcnn_net_macs(const mcnn_net *net) {
  const mcnn_plan *plan = &net->plans[MCNN_FOR_PREDICTION];
  uint64_t macs = 0;
  for (size_t i = 0; i < plan->num_ops; i++)
    macs = mcnn_saturating_add(macs, op_macs(&plan->ops[i]));
  return macs;
}

uint64_t mcnn_net_training_macs(const mcnn_net *net) {
  const mcnn_plan *plan = &net->plans[MCNN_FOR_TRAINING];
  uint64_t macs = 0;
  for (size_t i = 0; i < plan->num_ops; i++) {
    const uint64_t passes = i == 0 ? 2 : 3; /* nobody asks for the gradient of the input */
    macs = mcnn_saturating_add(macs, mcnn_saturating_mul(passes, op_macs(&plan->ops[i])));
  }
  return macs;
}

/* --- layouts of the weights ------------------------------------------------------------------- */

void mcnn_net_pack(const mcnn_net *net, const float *weights, float *packed) {
  mcnn_net_pack_for(net, weights, MCNN_FOR_PREDICTION, packed);
}

void mcnn_net_to_training(const mcnn_net *net, const float *parameters, float *training) {
  memcpy(training, parameters, net->arch->parameter_floats * sizeof *training);
  const mcnn_plan *plan = &net->plans[MCNN_FOR_TRAINING];
  for (size_t i = 0; i < plan->num_ops; i++)
    if (plan->ops[i].kind->to_training)
      plan->ops[i].kind->to_training(&plan->ops[i], parameters, training);
}

void mcnn_net_from_training(const mcnn_net *net, const float *training, float *parameters) {
  memcpy(parameters, training, net->arch->parameter_floats * sizeof *parameters);
  const mcnn_plan *plan = &net->plans[MCNN_FOR_TRAINING];
  for (size_t i = 0; i < plan->num_ops; i++)
    if (plan->ops[i].kind->from_training)
      plan->ops[i].kind->from_training(&plan->ops[i], training, parameters);
}
