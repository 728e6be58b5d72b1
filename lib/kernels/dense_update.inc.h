/* The backward pass of a dense layer that updates the weights as it goes.
 *
 * Weight gradients of a large layer are products of few rows (the batch), so writing and reading
 * them again costs as much time as computing them; and the optimisers wait for the divider (square
 * root and division take 16 cycles a vector on a Zen 4) while the multiply-add units rest. Here the
 * gradient of one tile stays on the stack, and its update runs in between the multiply-adds of the
 * next tile: one vector is updated with every k.
 */

/* Two columns of sums on 16 registers, so that the update finds registers too. */
#define FUSED_ROWS TILE_ROWS
#if VF_LANES == 16
#define FUSED_VECTORS ((size_t)3)
#else
#define FUSED_VECTORS ((size_t)2)
#endif
#define FUSED_COLUMNS (FUSED_VECTORS * VF_LANES)

typedef struct updater {
  mcnn_optimiser kind;
  rmsprop_step rmsprop;
  sgd_step sgd;
  adam_step adam;
  float *w, *first, *second;
  size_t row; /* floats from row to row */
} updater;

static updater updater_of(const mcnn_optimiser_step *s, float *w, float *first, float *second,
                          size_t row) {
  updater u = {.kind = s->kind, .w = w, .first = first, .second = second, .row = row};
  switch (s->kind) {
  case MCNN_OPTIMISER_RMSPROP:
    u.rmsprop = rmsprop_step_of(s->lr, s->b1, s->epsilon);
    break;
  case MCNN_OPTIMISER_SGD:
    u.sgd = sgd_step_of(s->lr, s->b1, s->nesterov, s->decay);
    break;
  case MCNN_OPTIMISER_ADAM:
    u.adam =
        adam_step_of(s->lr, s->b1, s->b2, s->epsilon, s->decay, s->correction1, s->correction2);
    break;
  }
  return u;
}

VF_INLINE void update_vector(const mcnn_optimiser kind, const int partial, const updater *u,
                             const float *gradient, size_t at, size_t lanes) {
  if (kind == MCNN_OPTIMISER_RMSPROP)
    rmsprop_update(partial, &u->rmsprop, gradient, u->first + at, u->w + at, lanes);
  else if (kind == MCNN_OPTIMISER_SGD)
    sgd_update(partial, &u->sgd, gradient, u->first + at, u->w + at, lanes);
  else
    adam_update(partial, &u->adam, gradient, u->first + at, u->second + at, u->w + at, lanes);
}

/* The gradient of a tile that waits to be applied. */
typedef struct pending {
  float gradient[FUSED_ROWS * FUSED_COLUMNS];
  size_t at; /* of its first element in w */
  size_t rows, columns;
} pending;

static int is_whole(size_t rows, size_t columns) {
  return rows == FUSED_ROWS && columns == FUSED_COLUMNS;
}

static void apply(const updater *u, pending *t) {
  for (size_t r = 0; r < t->rows; r++)
    for (size_t j = 0; j < t->columns; j += VF_LANES) {
      const size_t rest = t->columns - j;
      update_vector(u->kind, 1, u, t->gradient + r * FUSED_COLUMNS + j, t->at + r * u->row + j,
                    rest < VF_LANES ? rest : VF_LANES);
    }
  t->rows = 0;
}

/* The next whole tile into `gradient`, while the whole tile `t` is applied. */
VF_INLINE void fused_tile(const mcnn_optimiser kind, const product *p, const updater *u,
                          const pending *t) {
  vf sum[TILE_ROWS][TILE_VECTORS];
  VF_EACH (r, FUSED_ROWS)
    VF_EACH (v, FUSED_VECTORS)
      sum[r][v] = vf_zero();
  const float *a = p->a, *b = p->b, *gradient = t->gradient;
  const size_t a_row = p->a_row, a_step = p->a_step, b_step = p->b_step;
  size_t at = t->at;
  for (size_t r = 0; r < FUSED_ROWS; r++, at += u->row)
    VF_EACH (v, FUSED_VECTORS) {
      tile_step(FUSED_ROWS, FUSED_VECTORS, 0, a, a_row, b, VF_LANES, sum);
      update_vector(kind, 0, u, gradient, at + v * VF_LANES, VF_LANES);
      a += a_step;
      b += b_step;
      gradient += VF_LANES;
    }
  for (size_t k = FUSED_ROWS * FUSED_VECTORS; k < p->depth; k++, a += a_step, b += b_step)
    tile_step(FUSED_ROWS, FUSED_VECTORS, 0, a, a_row, b, VF_LANES, sum);
  VF_EACH (r, FUSED_ROWS)
    VF_EACH (v, FUSED_VECTORS)
      vf_store(p->c + r * FUSED_COLUMNS + v * VF_LANES, sum[r][v]);
}

static void fused_rmsprop(const product *p, const updater *u, const pending *t) {
  fused_tile(MCNN_OPTIMISER_RMSPROP, p, u, t);
}

static void fused_sgd(const product *p, const updater *u, const pending *t) {
  fused_tile(MCNN_OPTIMISER_SGD, p, u, t);
}

static void fused_adam(const product *p, const updater *u, const pending *t) {
  fused_tile(MCNN_OPTIMISER_ADAM, p, u, t);
}

/* Computes one tile's gradient into `now` and applies `before`. */
static void advance(product p, const updater *u, pending *before, pending *now) {
  p.c = now->gradient;
  p.c_row = FUSED_COLUMNS;
  if (is_whole(now->rows, now->columns) && is_whole(before->rows, before->columns) &&
      p.depth >= FUSED_ROWS * FUSED_VECTORS) {
    static void (*const fused[])(const product *, const updater *,
                                 const pending *) = {fused_rmsprop, fused_sgd, fused_adam};
    fused[u->kind](&p, u, before);
    before->rows = 0;
    return;
  }
  apply(u, before);
  multiply_panel(p, now->rows, now->columns);
}

static size_t at_most(size_t a, size_t limit) {
  return a < limit ? a : limit;
}

/* w[begin..end) and its optimiser state; p gives x from row `begin` on, dz, and the batch. */
static void update_weights(product p, const updater *u, size_t begin, size_t end) {
  pending tiles[2];
  tiles[0].rows = tiles[1].rows = 0;
  size_t turn = 0;
  for (size_t i = begin; i < end; i += FUSED_ROWS, p.a += FUSED_ROWS)
    for (size_t j = 0; j < u->row; j += FUSED_COLUMNS, turn ^= 1) {
      pending *now = &tiles[turn];
      now->at = i * u->row + j;
      now->rows = at_most(end - i, FUSED_ROWS);
      now->columns = at_most(u->row - j, FUSED_COLUMNS);
      product tile_product = p;
      tile_product.b += j;
      advance(tile_product, u, &tiles[turn ^ 1], now);
    }
  apply(u, &tiles[turn ^ 1]);
}

/* Rows of w that are still in the second-level cache when they have served dx. */
#define FUSED_CHUNK ((size_t)32)

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
                       .depth = rows,
                       .finish = FINISH_STORE};
    if (dx)
      input_gradient(g, w, dz, rows, dx, i, stop);
    update_weights(p, &u, i, stop);
  }
}
