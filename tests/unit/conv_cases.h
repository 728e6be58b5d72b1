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

/* As the layer derives it: "same" puts the odd row or column at the bottom and at the right. */
UNUSED static mcnn_conv_geometry geometry_of(const conv_case *c) {
  const uint32_t pad_height = c->same ? c->kernel_height - 1 : 0;
  const uint32_t pad_width = c->same ? c->kernel_width - 1 : 0;
  const mcnn_conv_geometry g = {.in_height = c->height,
                                .in_width = c->width,
                                .in_channels = c->channels,
                                .kernel_height = c->kernel_height,
                                .kernel_width = c->kernel_width,
                                .pad_top = pad_height / 2,
                                .pad_left = pad_width / 2,
                                .pad_bottom = pad_height - pad_height / 2,
                                .pad_right = pad_width - pad_width / 2,
                                .out_height = c->height + pad_height - c->kernel_height + 1,
                                .out_width = c->width + pad_width - c->kernel_width + 1,
                                .out_channels = c->filters,
                                .stride_height = 1,
                                .stride_width = 1,
                                .pool_stride_height = c->pool_height,
                                .pool_stride_width = c->pool_width,
                                .activation = c->activation,
                                .pool_height = c->pool_height,
                                .pool_width = c->pool_width};
  return g;
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
    {40, 12, 1, 5, 5, 1, 16, 1, 16, 4}, /* a window of more positions than lanes */
};

#define RANDOM_CASES ((size_t)90)
#define CASE_COUNT   (sizeof chosen_cases / sizeof chosen_cases[0] + RANDOM_CASES)

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

UNUSED static mcnn_conv_geometry case_geometry(size_t index) {
  const size_t argmax = sizeof chosen_cases / sizeof chosen_cases[0];
  const conv_case c = index < argmax ? chosen_cases[index] : random_case(index - argmax);
  return geometry_of(&c);
}

#endif
