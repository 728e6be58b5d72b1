/* The backward pass of a dense layer that updates the weights as it goes, for AVX-512.
 *
 * The weight gradient of a large layer is a product over few rows (the batch), so writing and
 * reading it again is a good part of its cost; and the optimisers wait for the divider (square root
 * and division take 16 cycles a vector on a Zen 4) while the multiply-add units rest. Here the
 * gradient of one tile stays on the stack, and its update runs in between the multiply-adds of the
 * next tile: one vector with every k.
 *
 * 512 x 1000 weights, batch 32, us/image on a Zen 4, dw and then the optimiser / in one pass:
 * RMSprop 14.0 / 12.3, SGD 12.0 / 11.0 (dw alone: 9.5). With AVX2 the same was slower than the two
 * calls (15.6 to 18 against 14.9): 16 registers do not hold a tile of sums and an update.
 */

typedef enum update_kind {
  UPDATE_RMSPROP,
  UPDATE_SGD,
  UPDATE_NESTEROV, /* apart from SGD, so that no branch is left within a tile */
  UPDATE_ADAM
} update_kind;

typedef struct updater {
  update_kind kind;
  rmsprop_step rmsprop;
  sgd_step sgd;
  adam_step adam;
  float *w, *first, *second;
  size_t row; /* floats from row to row */
} updater;

static updater updater_of(const mcnn_optimiser_step *s, float *w, float *first, float *second,
                          size_t row) {
  updater u = {.w = w, .first = first, .second = second, .row = row};
  switch (s->kind) {
  case MCNN_OPTIMISER_RMSPROP:
    u.kind = UPDATE_RMSPROP;
    u.rmsprop = rmsprop_step_of(s->lr, s->b1, s->epsilon);
    break;
  case MCNN_OPTIMISER_SGD:
    u.kind = s->nesterov ? UPDATE_NESTEROV : UPDATE_SGD;
    u.sgd = sgd_step_of(s->lr, s->b1, s->decay);
    break;
  case MCNN_OPTIMISER_ADAM:
    u.kind = UPDATE_ADAM;
    u.adam =
        adam_step_of(s->lr, s->b1, s->b2, s->epsilon, s->decay, s->correction1, s->correction2);
    break;
  }
  return u;
}

VF_INLINE void update_vector(const update_kind kind, const int partial, const updater *u,
                             const float *gradient, size_t at, size_t lanes) {
  if (kind == UPDATE_RMSPROP)
    rmsprop_update(partial, &u->rmsprop, gradient, u->first + at, u->w + at, lanes);
  else if (kind == UPDATE_ADAM)
    adam_update(partial, &u->adam, gradient, u->first + at, u->second + at, u->w + at, lanes);
  else
    sgd_update(partial, kind == UPDATE_NESTEROV, &u->sgd, gradient, u->first + at, u->w + at,
               lanes);
}

/* The gradient of a tile that waits to be applied. */
typedef struct pending {
  _Alignas(64) float gradient[TILE_ROWS * TILE_COLUMNS];
  size_t at; /* of its first element in w */
  size_t rows, columns;
} pending;

VF_INLINE void apply_rows(const update_kind kind, const updater *u, const pending *t) {
  const float *gradient = t->gradient;
  size_t at = t->at;
  for (size_t r = 0; r < t->rows; r++, at += u->row, gradient += TILE_COLUMNS) {
    size_t j = 0;
    for (; j + VF_LANES <= t->columns; j += VF_LANES)
      update_vector(kind, 0, u, gradient + j, at + j, VF_LANES);
    if (j < t->columns)
      update_vector(kind, 1, u, gradient + j, at + j, t->columns - j);
  }
}

#define APPLY(name, kind)                                                                          \
  static void apply_##name(const updater *u, const pending *t) {                                   \
    apply_rows(kind, u, t);                                                                        \
  }
/* clang-format off */
APPLY(rmsprop, UPDATE_RMSPROP)
APPLY(sgd, UPDATE_SGD)
APPLY(nesterov, UPDATE_NESTEROV)
APPLY(adam, UPDATE_ADAM)
/* clang-format on */
#undef APPLY

static void apply(const updater *u, pending *t) {
  static void (*const apply_of[])(const updater *, const pending *) = {apply_rmsprop, apply_sgd,
                                                                       apply_nesterov, apply_adam};
  apply_of[u->kind](u, t);
  t->rows = 0;
}

static int is_whole(size_t rows, size_t columns) {
  return rows == TILE_ROWS && columns == TILE_COLUMNS;
}

/* What update_vector() will want: a tile's rows lie too far apart for the processor to guess. */
VF_INLINE void prefetch_vector(const update_kind kind, const updater *u, size_t at) {
  __builtin_prefetch(u->w + at, 1);
  __builtin_prefetch(u->first + at, 1);
  if (kind == UPDATE_ADAM)
    __builtin_prefetch(u->second + at, 1);
}

/* Compilers that gather the loads of several steps run out of registers. */
VF_INLINE void keep_order(void) {
  __asm__ volatile("" ::: "memory");
}

