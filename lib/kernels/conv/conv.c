/* Which algorithm a convolution takes. */
#include "kernels/conv/algorithms.h"
#include "kernels/gemm/gemm.h"
#include "kernels/rows.h"

#include <assert.h>
#include <string.h>

typedef enum conv_algorithm {
  CONV_GEMM,
  CONV_WINOGRAD,
  CONV_DIRECT,
  CONV_NONZERO,
  CONV_INDIRECT,
  CONV_POINTWISE
} conv_algorithm;

static conv_algorithm forward_algorithm(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  if (!kernels->conv.direct_columns)
    return CONV_GEMM;
  if (mcnn_winograd_supports(g))
    return CONV_WINOGRAD;
  if (mcnn_pointwise_supports(g))
    return CONV_POINTWISE;
  if (mcnn_direct_supports(g) && mcnn_conv_patch_size(g) > g->in_channels)
    return CONV_DIRECT;
  if (mcnn_nonzero_supports(kernels, g))
    return CONV_NONZERO;
  if (mcnn_indirect_supports(kernels, g))
    return CONV_INDIRECT;
  return mcnn_direct_supports(g) ? CONV_DIRECT : CONV_GEMM;
}

/* The backward pass. Some of them make the gradient of the weights alone where that of the input is
 * better made by the matrix product, from the weights as they are (few_dw.c makes both so). */
typedef enum backward_algorithm {
  BACKWARD_GEMM,
  BACKWARD_SPARSE,
  BACKWARD_WINOGRAD,
  BACKWARD_FEW,
  BACKWARD_POINTWISE,
  BACKWARD_INDIRECT,
  BACKWARD_INDIRECT_DW /* and the matrix product */
} backward_algorithm;

static backward_algorithm backward_of(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  if (kernels->conv.direct_columns && mcnn_sparse_supports(kernels, g))
    return BACKWARD_SPARSE;
  if (kernels->conv.direct_columns && mcnn_winograd_backward_supports(kernels, g))
    return BACKWARD_WINOGRAD;
  if (mcnn_few_supports(kernels, g))
    return BACKWARD_FEW;
  if (mcnn_pointwise_backward_supports(kernels, g))
    return BACKWARD_POINTWISE;
  if (!mcnn_indirect_supports(kernels, g))
    return BACKWARD_GEMM;
  return mcnn_indirect_gives_dx(kernels, g) ? BACKWARD_INDIRECT : BACKWARD_INDIRECT_DW;
}

/* Packed weights: what the forward pass reads, then what the backward pass reads. */
static size_t forward_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  switch (forward_algorithm(kernels, g)) {
  case CONV_WINOGRAD:
    return mcnn_round_up_cache_line(mcnn_winograd_packed_floats(kernels, g));
  case CONV_DIRECT:
    return mcnn_round_up_cache_line(mcnn_direct_packed_floats(kernels, g));
  case CONV_NONZERO:
    return mcnn_round_up_cache_line(mcnn_nonzero_packed_floats(g));
  case CONV_INDIRECT:
    return mcnn_round_up_cache_line(mcnn_indirect_packed_floats(kernels, g));
  case CONV_POINTWISE:
  case CONV_GEMM:
    break;
  }
  return mcnn_round_up_cache_line(mcnn_conv_weight_size(g));
}

static size_t backward_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  switch (backward_of(kernels, g)) {
  case BACKWARD_SPARSE:
    return mcnn_sparse_packed_floats(kernels, g);
  case BACKWARD_WINOGRAD:
    return mcnn_winograd_backward_packed_floats(kernels, g);
  case BACKWARD_INDIRECT:
    return mcnn_indirect_dx_packed_floats(kernels, g);
  default:
    return mcnn_conv_weight_size(g);
  }
}

size_t mcnn_conv_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                               int training) {
  return forward_packed_floats(kernels, g) + (training ? backward_packed_floats(kernels, g) : 0);
}

static void pack_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                         float *packed) {
  switch (forward_algorithm(kernels, g)) {
  case CONV_WINOGRAD:
    mcnn_winograd_pack(kernels, g, w, packed);
    break;
  case CONV_DIRECT:
    mcnn_direct_pack(kernels, g, w, packed);
    break;
  case CONV_NONZERO:
    mcnn_nonzero_pack(g, w, packed);
    break;
  case CONV_INDIRECT:
    mcnn_indirect_pack(kernels, g, w, packed);
    break;
  case CONV_POINTWISE:
    mcnn_pointwise_pack(kernels, g, w, packed);
    break;
  case CONV_GEMM:
    memcpy(packed, w, mcnn_conv_weight_size(g) * sizeof *w);
    break;
  }
}

/* free_floats: of the weights' size. */
static void pack_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                          float *free_floats, float *packed) {
  switch (backward_of(kernels, g)) {
  case BACKWARD_SPARSE:
    mcnn_sparse_pack(kernels, g, w, packed);
    break;
  case BACKWARD_WINOGRAD:
    mcnn_winograd_backward_pack(kernels, g, w, free_floats, packed);
    break;
  case BACKWARD_INDIRECT:
    mcnn_indirect_dx_pack(kernels, g, w, packed);
    break;
  default:
    memcpy(packed, w, mcnn_conv_weight_size(g) * sizeof *w);
  }
}

