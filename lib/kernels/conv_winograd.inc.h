/* Convolution by Winograd's F(4x4, 5x5) and F(4x4, 3x3): a tile of 4x4 outputs costs 64 products
 * per channel pair instead of 400 (36 instead of 144). Tiles go through in blocks: transform their
 * input, multiply by the transformed filters point by point, transform back, and there bias, ReLU
 * and pooling are done while the tile is in registers. Each tile is computed by itself, so results
 * do not depend on the blocks. Included once per instruction set. */

#define WINOGRAD_BLOCK ((size_t)12) /* tiles that share one pass over the filters */
#define WINOGRAD_MOST  ((size_t)64) /* points of a tile */

/* What one call works on; sizes in floats. */
typedef struct winograd {
  mcnn_conv_geometry padded;      /* framed so that whole tiles fit, without padding */
  size_t points;                  /* of one dimension: kernel size + 3 */
  size_t tile_rows, tile_columns; /* tiles of one image */
  size_t channels;                /* output channels rounded up to whole vectors */
  size_t input_point;             /* from point to point of the transformed inputs */
  size_t product_block;           /* from vector to vector of products: all points of one */
} winograd;

/* Fewer products than the plain way, by enough to pay for the transforms; with fewer than four
 * input channels the direct way was measured to be at least as fast. */
static int conv_winograd_serves(const mcnn_conv_geometry *g) {
  const size_t kernel = g->kernel_height;
  const size_t tiles =
      conv_tiles(conv_used_rows(g), CONV_TILE) * conv_tiles(conv_used_columns(g), CONV_TILE);
  const size_t plain = mcnn_conv_positions(g) * kernel * kernel;
  return (kernel == 5 || kernel == 3) && g->kernel_width == kernel && g->in_channels >= 4 &&
         conv_tile_finishes(g) && tiles * (kernel + 3) * (kernel + 3) * 3 < plain * 2;
}

static winograd winograd_plan(const mcnn_conv_geometry *g) {
  const mcnn_conv_geometry framed = conv_frame(g, CONV_TILE, CONV_TILE);
  winograd plan = {.padded = conv_without_padding(&framed)};
  plan.points = (size_t)g->kernel_height + CONV_TILE - 1;
  plan.tile_rows = conv_tiles(conv_used_rows(g), CONV_TILE);
  plan.tile_columns = conv_tiles(conv_used_columns(g), CONV_TILE);
  plan.channels = (g->out_channels + VF_LANES - 1) / VF_LANES * VF_LANES;
  /* One line more than needed, so that neighbouring points fall into different cache sets. */
  plan.input_point = mcnn_align_floats(WINOGRAD_BLOCK * g->in_channels) + 16;
  plan.product_block = plan.points * plan.points * VF_LANES + 16;
  return plan;
}

/* Filters as [point][input channel][output channel, rounded up]. */
static size_t conv_winograd_packed_floats(const mcnn_conv_geometry *g) {
  const winograd plan = winograd_plan(g);
  return plan.points * plan.points * g->in_channels * plan.channels;
}

VF_INLINE void winograd_pack_vector(const mcnn_conv_geometry *g, const winograd *plan,
                                    size_t points, const float *w, size_t n, float *packed) {
  const size_t taps = points + 1 - CONV_TILE;
  vf columns[WINOGRAD_MOST], rows[WINOGRAD_MOST];
  CONV_EACH(kw, taps) {
    vf column[8];
    CONV_EACH(kh, taps) {
      column[kh] = vf_load_some(w + (kh * taps + kw) * g->in_channels * g->out_channels, n);
    }
    winograd_filter(points, column, 1, columns + kw * points);
  }
  CONV_EACH(i, points) {
    winograd_filter(points, columns + i, points, rows + i);
  }
  /* rows[j * points + i]: point j across, i down */
  CONV_EACH(i, points) {
    CONV_EACH(j, points) {
      vf_store(packed + (i * points + j) * g->in_channels * plan->channels, rows[j * points + i]);
    }
  }
}

static void conv_winograd_pack(const mcnn_conv_geometry *g, const float *w, float *packed,
                               size_t begin, size_t end) {
  const winograd plan = winograd_plan(g);
  for (size_t ic = 0; ic < g->in_channels; ++ic) {
    for (size_t oc = begin; oc < end; oc += VF_LANES) {
      const float *from = w + ic * g->out_channels + oc;
      float *const to = packed + ic * plan.channels + oc;
      const size_t n = lanes_left(g->out_channels, oc);
      if (plan.points == 8) {
        winograd_pack_vector(g, &plan, 8, from, n, to);
      } else {
        winograd_pack_vector(g, &plan, 6, from, n, to);
      }
    }
  }
}

/* One tile's input, n channels from x, into the block's inputs. */
VF_INLINE void transform_input(const winograd *plan, size_t points, const float *x, size_t n,
                               float *inputs) {
  const size_t channels = plan->padded.in_channels;
  const size_t pitch = (size_t)plan->padded.in_width * channels;
  vf columns[WINOGRAD_MOST];
  CONV_EACH(j, points) {
    vf column[8];
    VF_EACH (i, points) {
      column[i] = vf_load_some(x + i * pitch + j * channels, n);
    }
    winograd_input(points, column, 1, columns + j * points);
  }
  CONV_EACH(i, points) {
    vf row[8], point[8];
    VF_EACH (j, points) {
      row[j] = columns[j * points + i];
    }
    winograd_input(points, row, 1, point);
    VF_EACH (j, points) {
      vf_store_some(inputs + (i * points + j) * plan->input_point, point[j], n);
    }
  }
}

