/* Activations and their derivatives, over all of float's range: linear ones and clamps exact but
 * for rounding; elu, selu, sigmoid, tanh, softplus with their derivatives, and swish, within 4
 * units in the last place (or 1e-40, where products are subnormal); the others, in which sums
 * cancel, within 4 units or 2e-7. The last, partial vector goes through the same operations as the
 * others, so that the bytes do not depend on where a range is cut. Where a formula would multiply
 * an infinity by 0, its factor is first limited to where the other one is 0 already. */

/* A call is little beside an exponential; inlined everywhere, they would make the library a tenth
 * larger. */
#define VF_CALLED __attribute__((noinline))

/* --- exponentials ----------------------------------------------------------------------------- */

/* Added and taken away again, it rounds to whole numbers; before that, the lowest bits of the sum
 * are the whole number's. */
#define ROUNDING 12582912.0f

VF_INLINE vf nearest_whole(vf x) {
  return vf_sub(vf_add(x, vf_set1(ROUNDING)), vf_set1(ROUNDING));
}

/* 2^n for whole n from -126 to 127 */
VF_INLINE vf power_of_two(vf n) {
  return vf_bits_to_exponent(vf_add(n, vf_set1(ROUNDING + 127.0f)));
}

/* x = n ln 2 + r with |r| <= ln 2 / 2. The first part of ln 2 has few enough bits for exact
 * products. Returns exp(r) - 1. */
VF_INLINE vf reduced_expm1(vf x, vf *n) {
  *n = nearest_whole(vf_mul(x, vf_set1(1.44269504f)));
  vf r = vf_fma(*n, vf_set1(-0.693359375f), x);
  r = vf_fma(*n, vf_set1(2.12194440e-4f), r);
  vf p = vf_set1(1.98919917e-4f);
  p = vf_fma(p, r, vf_set1(1.39345415e-3f));
  p = vf_fma(p, r, vf_set1(8.33331048e-3f));
  p = vf_fma(p, r, vf_set1(4.16664556e-2f));
  p = vf_fma(p, r, vf_set1(1.66666672e-1f));
  p = vf_fma(p, r, vf_set1(0.5f));
  return vf_fma(vf_mul(r, r), p, r);
}

/* exp(x) for x <= 0, subnormal results too: in two steps, as the power may be below float's range.
 * Below -104 it rounds to 0. */
static VF_CALLED vf exp_of_negative(vf x) {
  vf n;
  const vf m = vf_add(reduced_expm1(vf_max(vf_set1(-104.0f), x), &n), vf_set1(1.0f));
  const vf half = nearest_whole(vf_mul(n, vf_set1(0.5f)));
  return vf_mul(vf_mul(m, power_of_two(half)), power_of_two(vf_sub(n, half)));
}

/* exp(x) - 1 for x <= 0; below -30 it has long been -1. */
static VF_CALLED vf expm1_of_negative(vf x) {
  vf n;
  const vf m = reduced_expm1(vf_max(vf_set1(-30.0f), x), &n);
  const vf power = power_of_two(n);
  return vf_fma(power, m, vf_sub(power, vf_set1(1.0f)));
}

/* exp(-|x|), from which both tails of a function follow without cancellation. */
VF_INLINE vf exp_of_minus_abs(vf x) {
  return exp_of_negative(vf_sub(vf_zero(), vf_abs(x)));
}

/* --- sigmoid, tanh, softplus ------------------------------------------------------------------ */

VF_INLINE vf sigmoid_given(vf x, vf e) {
  const vf one = vf_set1(1.0f);
  return vf_div(vf_where_greater(vf_zero(), x, e, one), vf_add(one, e));
}

VF_INLINE vf sigmoid_slope_given(vf e) {
  const vf sum = vf_add(vf_set1(1.0f), e);
  return vf_div(vf_div(e, sum), sum);
}

static VF_CALLED vf sigmoid(vf x) {
  return sigmoid_given(x, exp_of_minus_abs(x));
}

VF_INLINE vf sigmoid_slope(vf x) {
  return sigmoid_slope_given(exp_of_minus_abs(x));
}

/* d/dx of x sigmoid(z), given x dz / dx */
static VF_CALLED vf gated_slope(vf z, vf x_dz) {
  const vf e = exp_of_minus_abs(z);
  return vf_fma(x_dz, sigmoid_slope_given(e), sigmoid_given(z, e));
}

VF_INLINE vf hyperbolic_tangent(vf x) {
  const vf e = expm1_of_negative(vf_mul(vf_set1(-2.0f), vf_abs(x)));
  return vf_with_sign_of(vf_abs(vf_div(e, vf_add(vf_set1(2.0f), e))), x);
}

