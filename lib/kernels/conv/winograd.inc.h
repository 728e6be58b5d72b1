/* The inner loops of Winograd's algorithm (winograd.c). Included once per instruction set. */

#define WINOGRAD_MAX_LINE   ((size_t)9) /* points of one dimension */
#define WINOGRAD_MAX_POINTS (WINOGRAD_MAX_LINE * WINOGRAD_MAX_LINE)

/* Of the forms of a transform the one for so many points of one dimension. */
#if VF_WINOGRAD_STRIDES
#define WINOGRAD_FORM(points, name)                                                                \
  ((points) == 8 ? name##_5 : (points) == 9 ? name##_strided : name##_3)
#else
#define WINOGRAD_FORM(points, name) ((points) == 8 ? name##_5 : name##_3)
#endif

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
#if VF_WINOGRAD_STRIDES
DEFINE_LINES(input_lines_strided, winograd_input_strided, 9, 9, 1)
DEFINE_LINES(output_lines_strided, winograd_output_strided, 9, 4, 0)
#endif
/* These have more to do than ask for lanes. */
#define input_full_lines_5       input_lines_5
#define input_full_lines_strided input_lines_strided
#if VF_MASKED && VF_REGISTERS == 32
#define input_full_lines_3 input_lines_3 /* a load under a mask costs no more */
#else
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
    WINOGRAD_FORM(points, input_lines)(&across);
    WINOGRAD_FORM(points, input_full_lines)(&down);
  }
}

#if VF_REGISTERS == 32
#define WINOGRAD_TILES ((size_t)12)
#elif !VF_FEW_SUMS
#define WINOGRAD_TILES ((size_t)6)
#else
#define WINOGRAD_TILES ((size_t)4)
#endif

/* At one point: `tiles` tiles by `vectors` vectors of output channels. The largest tiles fetch what
 * comes next of the filters from `ahead`, unless that is NULL: they stay in the second-level cache.
 * WebAssembly fetches nothing ahead. */
VF_INLINE void multiply_tiles(const mcnn_winograd *plan, size_t tiles, size_t vectors,
                              const float *inputs, const float *filters, const float *ahead,
                              float *products) {
  const size_t channels = plan->padded.in_channels, from_tile = plan->product_tile;
  vf sums[24];
  VF_EACH (i, tiles * vectors)
    sums[i] = vf_zero();
  size_t ic = 0;
  do { /* there is a channel: so a compiler need not keep sums for when there is none */
    const size_t at = VF_STEPPING ? 0 : ic;
    if (VF_PREFETCHES && tiles == WINOGRAD_TILES && vectors == 2 && ahead)
      __builtin_prefetch(ahead + ic * 16, 0, 2);
    vf filter[2];
    VF_EACH (v, vectors)
      filter[v] = vf_load(filters + (at * vectors + v) * VF_LANES);
    VF_EACH (t, tiles) {
      const vf_factor input = vf_load_factor(inputs + t * plan->input_tile + at);
      VF_EACH (v, vectors)
        sums[t * vectors + v] = vf_fma_factor(input, filter[v], sums[t * vectors + v]);
    }
    inputs += VF_STEPPING;
    filters += VF_STEPPING * vectors * VF_LANES;
  } while (++ic < channels);
  VF_EACH (t, tiles)
    VF_EACH (v, vectors)
      vf_store(products + t * from_tile + v * plan->product_block, sums[t * vectors + v]);
}

/* As many tiles at once as the registers hold; returns how many it did. Sums of one tile wait for
 * each other as long as four tiles take: of 3x3 tiles, or 5x5, it goes with four others. */
VF_INLINE size_t multiply_some(const mcnn_winograd *plan, size_t tiles, size_t vectors,
                               const float *inputs, const float *filters, const float *ahead,
                               float *products) {
  if (WINOGRAD_TILES == 12 && vectors == 2 && (tiles == 13 || tiles == 9 || tiles == 5)) {
    multiply_tiles(plan, 5, vectors, inputs, filters, ahead, products);
    return 5;
  }
  if (WINOGRAD_TILES > 4 && tiles >= WINOGRAD_TILES) {
    multiply_tiles(plan, WINOGRAD_TILES, vectors, inputs, filters, ahead, products);
    return WINOGRAD_TILES;
  }
  if (tiles >= 4) {
    multiply_tiles(plan, 4, vectors, inputs, filters, ahead, products);
    return 4;
  }
  multiply_tiles(plan, 1, vectors, inputs, filters, ahead, products);
  return 1;
}

/* The filters of two vectors stay in the first-level cache while all tiles pass by. Two or three
 * tiles that are left are done with some others again. */
static void winograd_multiply(const mcnn_winograd *plan, size_t tiles, const float *inputs,
                              const float *filters, float *products) {
  const size_t channels = plan->padded.in_channels, vectors = plan->channels / VF_LANES;
  for (size_t v = 0, wide; v < vectors; v += wide) {
    wide = vectors - v >= 2 ? 2 : 1;
    const float *ahead =
        VF_PREFETCHES && plan->is_far ? filters + wide * channels * VF_LANES : NULL;
    for (size_t t = 0; t < tiles; ahead += ahead ? channels * 16 : 0) {
      if (tiles >= 4 && (tiles - t) / 2 == 1)
        t = tiles - 4;
      const float *const from = inputs + t * plan->input_tile;
      float *const to = products + t * plan->product_tile + v * plan->product_block;
      t += wide == 1 ? multiply_some(plan, tiles - t, 1, from, filters, ahead, to)
                     : multiply_some(plan, tiles - t, 2, from, filters, ahead, to);
    }
    filters += wide * channels * VF_LANES;
  }
}

static void winograd_output(const mcnn_winograd *plan, const mcnn_tile_output *out,
                            const float *products) {
  const size_t points = plan->points;
  vf columns[MCNN_CONV_TILE * WINOGRAD_MAX_LINE];
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
    WINOGRAD_FORM(points, output_lines)(&across);
    WINOGRAD_FORM(points, output_lines)(&down);
    store_tile(out, MCNN_CONV_TILE, sums, c, lanes_left(out->g->out_channels, c));
  }
}
