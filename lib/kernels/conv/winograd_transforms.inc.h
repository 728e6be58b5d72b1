/* The one-dimensional transforms of Winograd's minimal filtering F(4, r) for r = 3 and 5: four
 * outputs of an r-tap filter from r + 3 products instead of 4 r. (A. Lavin, S. Gray: Fast
 * Algorithms for Convolutional Neural Networks, 2016.) They interpolate at 0, at infinity and at
 * pairs of opposite points, which share their even and odd parts: for r = 5 at 1, -1, 2, -2, 1/2
 * and -1/2; for r = 3 at the two pairs below. The factors are spread so that the input transform
 * has no divisions.
 *
 * With a stride of 2 three taps fall apart: the first and the last see the even inputs only, as a
 * filter of two taps without strides, F(4, 2), which interpolates at two pairs and at infinity; the
 * middle one sees the odd inputs only, four products as they are. So nine points of nine inputs
 * make four outputs, from 9 products instead of 12, and the last four points share the filter's
 * sixth. */

/* Points with small errors of rounding, of those tried on random numbers against sums in double: at
 * 1 and 2 the errors of r = 3 would be twice as large, and with a stride of 2 they are those of
 * plain sums. The product of those of r = 3 is 1. */
#define FAR_3        1.5f
#define NEAR_3       (1.0f / FAR_3)
#define NEAR_STRIDED 0.5f
#define FAR_STRIDED  1.25f

#define SQUARE(x) ((x) * (x))

/* even + point * odd, and even - point * odd. */
VF_INLINE void opposite_points(vf even, vf odd, float point, vf *t) {
  const vf part = vf_mul(vf_set1(point), odd);
  t[0] = vf_add(even, part);
  t[1] = vf_sub(even, part);
}

/* B^T d, from r + 3 inputs. */
VF_INLINE void winograd_input_3(const vf *d, vf *t) {
  const vf d1 = d[1], d2 = d[2], d3 = d[3], d4 = d[4];
  const vf minus_near2 = vf_set1(-SQUARE(NEAR_3)), minus_far2 = vf_set1(-SQUARE(FAR_3));
  const vf sum = vf_set1(-SQUARE(NEAR_3) - SQUARE(FAR_3));
  t[0] = vf_add(d[0], vf_fma(sum, d2, d4));
  opposite_points(vf_fma(minus_far2, d2, d4), vf_fma(minus_far2, d1, d3), NEAR_3, t + 1);
  opposite_points(vf_fma(minus_near2, d2, d4), vf_fma(minus_near2, d1, d3), FAR_3, t + 3);
  t[5] = vf_add(d1, vf_fma(sum, d3, d[5]));
}

VF_INLINE void winograd_input_5(const vf *d, vf *t) {
  const vf d1 = d[1], d2 = d[2], d3 = d[3], d4 = d[4];
  const vf d5 = d[5], d6 = d[6];
  const vf even1 = vf_fma(vf_set1(-4.25f), d4, vf_add(d2, d6));
  const vf odd1 = vf_fma(vf_set1(-4.25f), d3, vf_add(d1, d5));
  const vf even2 = vf_fma(vf_set1(-1.25f), d4, vf_fma(vf_set1(0.25f), d2, d6));
  const vf odd2 = vf_fma(vf_set1(-2.5f), d3, vf_fma(vf_set1(0.5f), d1, vf_add(d5, d5)));
  const vf even3 = vf_fma(vf_set1(-5.0f), d4, vf_fma(vf_set1(4.0f), d2, d6));
  const vf odd3 = vf_fma(vf_set1(-2.5f), d3, vf_fma(vf_set1(0.5f), d5, vf_add(d1, d1)));
  t[0] = vf_fma(vf_set1(5.25f), vf_sub(d4, d2), vf_sub(d[0], d6));
  t[1] = vf_add(even1, odd1);
  t[2] = vf_sub(even1, odd1);
  t[3] = vf_add(even2, odd2);
  t[4] = vf_sub(even2, odd2);
  t[5] = vf_add(even3, odd3);
  t[6] = vf_sub(even3, odd3);
  t[7] = vf_fma(vf_set1(5.25f), vf_sub(d3, d5), vf_sub(d[7], d1));
}

#if VF_WINOGRAD_STRIDES
VF_INLINE void winograd_input_strided(const vf *d, vf *t) {
  const vf d0 = d[0], d1 = d[2], d2 = d[4], d3 = d[6];
  const vf minus_near2 = vf_set1(-SQUARE(NEAR_STRIDED)), minus_far2 = vf_set1(-SQUARE(FAR_STRIDED));
  const vf odd = vf_fma(minus_near2, d0, d2);
  opposite_points(vf_fma(minus_far2, d1, d3), vf_fma(minus_far2, d0, d2), NEAR_STRIDED, t);
  opposite_points(vf_fma(minus_near2, d1, d3), odd, FAR_STRIDED, t + 2);
  t[4] = vf_fma(minus_far2, odd, vf_fma(minus_near2, d2, d[8]));
  VF_EACH (i, 4)
    t[5 + i] = d[2 * i + 1];
}
#endif

/* What the input transform leaves to the filters: one over the product of a point's distances from
 * the others; times the point, so that the second output is of products as they are, and the first
 * of those divided by the point. */
#define NEAR_3_SCALE  (0.5f / (NEAR_3 * (SQUARE(NEAR_3) - SQUARE(FAR_3))))
#define FAR_3_SCALE   (0.5f / (FAR_3 * (SQUARE(FAR_3) - SQUARE(NEAR_3))))
#define STRIDED_SCALE (0.5f / (SQUARE(NEAR_STRIDED) - SQUARE(FAR_STRIDED)))