VF_INLINE vf tanh_slope(vf x) {
  return vf_mul(vf_set1(4.0f), sigmoid_slope(vf_add(x, x)));
}

/* max(0, x) + log(1 + e), e = exp(-|x|): log(1 + e) = 2 atanh(s) = 2 s (1 + s^2 / 3 + ...) with
 * s = e / (2 + e), of which twice is computed, as half a subnormal number loses a bit. */
VF_INLINE vf softplus(vf x) {
  const vf e = exp_of_minus_abs(x);
  const vf twice = vf_div(vf_add(e, e), vf_add(vf_set1(2.0f), e));
  const vf square = vf_mul(vf_mul(twice, twice), vf_set1(0.25f));
  vf p = vf_set1(0.140788898f);
  p = vf_fma(p, square, vf_set1(0.139825791f));
  p = vf_fma(p, square, vf_set1(0.200122982f));
  p = vf_fma(p, square, vf_set1(0.333331615f));
  p = vf_fma(p, square, vf_set1(1.0f));
  return vf_fma(twice, p, vf_max(vf_zero(), x));
}

/* --- units that are linear above 0 ------------------------------------------------------------ */

VF_INLINE vf elu(vf x, vf alpha) {
  return vf_where_greater(x, vf_zero(), x, vf_mul(alpha, expm1_of_negative(x)));
}

VF_INLINE vf elu_slope(vf x, vf alpha) {
  return vf_where_greater(x, vf_zero(), vf_set1(1.0f), vf_mul(alpha, exp_of_negative(x)));
}

VF_INLINE vf selu(vf x) {
  return vf_mul(vf_set1((float)MCNN_SELU_SCALE), elu(x, vf_set1((float)MCNN_SELU_ALPHA)));
}

VF_INLINE vf selu_slope(vf x) {
  const vf scale = vf_set1((float)MCNN_SELU_SCALE);
  const vf below = elu_slope(x, vf_set1((float)MCNN_SELU_ALPHA));
  return vf_where_greater(vf_zero(), x, vf_mul(scale, below), scale);
}

VF_INLINE vf leaky_relu(vf x, vf slope) {
  return vf_where_greater(x, vf_zero(), x, vf_mul(slope, x));
}

VF_INLINE vf leaky_relu_slope(vf x, vf slope) {
  return vf_where_greater(x, vf_zero(), vf_set1(1.0f), slope);
}

/* --- clamps ----------------------------------------------------------------------------------- */

VF_INLINE vf relu6(vf x) {
  return vf_min(vf_set1(6.0f), vf_max(vf_zero(), x));
}

/* value where low < x < high, else 0 */
VF_INLINE vf where_between(vf x, float low, float high, vf value) {
  const vf below = vf_where_greater(vf_set1(high), x, value, vf_zero());
  return vf_where_greater(x, vf_set1(low), below, vf_zero());
}

VF_INLINE vf hard_sigmoid(vf x) {
  return vf_div(relu6(vf_add(x, vf_set1(3.0f))), vf_set1(6.0f));
}

VF_INLINE vf hard_swish(vf x) {
  return vf_mul(vf_max(vf_set1(-3.0f), x), hard_sigmoid(x));
}

VF_INLINE vf hard_swish_slope(vf x) {
  const vf middle = vf_div(vf_fma(vf_set1(2.0f), x, vf_set1(3.0f)), vf_set1(6.0f));
  const vf below = vf_where_greater(vf_set1(3.0f), x, middle, vf_set1(1.0f));
  return vf_where_greater(x, vf_set1(-3.0f), below, vf_zero());
}

/* --- x times something that rises from 0 to 1 ------------------------------------------------- */

VF_INLINE vf limited(vf x, float limit) {
  return vf_min(vf_set1(limit), vf_max(vf_set1(-limit), x));
}

VF_INLINE vf swish(vf x) {
  return vf_mul(vf_max(vf_set1(-128.0f), x), sigmoid(x));
}

/* s + x s (1 - s) */
VF_INLINE vf swish_slope(vf x) {
  const vf near = limited(x, 128.0f);
  return gated_slope(near, near);
}

/* Phi(-a) exp(a^2 / 2) for 0 <= a <= 16: times a + 4 it is all but a polynomial of
 * (a - 4) / (a + 4). */
