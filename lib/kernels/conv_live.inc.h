/* The live units of a pooled convolution: max-pooling passes a window's gradient to one of its
 * positions and ReLU to none where the unit is dead, so that the gradient of the convolution's
 * output is at most one in pool_height * pool_width non-zero. Listing what is left turns the
 * backward pass into a few axpys of whole patches. Included once per instruction set. */

/* One live unit, as the inner loops want it. */
typedef struct live_unit {
  int32_t offset; /* floats: of the patch under it, or of its filter */
  float gradient;
} live_unit;

/* Channels whose lives one word tells. */
#define LIVE_CHANNELS ((size_t)64)

/* Which of the channels [c, c + LIVE_CHANNELS) of a window live, as bits: those whose gradient is
 * not zero and, where ReLU follows, whose output is positive. Walking over the bits costs one
 * mispredicted branch a window; asking unit by unit would cost one for every other unit. */
static uint64_t live_channels(const mcnn_conv_geometry *g, const float *y, const float *dy,
                              size_t c) {
  const size_t left = g->out_channels - c;
  const size_t count = left < LIVE_CHANNELS ? left : LIVE_CHANNELS;
  uint64_t live = 0;
  for (size_t i = 0; i < count; i += VF_LANES) {
    const size_t n = lanes_left(count, i);
    vf gradient = vf_load_some(dy + c + i, n);
    if (g->relu) {
      gradient = vf_where_positive(vf_load_some(y + c + i, n), gradient);
    }
    live |= (uint64_t)vf_nonzero_bits(gradient) << i;
  }
  return live;
}

static size_t first_channel(uint64_t live) {
  return (size_t)__builtin_ctzll(live);
}