void mcnn_conv_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                    int training, float *packed) {
  assert(mcnn_conv_is_supported(g) && mcnn_is_aligned(packed));
  /* The backward layout first: it reads w from end to end, which fetches it soonest, and what is
   * packed last is free so far. */
  if (training)
    pack_backward(kernels, g, w, packed, packed + forward_packed_floats(kernels, g));
  pack_forward(kernels, g, w, packed);
}

static size_t forward_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  switch (forward_algorithm(kernels, g)) {
  case CONV_WINOGRAD:
    return mcnn_winograd_scratch_floats(kernels, g);
  case CONV_DIRECT:
    return mcnn_direct_scratch_floats(kernels, g);
  case CONV_NONZERO:
    return mcnn_nonzero_scratch_floats(g);
  case CONV_INDIRECT:
    return mcnn_indirect_forward_floats(g);
  case CONV_POINTWISE:
    return 0;
  case CONV_GEMM:
    break;
  }
  return mcnn_conv_gemm_scratch_floats(g);
}

static size_t backward_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  switch (backward_of(kernels, g)) {
  case BACKWARD_SPARSE:
    return mcnn_sparse_scratch_floats(kernels, g);
  case BACKWARD_WINOGRAD:
    return mcnn_winograd_backward_scratch_floats(kernels, g);
  case BACKWARD_FEW:
    return mcnn_few_scratch_floats(g);
  case BACKWARD_POINTWISE:
    return mcnn_pointwise_backward_floats(kernels, g);
  case BACKWARD_INDIRECT:
    return mcnn_indirect_backward_floats(kernels, g);
  case BACKWARD_INDIRECT_DW:
    return mcnn_max(mcnn_indirect_backward_floats(kernels, g), mcnn_conv_gemm_scratch_floats(g));
  case BACKWARD_GEMM:
    break;
  }
  return mcnn_conv_gemm_scratch_floats(g);
}

size_t mcnn_conv_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                                int training) {
  const size_t forward = forward_scratch_floats(kernels, g);
  const size_t backward = training ? backward_scratch_floats(kernels, g) : 0;
  return forward > backward ? forward : backward;
}

/* Whole tiles, whose rows are those of the convolution. */
size_t mcnn_conv_part_rows(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  switch (forward_algorithm(kernels, g)) {
  case CONV_WINOGRAD:
    return MCNN_CONV_TILE / g->pool_height;
  case CONV_DIRECT:
    return mcnn_direct_goes_by_pixels(kernels, g) ? 0 : MCNN_DIRECT_ROWS / g->pool_height;
  case CONV_INDIRECT:
  case CONV_POINTWISE:
    return 1;
  case CONV_NONZERO: /* asks for the image's first pixel */
    return 0;
  case CONV_GEMM:
    break;
  }
  return mcnn_gemm_rows_are_independent(kernels) ? 1 : 0;
}

/* The rows [begin, end) of y as a convolution of its own. The last rows have those with them that
 * fill no window. */
static mcnn_conv_geometry part_of(const mcnn_conv_geometry *g, size_t begin, size_t end,
                                  size_t *first_row) {
  const size_t top = begin * g->pool_height;
  const size_t bottom =
      end == mcnn_conv_pooled_height(g) ? g->out_height : end * (size_t)g->pool_height;
  const mcnn_rows rows = mcnn_rows_under(top, bottom, mcnn_conv_span_height(g), g->stride_height,
                                         g->pad_top, g->in_height);
  mcnn_conv_geometry part = *g;
  part.in_height = (uint32_t)rows.count;
  part.pad_top = (uint32_t)rows.above;
  part.pad_bottom = (uint32_t)rows.below;
  part.out_height = (uint32_t)(bottom - top);
  *first_row = rows.first;
  return part;
}

/* By the algorithm of the whole image, which needs no more scratch for a part of it. */
void mcnn_conv_forward_rows(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                            const float *packed, const float *bias, const float *x, size_t begin,
                            size_t end, float *y, float *scratch) {
  size_t first_row;
  const mcnn_conv_geometry part = part_of(g, begin, end, &first_row);
  const float *const from = x + first_row * g->in_width * g->in_channels;
  float *const to = y + begin * mcnn_conv_pooled_width(g) * g->out_channels;
  assert(mcnn_conv_is_supported(&part) && begin < end && mcnn_is_aligned(scratch));
  switch (forward_algorithm(kernels, g)) {
  case CONV_WINOGRAD:
    mcnn_winograd_forward(kernels, &part, packed, bias, from, 1, to, NULL, scratch);
    break;
  case CONV_DIRECT:
    mcnn_direct_forward(kernels, &part, packed, bias, from, 1, to, NULL, scratch);
    break;
  case CONV_INDIRECT:
    mcnn_indirect_forward(kernels, &part, packed, bias, from, 1, to, NULL, scratch);
    break;
  case CONV_POINTWISE:
    mcnn_pointwise_forward(kernels, &part, packed, bias, from, 1, to);
    break;
  case CONV_NONZERO: /* has no parts */
    assert(0);
    break;
  case CONV_GEMM:
    mcnn_conv_gemm_forward_rows(kernels, g, packed, bias, x, begin, end, y, scratch);
    break;
  }
}