VF_INLINE vf scaled_normal_tail(vf a) {
  const vf sum = vf_add(a, vf_set1(4.0f));
  const vf t = vf_div(vf_sub(a, vf_set1(4.0f)), sum);
  vf p = vf_set1(-1.30122309e-4f);
  p = vf_fma(p, t, vf_set1(1.79049399e-4f));
  p = vf_fma(p, t, vf_set1(1.56336999e-3f));
  p = vf_fma(p, t, vf_set1(-3.51591897e-3f));
  p = vf_fma(p, t, vf_set1(-7.5223865e-3f));
  p = vf_fma(p, t, vf_set1(6.04054779e-2f));
  p = vf_fma(p, t, vf_set1(-1.8652384e-1f));
  p = vf_fma(p, t, vf_set1(3.87136698e-1f));
  p = vf_fma(p, t, vf_set1(-6.07896566e-1f));
  p = vf_fma(p, t, vf_set1(7.55285144e-1f));
  return vf_div(p, sum);
}

/* Phi(x) for |x| <= 16, given exp(-x^2 / 2) */
static VF_CALLED vf normal_distribution(vf x, vf bell) {
  const vf tail = vf_mul(scaled_normal_tail(vf_abs(x)), bell);
  return vf_where_greater(x, vf_zero(), vf_sub(vf_set1(1.0f), tail), tail);
}

VF_INLINE vf normal_bell(vf x) {
  return exp_of_negative(vf_mul(vf_mul(x, x), vf_set1(-0.5f)));
}

VF_INLINE vf gelu(vf x) {
  const vf near = limited(x, 16.0f);
  return vf_mul(vf_max(vf_set1(-16.0f), x), normal_distribution(near, normal_bell(near)));
}

VF_INLINE vf gelu_slope(vf x) {
  const vf near = limited(x, 16.0f), bell = normal_bell(near);
  const vf density = vf_mul(bell, vf_set1(0.398942280f));
  return vf_fma(near, density, normal_distribution(near, bell));
}

/* (1 + tanh(z)) / 2 = sigmoid(2 z); 2 z of gelu's tanh form, and its slope */
#define GELU_TANH_LINEAR 1.59576912f   /* 2 sqrt(2 / pi) */
#define GELU_TANH_CUBIC  0.0713548163f /* times 0.044715 */

VF_INLINE vf gelu_tanh(vf x) {
  const vf near = limited(x, 16.0f);
  const vf factor = vf_fma(vf_mul(near, near), vf_set1(GELU_TANH_CUBIC), vf_set1(GELU_TANH_LINEAR));
  return vf_mul(vf_max(vf_set1(-16.0f), x), sigmoid(vf_mul(near, factor)));
}

VF_INLINE vf gelu_tanh_slope(vf x) {
  const vf near = limited(x, 16.0f), square = vf_mul(near, near);
  const vf linear = vf_set1(GELU_TANH_LINEAR);
  const vf z = vf_mul(near, vf_fma(square, vf_set1(GELU_TANH_CUBIC), linear));
  const vf dz = vf_fma(square, vf_set1(3.0f * GELU_TANH_CUBIC), linear);
  return gated_slope(z, vf_mul(near, dz));
}

/* --- all of them ------------------------------------------------------------------------------ */

typedef vf (*vf_function)(vf x, vf parameter);

/* One loop for all functions, which are called vector by vector. */
static VF_CALLED void map(vf_function f, float parameter, size_t n, const float *x, float *y) {
  const vf p = vf_set1(parameter);
  for (size_t i = 0; i < n; i += VF_LANES) {
    const size_t lanes = lanes_left(n, i);
    vf_store_some(y + i, f(vf_load_some(x + i, lanes), p), lanes);
  }
}

static VF_CALLED void map_gradient(vf_function slope, float parameter, size_t n, const float *x,
                                   const float *dy, float *dx) {
  const vf p = vf_set1(parameter);
  for (size_t i = 0; i < n; i += VF_LANES) {
    const size_t lanes = lanes_left(n, i);
    const vf factor = slope(vf_load_some(x + i, lanes), p);
    vf_store_some(dx + i, vf_mul(vf_load_some(dy + i, lanes), factor), lanes);
  }
}

/* Not every function needs both. */
#define FUNCTION(name, value)                                                                      \
  static vf name(vf x, vf parameter) {                                                             \
    (void)x, (void)parameter;                                                                      \
    return value;                                                                                  \
  }

FUNCTION(linear_of, x)
FUNCTION(relu6_of, relu6(x))
FUNCTION(leaky_relu_of, leaky_relu(x, parameter))
FUNCTION(elu_of, elu(x, parameter))
FUNCTION(selu_of, selu(x))
FUNCTION(sigmoid_of, sigmoid(x))
FUNCTION(tanh_of, hyperbolic_tangent(x))
FUNCTION(swish_of, swish(x))
FUNCTION(gelu_of, gelu(x))
FUNCTION(gelu_tanh_of, gelu_tanh(x))
FUNCTION(softplus_of, softplus(x))
FUNCTION(hard_sigmoid_of, hard_sigmoid(x))
FUNCTION(hard_swish_of, hard_swish(x))

