/* Small pictures of one channel, drawn by hand. */
#ifndef TEST_PLANE_SUPPORT_H
#define TEST_PLANE_SUPPORT_H

#include "digit/plane.h"

/* All pixels of this value. Freed by test_plane_free(). */
mcnn_plane test_plane_filled(uint32_t height, uint32_t width, uint8_t value);

/* One string a row, '#' for 255 and anything else for 0; the last one is NULL. */
mcnn_plane test_plane_drawn(const char *const *rows);

void test_plane_free(mcnn_plane *plane);

/* A filled rectangle. */
void test_plane_box(mcnn_plane *plane, uint32_t top, uint32_t left, uint32_t height, uint32_t width,
                    uint8_t value);

uint8_t test_plane_at(const mcnn_plane *plane, uint32_t y, uint32_t x);

#endif