static void transform_tile_input(const winograd *plan, const float *x, float *inputs) {
  const size_t channels = plan->padded.in_channels;
  for (size_t c = 0; c < channels; c += VF_LANES) {
    const size_t n = lanes_left(channels, c);
    if (plan->points == 8) {
      transform_input(plan, 8, x + c, n, inputs + c);
    } else {
      transform_input(plan, 6, x + c, n, inputs + c);
    }
  }
}

/* At one point: `tiles` tiles by `vectors` vectors of output channels. */
VF_INLINE void multiply_tiles(const winograd *plan, size_t tiles, size_t vectors,
                              const float *inputs, const float *filters, float *products) {
  const size_t channels = plan->padded.in_channels;
  const size_t from_tile = plan->channels / VF_LANES * plan->product_block;
  vf sums[WINOGRAD_BLOCK * 2];
  VF_EACH (i, tiles * vectors) {
    sums[i] = vf_zero();
  }
  for (size_t ic = 0; ic < channels; ++ic) {
    vf filter[2];
    VF_EACH (v, vectors) {
      filter[v] = vf_load(filters + ic * plan->channels + v * VF_LANES);
    }
    VF_EACH (t, tiles) {
      const vf input = vf_set1(inputs[t * channels + ic]);
      VF_EACH (v, vectors) {
        sums[t * vectors + v] = vf_fma(input, filter[v], sums[t * vectors + v]);
      }
    }
  }
  VF_EACH (t, tiles) {
    VF_EACH (v, vectors) {
      vf_store(products + t * from_tile + v * plan->product_block, sums[t * vectors + v]);
    }
  }
}

/* As many tiles at once as the registers hold; returns how many it did. */
VF_INLINE size_t multiply_some(const winograd *plan, size_t tiles, size_t vectors,
                               const float *inputs, const float *filters, float *products) {
#if defined(MCNN_SIMD_AVX512)
  if (tiles >= 12) {
    multiply_tiles(plan, 12, vectors, inputs, filters, products);
    return 12;
  }
#else
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

static void multiply_point(const winograd *plan, size_t tiles, const float *inputs,
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

VF_INLINE void transform_output(size_t points, const float *products, vf *sums) {
  vf columns[CONV_TILE * 8];
  CONV_EACH(j, points) {
    vf column[8];
    VF_EACH (i, points) {
      column[i] = vf_load(products + (i * points + j) * VF_LANES);
    }
    winograd_output(points, column, 1, columns + j, points);
  }
  CONV_EACH(i, CONV_TILE) {
    winograd_output(points, columns + i * points, 1, sums + i * CONV_TILE, 1);
  }
}

static void transform_tile_output(const winograd *plan, const tile_output *out,
                                  const float *products) {
  for (size_t c = 0; c < out->g->out_channels; c += VF_LANES, products += plan->product_block) {
    const size_t n = lanes_left(out->g->out_channels, c);
    vf sums[CONV_TILE * CONV_TILE];
    if (plan->points == 8) {
      transform_output(8, products, sums);
    } else {
      transform_output(6, products, sums);
    }
    store_tile(out, CONV_TILE, sums, c, n);
  }
}

static size_t winograd_input_floats(const winograd *plan) {
  return plan->points * plan->points * plan->input_point;
}

static size_t winograd_product_floats(const winograd *plan) {
  return WINOGRAD_BLOCK * (plan->channels / VF_LANES) * plan->product_block;
}

static size_t conv_winograd_scratch_floats(const mcnn_conv_geometry *g) {
  const winograd plan = winograd_plan(g);
  const mcnn_conv_geometry framed = conv_frame(g, CONV_TILE, CONV_TILE);
  return winograd_input_floats(&plan) + mcnn_align_floats(winograd_product_floats(&plan)) +
         conv_padded_floats(&framed, 1);
}

static void conv_winograd_forward(const mcnn_conv_geometry *g, const float *packed,
                                  const float *bias, const float *x, size_t images, float *y,
                                  uint8_t *chosen, float *scratch) {
  const winograd plan = winograd_plan(g);
  const mcnn_conv_geometry framed = conv_frame(g, CONV_TILE, CONV_TILE);
  const size_t per_image = plan.tile_rows * plan.tile_columns;
  const size_t tiles = images * per_image;
  float *const inputs = scratch;
  float *const products = inputs + winograd_input_floats(&plan);
  float *const padded = products + mcnn_align_floats(winograd_product_floats(&plan));
  const float *image = NULL;
  for (size_t first = 0; first < tiles; first += WINOGRAD_BLOCK) {
    const size_t count = tiles - first < WINOGRAD_BLOCK ? tiles - first : WINOGRAD_BLOCK;
    for (size_t t = 0; t < count; ++t) {
      const size_t tile = (first + t) % per_image;
      if (image == NULL || tile == 0) {
        image = conv_pad(&framed, x + (first + t) / per_image * mcnn_conv_in_size(g), 1, padded);
      }
      const size_t row = tile / plan.tile_columns * CONV_TILE;
      const size_t column = tile % plan.tile_columns * CONV_TILE;
      transform_tile_input(&plan, image + (row * plan.padded.in_width + column) * g->in_channels,
                           inputs + t * g->in_channels);
    }
    for (size_t point = 0; point < plan.points * plan.points; ++point) {
      multiply_point(&plan, count, inputs + point * plan.input_point,
                     packed + point * g->in_channels * plan.channels, products + point * VF_LANES);
    }
    for (size_t t = 0; t < count; ++t) {
      const size_t tile = (first + t) % per_image;
      tile_output out = tile_output_of(g, bias, (first + t) / per_image, y, chosen);
      out.row = tile / plan.tile_columns * CONV_TILE;
      out.column = tile % plan.tile_columns * CONV_TILE;
      transform_tile_output(&plan, &out,
                            products + t * (plan.channels / VF_LANES) * plan.product_block);
    }
  }
}