void mcnn_conv_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                       const float *packed, const float *bias, const float *x, size_t images,
                       float *y, uint8_t *argmax, float *scratch) {
  assert(mcnn_conv_is_supported(g) && images > 0 && mcnn_is_aligned(packed) &&
         mcnn_is_aligned(scratch));
  switch (forward_algorithm(kernels, g)) {
  case CONV_WINOGRAD:
    mcnn_winograd_forward(kernels, g, packed, bias, x, images, y, argmax, scratch);
    break;
  case CONV_DIRECT:
    mcnn_direct_forward(kernels, g, packed, bias, x, images, y, argmax, scratch);
    break;
  case CONV_NONZERO:
    mcnn_nonzero_forward(kernels, g, packed, bias, x, images, y, scratch);
    break;
  case CONV_INDIRECT:
    mcnn_indirect_forward(kernels, g, packed, bias, x, images, y, argmax, scratch);
    break;
  case CONV_POINTWISE:
    mcnn_pointwise_forward(kernels, g, packed, bias, x, images, y);
    break;
  case CONV_GEMM:
    mcnn_conv_gemm_forward(kernels, g, packed, bias, x, images, y, argmax, scratch);
    break;
  }
}

static int is_sparse(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return backward_of(kernels, g) == BACKWARD_SPARSE;
}

size_t mcnn_conv_grad_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return is_sparse(kernels, g) ? mcnn_sparse_grad_floats(kernels, g)
                               : mcnn_conv_gemm_grad_floats(g);
}

void mcnn_conv_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                        const float *packed, const float *x, const float *y, const uint8_t *argmax,
                        const float *dy, size_t images, int accumulate, float *grad, float *dx,
                        float *scratch) {
  const backward_algorithm algorithm = backward_of(kernels, g);
  assert(mcnn_conv_is_supported(g) && images > 0 && mcnn_is_aligned(packed) &&
         mcnn_is_aligned(scratch));
  assert(argmax || !mcnn_conv_is_pooled(g));
  packed += forward_packed_floats(kernels, g);
  if (grad && !accumulate && algorithm != BACKWARD_SPARSE && /* which clear it by themselves */
      algorithm != BACKWARD_WINOGRAD)
    memset(grad, 0, mcnn_conv_gemm_grad_floats(g) * sizeof *grad);
  switch (algorithm) {
  case BACKWARD_SPARSE:
    mcnn_sparse_backward(kernels, g, packed, x, y, argmax, dy, images, accumulate, grad, dx,
                         scratch);
    break;
  case BACKWARD_WINOGRAD:
    mcnn_winograd_backward(kernels, g, packed, x, y, dy, images, accumulate, grad, dx, scratch);
    break;
  case BACKWARD_FEW:
    mcnn_few_backward(kernels, g, packed, x, y, dy, images, grad, dx, scratch);
    break;
  case BACKWARD_POINTWISE:
    mcnn_pointwise_backward(kernels, g, packed, x, y, dy, images, grad, dx, scratch);
    break;
  case BACKWARD_INDIRECT:
    mcnn_indirect_backward(kernels, g, packed, x, y, argmax, dy, images, grad, dx, scratch);
    break;
  case BACKWARD_INDIRECT_DW:
    if (grad)
      mcnn_indirect_backward(kernels, g, packed, x, y, argmax, dy, images, grad, NULL, scratch);
    if (dx)
      mcnn_conv_gemm_backward(kernels, g, packed, x, y, argmax, dy, images, NULL, dx, scratch);
    break;
  case BACKWARD_GEMM:
    mcnn_conv_gemm_backward(kernels, g, packed, x, y, argmax, dy, images, grad, dx, scratch);
    break;
  }
}

void mcnn_conv_grad_finish(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                           const float *grads, size_t count, size_t stride, float *dw, float *db,
                           size_t begin, size_t end) {
  size_t biases; /* where their gradient begins */
  assert(count > 0 && begin < end && end <= mcnn_conv_patch_size(g));
  assert(begin % MCNN_CONV_ROWS == 0);
  if (is_sparse(kernels, g)) {
    biases = mcnn_sparse_grad_finish(kernels, g, grads, count, stride, dw, begin, end);
  } else {
    biases = mcnn_conv_weight_size(g);
    mcnn_add_partials(kernels, (end - begin) * g->out_channels, grads + begin * g->out_channels,
                      count, stride, dw + begin * g->out_channels);
  }
  if (begin == 0 && db)
    mcnn_add_partials(kernels, g->out_channels, grads + biases, count, stride, db);
}
