#include "exchange/c/values.h"

#include "exchange/floats.h"

#include <math.h>

enum { A_LINE = 8, SHORT_A_LINE = 16 };

void mcnn_c_write_float(mcnn_json_writer *writer, float value) {
  const uint32_t bits = mcnn_bits_of_float(value);
  const unsigned exponent = bits >> 23 & 0xFFu, mantissa = (bits & 0x7FFFFFu) << 1;
  const char *const sign = bits >> 31 ? "-" : "";
  if (exponent == 0 && mantissa == 0)
    mcnn_json_format(writer, "0");
  else if (exponent == 0)
    mcnn_json_format(writer, "%s0x0.%06xp-126f", sign, mantissa);
  else
    mcnn_json_format(writer, "%s0x1.%06xp%df", sign, mantissa, (int)exponent - 127);
}

void mcnn_c_write_floats(mcnn_json_writer *writer, const char *prefix, const char *op,
                         const char *what, const float *values, size_t count) {
  mcnn_json_format(writer, "\nstatic const float %s_%s_%s[%zu] = {", prefix, op, what, count);
  for (size_t i = 0; i < count; i++) {
    mcnn_json_format(writer, i % A_LINE == 0 ? "\n    " : " ");
    mcnn_c_write_float(writer, values[i]);
    mcnn_json_format(writer, ",");
  }
  mcnn_json_format(writer, "\n};\n");
}

/* Where in the kernel an output's value for position `at` of the window and input `i` is. */
static size_t index_in_kernel(const mcnn_network *n, const mcnn_network_op *op, size_t output,
                              size_t at, size_t i) {
  const size_t inputs = mcnn_network_input(n, op)->channels;
  if (op->is_depthwise)
    return at * inputs * op->multiplier + output;
  return (at * inputs + i) * op->channels + output;
}

mnistcnn_status mcnn_c_write_int8_kernel(mcnn_json_writer *writer, const char *prefix,
                                         const mcnn_network *network, const mcnn_network_op *op) {
  const size_t size = mcnn_network_kernel_size(network, op), each = size / op->channels;
  const size_t inputs = op->is_depthwise ? 1 : mcnn_network_input(network, op)->channels;
  float *const scales = mcnn_alloc_array(&network->alloc, op->channels, sizeof *scales);
  if (!scales)
    return MNISTCNN_OUT_OF_MEMORY;
  mcnn_json_format(writer, "\nstatic const int8_t %s_%s_kernel[%zu] = {", prefix, op->name, size);
  for (size_t o = 0; o < op->channels; o++) {
    float largest = 0;
    for (size_t k = 0; k < each; k++) {
      const float w = op->kernel[index_in_kernel(network, op, o, k / inputs, k % inputs)];
      largest = fabsf(w) > largest ? fabsf(w) : largest;
    }
    scales[o] = largest > 0 ? largest / 127 : 1;
    for (size_t k = 0; k < each; k++) {
      const float w = op->kernel[index_in_kernel(network, op, o, k / inputs, k % inputs)];
      const size_t done = o * each + k;
      mcnn_json_format(writer, "%s%ld,", done % SHORT_A_LINE == 0 ? "\n    " : " ",
                       lroundf(w / scales[o]));
    }
  }
  mcnn_json_format(writer, "\n};\n");
  mcnn_c_write_floats(writer, prefix, op->name, "scales", scales, op->channels);
  mcnn_free(&network->alloc, scales);
  return MNISTCNN_OK;
}