/* The next whole tile into `gradient`, while the whole tile `t` is applied. */
VF_INLINE void fused_tile(const update_kind kind, const product *p, const updater *u,
                          const pending *t, size_t next) {
  vf sum[TILE_ROWS][TILE_VECTORS];
  VF_EACH (r, TILE_ROWS)
    VF_EACH (v, TILE_VECTORS)
      sum[r][v] = vf_zero();
  const float *a = p->a, *b = p->b, *gradient = t->gradient;
  const size_t a_row = p->a_row, a_step = p->a_step, b_step = p->b_step;
  size_t at = t->at;
  for (size_t r = 0; r < TILE_ROWS; r++, at += u->row)
    VF_EACH (v, TILE_VECTORS) {
      tile_step(TILE_ROWS, TILE_VECTORS, 0, a, a_row, b, VF_LANES, sum);
      update_vector(kind, 0, u, gradient, at + v * VF_LANES, VF_LANES);
      prefetch_vector(kind, u, next + (at - t->at) + v * VF_LANES);
      keep_order();
      a += a_step;
      b += b_step;
      gradient += VF_LANES;
    }
  for (size_t k = TILE_ROWS * TILE_VECTORS; k < p->depth; k++, a += a_step, b += b_step)
    tile_step(TILE_ROWS, TILE_VECTORS, 0, a, a_row, b, VF_LANES, sum);
  VF_EACH (r, TILE_ROWS)
    VF_EACH (v, TILE_VECTORS)
      vf_store(p->c + r * TILE_COLUMNS + v * VF_LANES, sum[r][v]);
}

#define FUSED(name, kind)                                                                          \
  static void fused_##name(const product *p, const updater *u, const pending *t, size_t next) {    \
    fused_tile(kind, p, u, t, next);                                                               \
  }
/* clang-format off */
FUSED(rmsprop, UPDATE_RMSPROP)
FUSED(sgd, UPDATE_SGD)
FUSED(nesterov, UPDATE_NESTEROV)
FUSED(adam, UPDATE_ADAM)
/* clang-format on */
#undef FUSED

/* Both at once where both are whole tiles and the batch is long enough; returns 0 otherwise. */
static int advance_fused(const product *p, const updater *u, pending *before, const pending *now) {
  static void (*const fused[])(const product *, const updater *, const pending *,
                               size_t) = {fused_rmsprop, fused_sgd, fused_nesterov, fused_adam};
  if (!is_whole(now->rows, now->columns) || !is_whole(before->rows, before->columns) ||
      p->depth < TILE_ROWS * TILE_VECTORS)
    return 0;
  fused[u->kind](p, u, before, now->at);
  before->rows = 0;
  return 1;
}

/* Computes one tile's gradient into `now` and applies `before`. */
static void advance(const product *p, const updater *u, pending *before, const pending *now) {
  if (advance_fused(p, u, before, now))
    return;
  apply(u, before);
  multiply_panel(*p, now->rows, now->columns);
}

static size_t at_most(size_t a, size_t limit) {
  return a < limit ? a : limit;
}

/* w[begin..end) and its optimiser state; p gives x from row `begin` on, dz, and the batch. */
static void update_weights(product p, const updater *u, size_t begin, size_t end) {
  const float *const x = p.a, *const dz = p.b;
  pending tiles[2];
  tiles[0].rows = tiles[1].rows = 0;
  size_t turn = 0;
  for (size_t j = 0; j < u->row; j += TILE_COLUMNS)
    for (size_t i = begin; i < end; i += TILE_ROWS, turn ^= 1) {
      pending *now = &tiles[turn];
      now->at = i * u->row + j;
      now->rows = at_most(end - i, TILE_ROWS);
      now->columns = at_most(u->row - j, TILE_COLUMNS);
      p.a = x + (i - begin);
      p.b = dz + j;
      p.c = now->gradient;
      advance(&p, u, &tiles[turn ^ 1], now);
    }
  apply(u, &tiles[turn ^ 1]);
}

/* Rows of w that are still in the second-level cache when they have served dx. */
#define FUSED_CHUNK ((size_t)64)

void MCNN_ISA_SUFFIX(mcnn_dense_backward_update)(const mcnn_dense_geometry *g,
                                                 const mcnn_optimiser_step *step, const float *x,
                                                 const float *dz, size_t rows, float *w,
                                                 float *first, float *second, float *dx,
                                                 size_t begin, size_t end) {
  const updater u = updater_of(step, w, first, second, g->outputs);
  for (size_t i = begin; i < end; i += FUSED_CHUNK) {
    const size_t stop = i + at_most(end - i, FUSED_CHUNK);
    const product p = {.a = x + i,
                       .a_row = 1,
                       .a_step = g->inputs,
                       .b = dz,
                       .b_step = g->outputs,
                       .c_row = TILE_COLUMNS,
                       .depth = rows,
                       .finish = FINISH_STORE};
    if (dx)
      input_gradient(g, w, dz, rows, dx, i, stop);
    update_weights(p, &u, i, stop);
  }
}
