/* The one-dimensional transforms of Winograd's minimal filtering F(4, r) for r = 3 and 5: four
 * outputs of an r-tap filter from r + 3 products instead of 4 r. (A. Lavin, S. Gray: Fast
 * Algorithms for Convolutional Neural Networks, 2016.) They interpolate at 0, 1, -1, 2, -2, for r =
 * 5 also at 1/2, -1/2, and at infinity; the factors are spread so that the input transform has no
 * divisions. Pairs of opposite points share their even and odd parts. */

/* B^T d, from r + 3 inputs. */
VF_INLINE void winograd_input_3(const vf *d, vf *t) {
  const vf d1 = d[1], d2 = d[2], d3 = d[3], d4 = d[4];
  const vf four = vf_set1(4.0f), minus_four = vf_set1(-4.0f), minus_five = vf_set1(-5.0f);
  const vf even1 = vf_fma(minus_four, d2, d4);
  const vf odd1 = vf_fma(minus_four, d1, d3);
  const vf even2 = vf_sub(d4, d2);
  const vf half_odd2 = vf_sub(d3, d1);
  const vf odd2 = vf_add(half_odd2, half_odd2);
  t[0] = vf_fma(four, d[0], vf_fma(minus_five, d2, d4));
  t[1] = vf_add(even1, odd1);
  t[2] = vf_sub(even1, odd1);
  t[3] = vf_add(even2, odd2);
  t[4] = vf_sub(even2, odd2);
  t[5] = vf_fma(four, d1, vf_fma(minus_five, d3, d[5]));
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

/* G g, from r taps. */
VF_INLINE void winograd_filter_3(const vf *g, vf *t) {
  const vf g0 = g[0], g1 = g[1], g2 = g[2];
  const vf even1 = vf_mul(vf_set1(-1.0f / 6.0f), vf_add(g0, g2));
  const vf odd1 = vf_mul(vf_set1(-1.0f / 6.0f), g1);
  const vf even2 = vf_fma(vf_set1(1.0f / 6.0f), g2, vf_mul(vf_set1(1.0f / 24.0f), g0));
  const vf odd2 = vf_mul(vf_set1(1.0f / 12.0f), g1);
  t[0] = vf_mul(vf_set1(0.25f), g0);
  t[1] = vf_add(even1, odd1);
  t[2] = vf_sub(even1, odd1);
  t[3] = vf_add(even2, odd2);
  t[4] = vf_sub(even2, odd2);
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

/* A^T m: four outputs from r + 3 products. */
VF_INLINE void winograd_output_3(const vf *m, vf *y) {
  const vf sum1 = vf_add(m[1], m[2]);
  const vf difference1 = vf_sub(m[1], m[2]);
  const vf sum2 = vf_add(m[3], m[4]);
  const vf difference2 = vf_sub(m[3], m[4]);
  y[0] = vf_add(vf_add(m[0], sum1), sum2);
  y[1] = vf_fma(vf_set1(2.0f), difference2, difference1);
  y[2] = vf_fma(vf_set1(4.0f), sum2, sum1);
  y[3] = vf_fma(vf_set1(8.0f), difference2, vf_add(difference1, m[5]));
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