static vf_function function_of(mcnn_activation activation) {
  switch (activation) {
  case MCNN_ACTIVATION_RELU6:
    return relu6_of;
  case MCNN_ACTIVATION_LEAKY_RELU:
    return leaky_relu_of;
  case MCNN_ACTIVATION_ELU:
    return elu_of;
  case MCNN_ACTIVATION_SELU:
    return selu_of;
  case MCNN_ACTIVATION_SIGMOID:
    return sigmoid_of;
  case MCNN_ACTIVATION_TANH:
    return tanh_of;
  case MCNN_ACTIVATION_SWISH:
    return swish_of;
  case MCNN_ACTIVATION_GELU:
    return gelu_of;
  case MCNN_ACTIVATION_GELU_TANH:
    return gelu_tanh_of;
  case MCNN_ACTIVATION_SOFTPLUS:
    return softplus_of;
  case MCNN_ACTIVATION_HARD_SIGMOID:
    return hard_sigmoid_of;
  case MCNN_ACTIVATION_HARD_SWISH:
    return hard_swish_of;
  case MCNN_ACTIVATION_LINEAR:
  case MCNN_ACTIVATION_RELU:
    break;
  }
  return linear_of;
}

static void activation_forward(mcnn_activation activation, float parameter, size_t n,
                               const float *x, float *y) {
  if (activation == MCNN_ACTIVATION_RELU)
    relu_forward(n, x, y);
  else
    map(function_of(activation), parameter, n, x, y);
}

/* Where a slope jumps, it is the one that Keras takes with TensorFlow: at 0 the left one, but of
 * selu the right one; at the ends of a clamp that of the constant part. */
FUNCTION(linear_slope_of, vf_set1(1.0f))
FUNCTION(relu6_slope_of, where_between(x, 0.0f, 6.0f, vf_set1(1.0f)))
FUNCTION(leaky_relu_slope_of, leaky_relu_slope(x, parameter))
FUNCTION(elu_slope_of, elu_slope(x, parameter))
FUNCTION(selu_slope_of, selu_slope(x))
FUNCTION(sigmoid_slope_of, sigmoid_slope(x))
FUNCTION(tanh_slope_of, tanh_slope(x))
FUNCTION(swish_slope_of, swish_slope(x))
FUNCTION(gelu_slope_of, gelu_slope(x))
FUNCTION(gelu_tanh_slope_of, gelu_tanh_slope(x))
FUNCTION(hard_sigmoid_slope_of, where_between(x, -3.0f, 3.0f, vf_set1(1.0f / 6.0f)))
FUNCTION(hard_swish_slope_of, hard_swish_slope(x))

static vf_function slope_of(mcnn_activation activation) {
  switch (activation) {
  case MCNN_ACTIVATION_RELU6:
    return relu6_slope_of;
  case MCNN_ACTIVATION_LEAKY_RELU:
    return leaky_relu_slope_of;
  case MCNN_ACTIVATION_ELU:
    return elu_slope_of;
  case MCNN_ACTIVATION_SELU:
    return selu_slope_of;
  case MCNN_ACTIVATION_SIGMOID:
    return sigmoid_slope_of;
  case MCNN_ACTIVATION_TANH:
    return tanh_slope_of;
  case MCNN_ACTIVATION_SWISH:
    return swish_slope_of;
  case MCNN_ACTIVATION_GELU:
    return gelu_slope_of;
  case MCNN_ACTIVATION_GELU_TANH:
    return gelu_tanh_slope_of;
  case MCNN_ACTIVATION_SOFTPLUS:
    return sigmoid_of;
  case MCNN_ACTIVATION_HARD_SIGMOID:
    return hard_sigmoid_slope_of;
  case MCNN_ACTIVATION_HARD_SWISH:
    return hard_swish_slope_of;
  case MCNN_ACTIVATION_LINEAR:
  case MCNN_ACTIVATION_RELU:
    break;
  }
  return linear_slope_of;
}

static void activation_backward(mcnn_activation activation, float parameter, size_t n,
                                const float *x, const float *dy, float *dx) {
  if (activation == MCNN_ACTIVATION_RELU)
    relu_backward(n, x, dy, dx); /* x > 0 where relu(x) > 0 */
  else
    map_gradient(slope_of(activation), parameter, n, x, dy, dx);
}

#undef FUNCTION

/* The members of an instruction set's table that are above. */
#define ACTIVATION_KERNELS                                                                         \
  .activation_forward = activation_forward, .activation_backward = activation_backward
