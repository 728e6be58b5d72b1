/* What is left of a moment once its gradients have stopped: it shrinks with every step until, after
 * some hundred of them, it is a subnormal number, which processors take a hundred cycles for. Far
 * above those, and far below what moves a weight (its root is to be seen beside epsilon = 1e-8), it
 * becomes 0. */
#define TINY_MOMENT 1e-33f

VF_INLINE vf settled(vf moment) {
  return vf_zero_if_below(moment, TINY_MOMENT);
}
