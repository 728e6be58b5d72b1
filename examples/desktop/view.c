#include "view.h"

#include "numerals.h"

typedef struct colour {
  uint8_t r, g, b;
} colour;

static const colour background = {0xf4, 0xf2, 0xec}, track = {0xdf, 0xe6, 0xf6};
static const colour accent = {0x24, 0x55, 0xc3}, text = {0x1f, 0x23, 0x28};
static const colour unsure = {0xd9, 0x77, 0x06};

static int use(SDL_Renderer *renderer, colour c) {
  return SDL_SetRenderDrawColor(renderer, c.r, c.g, c.b, 255);
}

static int fill(SDL_Renderer *renderer, colour c, const SDL_FRect *where) {
  return use(renderer, c) < 0 ? -1 : SDL_RenderFillRectF(renderer, where);
}

/* --- pixels ----------------------------------------------------------------------------------- */

static int draw_surface(SDL_Renderer *renderer, SDL_Surface *surface, const SDL_FRect *where) {
  SDL_Texture *const texture = surface ? SDL_CreateTextureFromSurface(renderer, surface) : NULL;
  const int result = texture ? SDL_RenderCopyF(renderer, texture, NULL, where) : -1;

  SDL_DestroyTexture(texture);
  SDL_FreeSurface(surface);
  return result;
}

/* Gray pixels, or their negative: dark ink on light paper. */
static int draw_gray(SDL_Renderer *renderer, const uint8_t *pixels, int size, int is_negative,
                     const SDL_FRect *where) {
  SDL_Surface *const surface =
      SDL_CreateRGBSurfaceWithFormat(0, size, size, 24, SDL_PIXELFORMAT_RGB24);

  for (int y = 0; surface && y < size; y++) {
    uint8_t *to = (uint8_t *)surface->pixels + (ptrdiff_t)y * surface->pitch;
    for (int x = 0; x < size; x++, to += 3) {
      const uint8_t value = pixels[y * size + x];
      to[0] = to[1] = to[2] = is_negative ? (uint8_t)(255 - value) : value;
    }
  }
  return draw_surface(renderer, surface, where);
}

/* --- the pad ---------------------------------------------------------------------------------- */

static int draw_bar(SDL_Renderer *renderer, int digit, float part, int is_best) {
  const float y = 130.0f + 29.0f * (float)digit;
  const SDL_FRect whole = {500, y, 200, 20}, bar = {500, y, 200 * part, 20};
  const SDL_FRect name = {470, y, 14, 20};

  if (use(renderer, is_best ? accent : text) < 0 ||
      numerals_draw(renderer, (unsigned)digit, &name) < 0 || fill(renderer, track, &whole) < 0)
    return -1;
  return fill(renderer, accent, &bar);
}

static int draw_answer(SDL_Renderer *renderer, const reader_answer *answer) {
  const SDL_FRect seen = {460, 20, 90, 90}, large = {600, 24, 60, 82};

  if (draw_gray(renderer, answer->seen, 28, 0, &seen) < 0)
    return -1;
  if (answer->is_digit &&
      (use(renderer, accent) < 0 || numerals_draw(renderer, answer->digit, &large) < 0))
    return -1;
  for (int digit = 0; digit < READER_CLASSES; digit++) {
    const int is_best = answer->is_digit && answer->digit == (uint32_t)digit;
    if (draw_bar(renderer, digit, answer->probabilities[digit], is_best) < 0)
      return -1;
  }
  return 0;
}

int view_draw_pad(SDL_Renderer *renderer, const pad *p, const reader_answer *answer) {
  const SDL_FRect paper = {VIEW_PAD_X, VIEW_PAD_Y, VIEW_PAD_SIZE, VIEW_PAD_SIZE};

  if (use(renderer, background) < 0 || SDL_RenderClear(renderer) < 0 ||
      draw_gray(renderer, p->pixels, PAD_SIZE, 1, &paper) < 0)
    return -1;
  return draw_answer(renderer, answer);
}

/* --- a picture -------------------------------------------------------------------------------- */

/* As large as the window has room for. */
static SDL_FRect place_of(const mnistcnn_shape *shape, float *scale) {
  const float across = (float)VIEW_WIDTH / (float)shape->width;
  const float down = (float)VIEW_HEIGHT / (float)shape->height;

  *scale = across < down ? across : down;
  const float width = *scale * (float)shape->width, height = *scale * (float)shape->height;
  return (SDL_FRect){(VIEW_WIDTH - width) / 2, (VIEW_HEIGHT - height) / 2, width, height};
}

static int draw_box(SDL_Renderer *renderer, const mnistcnn_page_digit *digit,
                    const SDL_FRect *place, float scale) {
  const SDL_FRect box = {place->x + scale * (float)digit->left,
                         place->y + scale * (float)digit->top, scale * (float)digit->width,
                         scale * (float)digit->height};
  const SDL_FRect label = {box.x + box.w / 2 - 5, box.y - 18, 10, 15};
  const SDL_FRect behind = {label.x - 4, label.y - 3, 18, 21};
  const int is_read = digit->class_index >= 0;

  if (use(renderer, is_read ? accent : unsure) < 0 || SDL_RenderDrawRectF(renderer, &box) < 0)
    return -1;
  if (!is_read)
    return 0;
  if (fill(renderer, accent, &behind) < 0 || use(renderer, (colour){255, 255, 255}) < 0)
    return -1;
  return numerals_draw(renderer, (unsigned)digit->class_index, &label);
}

int view_draw_picture(SDL_Renderer *renderer, const reader_picture *picture) {
  const mnistcnn_shape *const shape = &picture->shape;
  float scale;
  const SDL_FRect place = place_of(shape, &scale);
  SDL_Surface *const surface =
      SDL_CreateRGBSurfaceWithFormatFrom(picture->pixels, (int)shape->width, (int)shape->height, 24,
                                         (int)(3 * shape->width), SDL_PIXELFORMAT_RGB24);
  mnistcnn_page_digit digit = MNISTCNN_PAGE_DIGIT_INIT;

  if (use(renderer, background) < 0 || SDL_RenderClear(renderer) < 0) {
    SDL_FreeSurface(surface);
    return -1;
  }
  if (draw_surface(renderer, surface, &place) < 0)
    return -1;
  for (size_t i = 0; mnistcnn_page_get_digit(picture->page, i, &digit) == MNISTCNN_OK; i++)
    if (draw_box(renderer, &digit, &place, scale) < 0)
      return -1;
  return 0;
}