/* G g, from r taps. */
VF_INLINE void winograd_filter_3(const vf *g, vf *t) {
  const vf g0 = g[0], g1 = g[1], g2 = g[2];
  const vf near_scale = vf_set1(NEAR_3_SCALE), far_scale = vf_set1(FAR_3_SCALE);
  t[0] = g0;
  opposite_points(vf_mul(near_scale, vf_fma(vf_set1(SQUARE(NEAR_3)), g2, g0)),
                  vf_mul(near_scale, g1), NEAR_3, t + 1);
  opposite_points(vf_mul(far_scale, vf_fma(vf_set1(SQUARE(FAR_3)), g2, g0)), vf_mul(far_scale, g1),
                  FAR_3, t + 3);
  t[5] = g2;
}

VF_INLINE void winograd_filter_5(const vf *g, vf *t) {
  const vf g0 = g[0], g1 = g[1], g2 = g[2], g3 = g[3], g4 = g[4];
  const vf two = vf_set1(2.0f), four = vf_set1(4.0f);
  const vf even1 = vf_mul(vf_set1(-2.0f / 9.0f), vf_add(vf_add(g0, g4), g2));
  const vf odd1 = vf_mul(vf_set1(-2.0f / 9.0f), vf_add(g1, g3));
  const vf even2 = vf_mul(vf_set1(1.0f / 90.0f), vf_fma(four, vf_fma(four, g4, g2), g0));
  const vf odd2 = vf_mul(vf_set1(1.0f / 45.0f), vf_fma(four, g3, g1));
  const vf even3 = vf_mul(vf_set1(2.0f / 45.0f), vf_fma(four, vf_fma(four, g0, g2), g4));
  const vf odd3 = vf_mul(vf_set1(2.0f / 45.0f), vf_mul(two, vf_fma(four, g1, g3)));
  t[0] = g0;
  t[1] = vf_add(even1, odd1);
  t[2] = vf_sub(even1, odd1);
  t[3] = vf_add(even2, odd2);
  t[4] = vf_sub(even2, odd2);
  t[5] = vf_add(even3, odd3);
  t[6] = vf_sub(even3, odd3);
  t[7] = g4;
}

#if VF_WINOGRAD_STRIDES
VF_INLINE void winograd_filter_strided(const vf *g, vf *t) {
  const vf g0 = g[0], g2 = g[2];
  opposite_points(vf_mul(vf_set1(NEAR_STRIDED * STRIDED_SCALE), g2), g0, STRIDED_SCALE, t);
  opposite_points(vf_mul(vf_set1(-FAR_STRIDED * STRIDED_SCALE), g2), g0, -STRIDED_SCALE, t + 2);
  t[4] = g2;
  t[5] = g[1];
}
#endif

/* A^T m: four outputs from r + 3 products. */
VF_INLINE void winograd_output_3(const vf *m, vf *y) {
  const vf sum1 = vf_add(m[1], m[2]), difference1 = vf_sub(m[1], m[2]);
  const vf sum2 = vf_add(m[3], m[4]), difference2 = vf_sub(m[3], m[4]);
  const vf near1 = vf_set1(NEAR_3), far1 = vf_set1(FAR_3);
  y[0] = vf_fma(near1, sum2, vf_fma(far1, sum1, m[0]));
  y[1] = vf_add(difference1, difference2);
  y[2] = vf_fma(far1, sum2, vf_mul(near1, sum1));
  y[3] = vf_fma(vf_set1(SQUARE(FAR_3)), difference2,
                vf_fma(vf_set1(SQUARE(NEAR_3)), difference1, m[5]));
}

VF_INLINE void winograd_output_5(const vf *m, vf *y) {
  const vf sum1 = vf_add(m[1], m[2]);
  const vf difference1 = vf_sub(m[1], m[2]);
  const vf sum2 = vf_add(m[3], m[4]);
  const vf difference2 = vf_sub(m[3], m[4]);
  const vf sum3 = vf_add(m[5], m[6]);
  const vf difference3 = vf_sub(m[5], m[6]);
  y[0] = vf_add(vf_add(m[0], sum1), vf_add(sum2, sum3));
  y[1] = vf_fma(vf_set1(2.0f), difference2, vf_fma(vf_set1(0.5f), difference3, difference1));
  y[2] = vf_fma(vf_set1(4.0f), sum2, vf_fma(vf_set1(0.25f), sum3, sum1));
  y[3] = vf_fma(vf_set1(8.0f), difference2,
                vf_fma(vf_set1(0.125f), difference3, vf_add(difference1, m[7])));
}

#if VF_WINOGRAD_STRIDES
VF_INLINE void winograd_output_strided(const vf *m, vf *y) {
  const vf sum1 = vf_add(m[0], m[1]), difference1 = vf_sub(m[0], m[1]);
  const vf sum2 = vf_add(m[2], m[3]), difference2 = vf_sub(m[2], m[3]);
  y[0] =
      vf_fma(vf_set1(1.0f / FAR_STRIDED), sum2, vf_fma(vf_set1(1.0f / NEAR_STRIDED), sum1, m[5]));
  y[1] = vf_add(vf_add(difference1, difference2), m[6]);
  y[2] = vf_fma(vf_set1(FAR_STRIDED), sum2, vf_fma(vf_set1(NEAR_STRIDED), sum1, m[7]));
  y[3] = vf_fma(vf_set1(SQUARE(FAR_STRIDED)), difference2,
                vf_fma(vf_set1(SQUARE(NEAR_STRIDED)), difference1, vf_add(m[4], m[8])));
}
#endif
