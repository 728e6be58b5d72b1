/* Geometries for the tests of convolution. */
#ifndef MCNN_TESTS_CONV_CASES_H
#define MCNN_TESTS_CONV_CASES_H

#include "kernel_support.h"
#include "kernels/conv/shape.h"

typedef struct conv_case {
  uint32_t height, width, channels;
  uint32_t kernel_height, kernel_width;
  uint32_t same; /* padding */
  uint32_t filters;
  mcnn_activation activation;
  uint32_t pool_height, pool_width;
} conv_case;

/* The same with strides and dilation. */
typedef struct stepping_case {
  conv_case c;
  uint32_t stride_height, stride_width, dilation_height, dilation_width;
} stepping_case;

/* Positions along one axis, and the zeros of padding "same". */
UNUSED static uint32_t axis_of(uint32_t same, uint32_t in, uint32_t kernel, uint32_t stride,
                               uint32_t dilation, uint32_t *zeros) {
  const uint32_t span = (kernel - 1) * dilation + 1;
  const uint32_t out = same ? (in + stride - 1) / stride : (in - span) / stride + 1;
  const uint32_t reach = (out - 1) * stride + span;
  *zeros = same && reach > in ? reach - in : 0;
  return out;
}

/* As the layer derives it: "same" puts the odd row or column at the bottom and at the right. */
UNUSED static mcnn_conv_geometry stepping_geometry_of(const stepping_case *stepping) {
  const conv_case *const c = &stepping->c;
  uint32_t pad_height, pad_width;
  const uint32_t out_height = axis_of(c->same, c->height, c->kernel_height, stepping->stride_height,
                                      stepping->dilation_height, &pad_height);
  const uint32_t out_width = axis_of(c->same, c->width, c->kernel_width, stepping->stride_width,
                                     stepping->dilation_width, &pad_width);
  const mcnn_conv_geometry g = {.in_height = c->height,
                                .in_width = c->width,
                                .in_channels = c->channels,
                                .kernel_height = c->kernel_height,
                                .kernel_width = c->kernel_width,
                                .pad_top = pad_height / 2,
                                .pad_left = pad_width / 2,
                                .pad_bottom = pad_height - pad_height / 2,
                                .pad_right = pad_width - pad_width / 2,
                                .out_height = out_height,
                                .out_width = out_width,
                                .out_channels = c->filters,
                                .stride_height = stepping->stride_height,
                                .stride_width = stepping->stride_width,
                                .dilation_height = stepping->dilation_height,
                                .dilation_width = stepping->dilation_width,
                                .pool_stride_height = c->pool_height,
                                .pool_stride_width = c->pool_width,
                                .activation = c->activation,
                                .pool_height = c->pool_height,
                                .pool_width = c->pool_width,
                                .input_is_relu = c->filters >= 64 || stepping->stride_height > 1};
  return g;
}

UNUSED static mcnn_conv_geometry geometry_of(const conv_case *c) {
  const stepping_case stepping = {*c, 1, 1, 1, 1};
  return stepping_geometry_of(&stepping);
}

