#include "numerals.h"

#include <stddef.h>

/* Points of a grid of 4 x 6, as column and row; a blank lifts the pen. */
static const char *const lines[10] = {"10 30 41 45 36 16 05 01 10",
                                      "11 20 26 16 36",
                                      "01 10 30 41 42 06 46",
                                      "00 40 22 32 43 45 36 16 05",
                                      "36 30 04 44",
                                      "40 00 02 32 43 45 36 16 05",
                                      "30 10 01 05 16 36 45 44 33 13 04",
                                      "00 40 16",
                                      "13 02 01 10 30 41 42 33 13 04 05 16 36 45 44 33",
                                      "16 36 45 41 30 10 01 02 13 33 42"};

static SDL_FPoint point_at(const char *place, const SDL_FRect *where) {
  const SDL_FPoint point = {where->x + where->w * (float)(place[0] - '0') / 4,
                            where->y + where->h * (float)(place[1] - '0') / 6};

  return point;
}

/* As thick as fits the size. */
static int draw_line(SDL_Renderer *renderer, SDL_FPoint a, SDL_FPoint b, const SDL_FRect *where) {
  const int thickness = 1 + (int)(where->h / 12);
  const float half = 0.5f * (float)(thickness - 1);

  for (int i = 0; i < thickness; i++) {
    for (int j = 0; j < thickness; j++) {
      const float dx = (float)i - half, dy = (float)j - half;
      if (SDL_RenderDrawLineF(renderer, a.x + dx, a.y + dy, b.x + dx, b.y + dy) < 0)
        return -1;
    }
  }
  return 0;
}

int numerals_draw(SDL_Renderer *renderer, unsigned digit, const SDL_FRect *where) {
  const char *place = lines[digit % 10];

  for (; place[2] != '\0'; place += 3)
    if (draw_line(renderer, point_at(place, where), point_at(place + 3, where), where) < 0)
      return -1;
  return 0;
}
