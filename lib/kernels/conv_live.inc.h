/* The live units of a pooled convolution: max-pooling passes a window's gradient to one of its
 * positions and ReLU to none where the unit is dead, so that the gradient of the convolution's
 * output is at most one in pool_height * pool_width non-zero. Listing what is left turns the
 * backward pass into a few axpys of whole patches. Included once per instruction set. */
#include "kernels/simd_compact.h"

/* One live unit, as the inner loops want it. */
typedef struct live_unit {
  int32_t offset; /* floats: of the patch under it, or of its filter */
  float gradient;
} live_unit;

/* The live units of one window, in the order of their channels. */
typedef struct live_window {
  float *gradients;
  uint32_t *channels;
  size_t count;
} live_window;

/* Scratch for a live_window: room for every channel and one vector more for each array. */
static size_t live_window_floats(const mcnn_conv_geometry *g) {
  return 2 * mcnn_align_floats((size_t)g->out_channels + VF_LANES);
}

static live_window live_window_in(const mcnn_conv_geometry *g, float *scratch) {
  void *const channels = scratch + live_window_floats(g) / 2;
  const live_window window = {.gradients = scratch, .channels = channels, .count = 0};
  return window;
}

/* Lists the live ones among one window's channels. */
static void find_live(const mcnn_conv_geometry *g, const float *y, const float *dy,
                      live_window *window) {
  size_t count = 0;
  for (size_t c = 0; c < g->out_channels; c += VF_LANES) {
    const size_t n = lanes_left(g->out_channels, c);
    count += vf_append_live(g->relu ? y + c : NULL, dy + c, n, (uint32_t)c,
                            window->gradients + count, window->channels + count);
  }
  window->count = count;
}