static const conv_case chosen_cases[] = {
    {28, 28, 1, 5, 5, 0, 16, 1, 2, 2}, /* the reference network */
    {28, 28, 3, 5, 5, 0, 16, 1, 2, 2}, /* */
    {12, 12, 16, 5, 5, 0, 32, 1, 2, 2},
    {28, 28, 1, 5, 5, 1, 16, 1, 2, 2},
    {14, 14, 16, 5, 5, 1, 32, 1, 2, 2},
    {28, 28, 1, 3, 3, 0, 32, 1, 1, 1}, /* the other tutorials' */
    {13, 13, 32, 3, 3, 0, 33, 1, 2, 2},
    {12, 12, 8, 3, 3, 1, 16, 1, 2, 2},
    {1, 1, 1, 1, 1, 0, 1, 0, 1, 1}, /* the smallest */
    {5, 5, 1, 5, 5, 0, 1, 1, 1, 1},
    {6, 6, 17, 5, 5, 0, 17, 1, 2, 2},
    {9, 11, 16, 5, 5, 0, 16, 1, 2, 2}, /* rows and columns that fill no window */
    {9, 13, 2, 5, 5, 0, 16, 0, 2, 2},
    {10, 7, 33, 5, 5, 0, 5, 1, 1, 1},
    {20, 20, 16, 5, 5, 0, 32, 1, 4, 4},
    {19, 16, 1, 5, 5, 0, 48, 1, 2, 2},
    {15, 16, 1, 3, 3, 0, 17, 1, 2, 2}, /* one channel and filters that fill no vector */
    {17, 14, 1, 5, 5, 1, 5, 0, 2, 2},
    {12, 13, 3, 7, 5, 0, 19, 1, 2, 2},
    {9, 9, 1, 9, 9, 1, 3, 1, 3, 3},
    {20, 18, 1, 3, 3, 0, 16, 1, 2, 3},
    {17, 19, 4, 7, 7, 0, 40, 1, 2, 2},
    {70, 9, 1, 7, 3, 0, 9, 1, 2, 2}, /* a few rows of the kernel at a time */
    {45, 10, 2, 6, 2, 1, 8, 1, 1, 1},
    {40, 11, 1, 4, 4, 1, 17, 0, 2, 2},
    {8, 9, 3, 2, 3, 0, 5, 1, 2, 2},
    {13, 8, 1, 11, 1, 0, 4, 1, 1, 1},
    {75, 17, 1, 5, 5, 0, 20, 1, 2, 2}, /* more rows than are worked off at a time */
    {70, 10, 1, 5, 5, 1, 7, 0, 1, 1},
    {10, 10, 20, 3, 3, 0, 24, 0, 1, 1}, /* without pooling: whole tiles, a frame of zeros, ... */
    {8, 8, 32, 3, 3, 1, 33, 0, 1, 1},
    {9, 7, 5, 3, 3, 1, 3, 1, 1, 1},
    {12, 16, 16, 5, 5, 0, 16, 0, 1, 1},
    {8, 12, 17, 5, 5, 1, 6, 1, 1, 1},
    {9, 11, 3, 3, 3, 1, 37, 1, 1, 1}, /* ... few channels, ... */
    {8, 9, 2, 5, 5, 1, 21, 0, 1, 1},
    {40, 41, 1, 3, 3, 0, 50, 1, 1, 1},  /* ... whose image is worked off in bands, ... */
    {18, 17, 4, 3, 3, 1, 6, 0, 1, 1},   /* ... more tiles than are worked on at a time, ... */
    {4, 4, 5, 3, 3, 1, 700, 1, 1, 1},   /* ... and more filters than fewer of them allow */
    {8, 8, 90, 3, 3, 0, 90, 1, 1, 1},   /* filters that are fetched ahead */
    {40, 12, 1, 5, 5, 1, 16, 1, 16, 4}, /* a window of more positions than lanes */
    {6, 22, 8, 3, 3, 0, 32, 1, 1, 1},   /* 5, 9 and 13 tiles in one image */
    {14, 14, 9, 3, 3, 0, 32, 1, 1, 1},
    {6, 54, 5, 3, 3, 0, 64, 1, 1, 1},
};

static const stepping_case chosen_steps[] = {
    {{28, 28, 1, 3, 3, 1, 32, 1, 1, 1}, 2, 2, 1, 1}, /* strides */
    {{14, 14, 32, 3, 3, 1, 64, 1, 1, 1}, 2, 2, 1, 1},
    {{13, 11, 17, 3, 3, 0, 50, 1, 1, 1}, 2, 1, 1, 1}, /* ... by zeros of the input, ... */
    {{11, 10, 70, 2, 3, 1, 130, 0, 1, 1}, 3, 2, 2, 1},
    {{9, 8, 24, 5, 5, 1, 61, 1, 1, 1}, 2, 2, 1, 1},
    {{12, 17, 11, 3, 3, 1, 5, 1, 1, 1}, 2, 2, 1, 1}, /* ... and by those of the output */
    {{10, 9, 43, 2, 3, 0, 70, 1, 1, 1}, 1, 2, 1, 1},
    {{15, 13, 3, 3, 3, 0, 8, 0, 1, 1}, 2, 3, 1, 1}, /* few channels */
    {{17, 16, 2, 5, 5, 1, 21, 1, 1, 1}, 3, 2, 1, 1},
    {{17, 16, 3, 3, 3, 1, 8, 1, 1, 1}, 2, 2, 1, 1}, /* pairs of positions */
    {{9, 11, 5, 2, 3, 1, 3, 0, 1, 1}, 1, 3, 1, 1},
    {{10, 20, 2, 1, 4, 0, 2, 1, 1, 1}, 3, 1, 1, 1},
    {{13, 14, 5, 1, 1, 0, 17, 1, 1, 1}, 3, 2, 1, 1}, /* larger than the kernel */
    {{20, 9, 2, 2, 3, 1, 5, 1, 1, 1}, 5, 4, 1, 1},
    {{16, 16, 1, 5, 5, 1, 3, 1, 1, 1}, 16, 16, 1, 1},
    {{17, 18, 7, 5, 4, 1, 33, 1, 2, 2}, 2, 1, 1, 1}, /* behind them pooling */
    {{19, 23, 1, 3, 3, 0, 16, 0, 3, 2}, 2, 2, 1, 1},
    {{16, 16, 16, 3, 3, 1, 16, 0, 1, 1}, 2, 2, 1, 1}, /* by Winograd's: whole tiles, ... */
    {{15, 31, 5, 3, 3, 1, 33, 0, 1, 1}, 2, 2, 1, 1},
    {{32, 30, 7, 3, 3, 0, 48, 0, 1, 1}, 2, 2, 1, 1}, /* ... rows and columns that fill none, ... */
    {{17, 33, 20, 3, 3, 0, 24, 1, 1, 1}, 2, 2, 1, 1},
    {{8, 8, 80, 3, 3, 1, 100, 0, 1, 1}, 2, 2, 1, 1},  /* ... filters that are fetched ahead, ... */
    {{32, 17, 6, 3, 3, 1, 19, 1, 2, 2}, 2, 2, 1, 1},  /* ... and pooling */
    {{16, 15, 16, 1, 1, 0, 49, 1, 1, 1}, 1, 1, 1, 1}, /* one tap */
    {{6, 6, 128, 1, 1, 0, 65, 1, 1, 1}, 1, 1, 1, 1},
    {{5, 5, 70, 1, 1, 0, 128, 1, 1, 1}, 1, 1, 1, 1},
    {{3, 7, 17, 1, 1, 0, 288, 0, 1, 1}, 1, 1, 1, 1},
    {{12, 11, 4, 3, 3, 1, 9, 1, 1, 1}, 1, 1, 2, 2}, /* dilation */
    {{13, 17, 1, 3, 5, 0, 16, 1, 1, 1}, 1, 1, 3, 2},
    {{9, 9, 17, 2, 2, 0, 31, 0, 2, 2}, 1, 1, 3, 1},
    {{11, 14, 5, 3, 3, 1, 18, 1, 1, 1}, 2, 3, 2, 3}, /* both */
};

