/* The inner loops of Winograd's algorithm (winograd.c). Included once per instruction set. */

#define WINOGRAD_MAX_POINTS ((size_t)64) /* points of a tile */

/* Both dimensions of a transform are the same work: lines of vectors are read, each line is
 * transformed by itself and written elsewhere. All distances in floats. */
typedef struct winograd_lines {
  size_t count;
  const float *from;
  size_t from_step, from_line; /* within a line, and from line to line */
  size_t lanes;                /* that are there; the others are read as 0 */
  float *to;
  size_t to_step, to_line;
} winograd_lines;

/* `partial`: whether there may be fewer lanes than a vector has. */
#define DEFINE_LINES(name, transform, inputs, outputs, partial)                                    \
  static void name(const winograd_lines *l) {                                                      \
    const size_t from_step = l->from_step, to_step = l->to_step, lanes = l->lanes;                 \
    const float *from = l->from;                                                                   \
    float *to = l->to;                                                                             \
    for (size_t line = l->count; line > 0; --line, from += l->from_line, to += l->to_line) {       \
      vf before[inputs], after[outputs];                                                           \
      VF_EACH (i, inputs)                                                                          \
        before[i] =                                                                                \
            (partial) ? vf_load_some(from + i * from_step, lanes) : vf_load(from + i * from_step); \
      transform(before, after);                                                                    \
      VF_EACH (i, outputs)                                                                         \
        vf_store(to + i * to_step, after[i]);                                                      \
    }                                                                                              \
  }
DEFINE_LINES(input_lines_5, winograd_input_5, 8, 8, 1)
DEFINE_LINES(input_lines_3, winograd_input_3, 6, 6, 1)
DEFINE_LINES(output_lines_5, winograd_output_5, 8, 4, 0)
DEFINE_LINES(output_lines_3, winograd_output_3, 6, 4, 0)
#if VF_MASKED && VF_REGISTERS == 32
#define input_full_lines_5 input_lines_5 /* a load under a mask costs no more */
#define input_full_lines_3 input_lines_3
#else
DEFINE_LINES(input_full_lines_5, winograd_input_5, 8, 8, 0)
DEFINE_LINES(input_full_lines_3, winograd_input_3, 6, 6, 0)
#endif

/* One tile's input; the last vector of channels is written whole. */
static void winograd_input(const mcnn_winograd *plan, const float *x, float *inputs) {
  const size_t channels = plan->padded.in_channels, points = plan->points;
  vf columns[WINOGRAD_MAX_POINTS];
  winograd_lines across = {.count = points,
                           .from_step = plan->padded.in_width * channels,
                           .from_line = channels,
                           .to = (float *)columns,
                           .to_step = VF_LANES,
                           .to_line = points * VF_LANES};
  winograd_lines down = {.count = points,
                         .from = (const float *)columns,
                         .from_step = points * VF_LANES,
                         .from_line = VF_LANES,
                         .lanes = VF_LANES,
                         .to_step = plan->input_point,
                         .to_line = points * plan->input_point};
  for (size_t c = 0; c < channels; c += VF_LANES) {
    across.from = x + c;
    across.lanes = lanes_left(channels, c);
    down.to = inputs + c;
    (points == 8 ? input_lines_5 : input_lines_3)(&across);
    (points == 8 ? input_full_lines_5 : input_full_lines_3)(&down);
  }
}

/* At one point: `tiles` tiles by `vectors` vectors of output channels. */
VF_INLINE void multiply_tiles(const mcnn_winograd *plan, size_t tiles, size_t vectors,
                              const float *inputs, const float *filters, float *products) {
  const size_t channels = plan->padded.in_channels;
  const size_t from_tile = plan->channels / VF_LANES * plan->product_block;
  vf sums[24];
  VF_EACH (i, tiles * vectors)
    sums[i] = vf_zero();
  const size_t filters_step = plan->channels;
  size_t left = channels;
  do { /* there is a channel: so a compiler need not keep sums for when there is none */
    vf filter[2];
    VF_EACH (v, vectors)
      filter[v] = vf_load(filters + v * VF_LANES);
    VF_EACH (t, tiles) {
      const vf_factor input = vf_load_factor(inputs + t * channels);
      VF_EACH (v, vectors)
        sums[t * vectors + v] = vf_fma_factor(input, filter[v], sums[t * vectors + v]);
    }
    inputs++;
    filters += filters_step;
  } while (--left > 0);
  VF_EACH (t, tiles)
    VF_EACH (v, vectors)
      vf_store(products + t * from_tile + v * plan->product_block, sums[t * vectors + v]);
}

/* As many tiles at once as the registers hold; returns how many it did. */
VF_INLINE size_t multiply_some(const mcnn_winograd *plan, size_t tiles, size_t vectors,
                               const float *inputs, const float *filters, float *products) {
#if VF_REGISTERS == 32
  if (tiles >= 12) {
    multiply_tiles(plan, 12, vectors, inputs, filters, products);
    return 12;
  }
#elif !VF_FEW_SUMS
  if (tiles >= 6) {
    multiply_tiles(plan, 6, vectors, inputs, filters, products);
    return 6;
  }
#endif
  if (tiles >= 4) {
    multiply_tiles(plan, 4, vectors, inputs, filters, products);
    return 4;
  }
  multiply_tiles(plan, 1, vectors, inputs, filters, products);
  return 1;
}

static void winograd_multiply(const mcnn_winograd *plan, size_t tiles, const float *inputs,
                              const float *filters, float *products) {
  const size_t vectors = plan->channels / VF_LANES;
  for (size_t t = 0; t < tiles;) {
    const float *const from = inputs + t * plan->padded.in_channels;
    float *const to = products + t * vectors * plan->product_block;
    size_t done = 0;
    size_t v = 0;
    for (; v + 2 <= vectors; v += 2) {
      done = multiply_some(plan, tiles - t, 2, from, filters + v * VF_LANES,
                           to + v * plan->product_block);
    }
    if (v < vectors) {
      done = multiply_some(plan, tiles - t, 1, from, filters + v * VF_LANES,
                           to + v * plan->product_block);
    }
    t += done;
  }
}

static void winograd_output(const mcnn_winograd *plan, const mcnn_tile_output *out,
                            const float *products) {
  const size_t points = plan->points;
  vf columns[MCNN_CONV_TILE * 8];
  vf sums[MCNN_CONV_TILE * MCNN_CONV_TILE];
  winograd_lines across = {.count = points,
                           .from_step = points * VF_LANES,
                           .from_line = VF_LANES,
                           .to = (float *)columns,
                           .to_step = points * VF_LANES,
                           .to_line = VF_LANES};
  const winograd_lines down = {.count = MCNN_CONV_TILE,
                               .from = (const float *)columns,
                               .from_step = VF_LANES,
                               .from_line = points * VF_LANES,
                               .to = (float *)sums,
                               .to_step = VF_LANES,
                               .to_line = MCNN_CONV_TILE * VF_LANES};
  for (size_t c = 0; c < out->g->out_channels; c += VF_LANES, products += plan->product_block) {
    across.from = products;
    (points == 8 ? output_lines_5 : output_lines_3)(&across);
    (points == 8 ? output_lines_5 : output_lines_3)(&down);
    store_tile(out, MCNN_CONV_TILE, sums, c, lanes_left(out->g->out_channels, c));
  }
}