#define RANDOM_CASES ((size_t)90)
#define RANDOM_STEPS ((size_t)60)
#define CHOSEN_CASES (sizeof chosen_cases / sizeof chosen_cases[0])
#define CHOSEN_STEPS (sizeof chosen_steps / sizeof chosen_steps[0])
#define CASE_COUNT   (CHOSEN_CASES + RANDOM_CASES + CHOSEN_STEPS + RANDOM_STEPS)

static uint32_t pick(numbers *r, const uint32_t *values, size_t count) {
  return values[next_number(r) % count];
}

#define PICK(r, ...)                                                                               \
  pick((r), (const uint32_t[]){__VA_ARGS__},                                                       \
       sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static conv_case random_case(size_t index) {
  numbers r = {.state = index * 7919 + 1};
  (void)next_number(&r);
  conv_case c;
  c.kernel_height = PICK(&r, 1, 2, 3, 3, 4, 5, 5, 5, 6, 7, 8, 9);
  c.kernel_width = next_number(&r) % 3 == 0 ? PICK(&r, 1, 2, 3, 4, 5, 6, 7, 8, 9) : c.kernel_height;
  c.channels = PICK(&r, 1, 1, 2, 3, 5, 16, 17, 32, 33);
  c.filters = PICK(&r, 1, 2, 3, 5, 16, 16, 17, 32, 33, 48);
  c.same = next_number(&r) % 2;
  c.activation = next_number(&r) % 4 != 0 ? MCNN_ACTIVATION_RELU : MCNN_ACTIVATION_LINEAR;
  c.pool_height = PICK(&r, 1, 2, 2, 2, 3);
  c.pool_width = next_number(&r) % 4 == 0 ? PICK(&r, 1, 2, 3) : c.pool_height;
  const uint32_t least_height = c.same ? c.pool_height : c.kernel_height + c.pool_height - 1;
  const uint32_t least_width = c.same ? c.pool_width : c.kernel_width + c.pool_width - 1;
  c.height = least_height + next_number(&r) % 9;
  c.width = least_width + next_number(&r) % 9;
  return c;
}

/* The same with strides, dilation or both, on an image that is large enough for one window. */
static stepping_case random_steps(size_t index) {
  numbers r = {.state = index * 6007 + 5};
  (void)next_number(&r);
  stepping_case s = {random_case(index), 1, 1, 1, 1};
  const uint32_t strides = next_number(&r) % 3, dilated = next_number(&r) % 3;
  if (strides > 0) {
    s.stride_height = PICK(&r, 1, 2, 2, 3, 4);
    s.stride_width = strides > 1 ? s.stride_height : PICK(&r, 1, 2, 3, 4);
  }
  if (dilated > 0) {
    s.dilation_height = PICK(&r, 1, 2, 3);
    s.dilation_width = dilated > 1 ? s.dilation_height : PICK(&r, 1, 2, 3, 4);
  }
  s.c.pool_height = PICK(&r, 1, 1, 1, 2);
  s.c.pool_width = next_number(&r) % 4 == 0 ? PICK(&r, 1, 2, 3) : s.c.pool_height;
  s.c.height = (s.c.kernel_height - 1) * s.dilation_height + 1 +
               (s.c.pool_height - 1) * s.stride_height + next_number(&r) % 9;
  s.c.width = (s.c.kernel_width - 1) * s.dilation_width + 1 +
              (s.c.pool_width - 1) * s.stride_width + next_number(&r) % 9;
  return s;
}

UNUSED static mcnn_conv_geometry case_geometry(size_t index) {
  if (index < CHOSEN_CASES)
    return geometry_of(&chosen_cases[index]);
  index -= CHOSEN_CASES;
  if (index < RANDOM_CASES) {
    const conv_case c = random_case(index);
    return geometry_of(&c);
  }
  index -= RANDOM_CASES;
  const stepping_case s =
      index < CHOSEN_STEPS ? chosen_steps[index] : random_steps(index - CHOSEN_STEPS);
  return stepping_geometry_of(&s);
}

#endif
