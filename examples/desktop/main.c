/* A window to draw digits in and to read pictures: what is drawn is answered with every movement, a
 * picture that is dropped on the window (or named on the command line) is read.
 *
 *   draw_digits [--model MODEL.safetensors] [PICTURE]
 *
 * C clears, Escape ends. The answer is in the title too; the numbers of a picture are printed. */
#include "pad.h"
#include "reader.h"
#include "view.h"

#include <stdio.h>
#include <string.h>

typedef struct app {
  SDL_Window *window;
  SDL_Renderer *renderer;
  reader reader;
  pad pad;
  reader_answer answer;
  reader_picture picture; /* page NULL: the pad is shown */
  int is_drawing, is_stale, is_running;
} app;

static void title(app *a, const char *text) {
  char all[256];

  (void)snprintf(all, sizeof all, "%.200s - Digits", text);
  SDL_SetWindowTitle(a->window, all);
}

/* --- what happens ----------------------------------------------------------------------------- */

static void look(app *a) {
  reader_look(&a->reader, a->pad.pixels, PAD_SIZE, &a->answer);
  title(a, a->answer.text);
  a->is_stale = 1;
}

static void clear(app *a) {
  reader_picture_free(&a->picture);
  pad_clear(&a->pad);
  look(a);
}

static void read_picture(app *a, const char *path) {
  reader_picture picture;
  char numbers[READER_TEXT];

  if (reader_read(&a->reader, path, &picture) != MNISTCNN_OK) {
    fprintf(stderr, "draw_digits: %s\n", mnistcnn_last_error());
    title(a, mnistcnn_last_error());
    return;
  }
  reader_picture_free(&a->picture);
  a->picture = picture;
  reader_text(&a->picture, numbers);
  printf("%s\n", numbers);
  (void)fflush(stdout);
  title(a, numbers);
  a->is_stale = 1;
}

/* From the window's units to pixels of the pad. */
static float on_pad(int value, int start) {
  return (float)(value - start) * PAD_SIZE / VIEW_PAD_SIZE;
}

static void pen(app *a, int x, int y, int is_put) {
  const float px = on_pad(x, VIEW_PAD_X), py = on_pad(y, VIEW_PAD_Y);

  if (is_put && (px < 0 || py < 0 || px >= PAD_SIZE || py >= PAD_SIZE || a->picture.page))
    return;
  a->is_drawing = 1;
  (is_put ? pad_put : pad_move)(&a->pad, px, py);
  look(a);
}

static void key(app *a, SDL_Keycode code) {
  if (code == SDLK_c)
    clear(a);
  else if (code == SDLK_ESCAPE)
    a->is_running = 0;
}

static void handle(app *a, const SDL_Event *event) {
  switch (event->type) {
  case SDL_QUIT:
    a->is_running = 0;
    break;
  case SDL_KEYDOWN:
    key(a, event->key.keysym.sym);
    break;
  case SDL_MOUSEBUTTONDOWN:
    if (event->button.button == SDL_BUTTON_LEFT)
      pen(a, event->button.x, event->button.y, 1);
    break;
  case SDL_MOUSEMOTION:
    if (a->is_drawing)
      pen(a, event->motion.x, event->motion.y, 0);
    break;
  case SDL_MOUSEBUTTONUP:
    if (event->button.button == SDL_BUTTON_LEFT)
      a->is_drawing = 0;
    break;
  case SDL_DROPFILE:
    read_picture(a, event->drop.file);
    SDL_free(event->drop.file);
    break;
  case SDL_WINDOWEVENT:
    a->is_stale = 1;
    break;
  default:
    break;
  }
}

/* --- the window ------------------------------------------------------------------------------- */

static int show(app *a) {
  const int result = a->picture.page ? view_draw_picture(a->renderer, &a->picture)
                                     : view_draw_pad(a->renderer, &a->pad, &a->answer);

  SDL_RenderPresent(a->renderer);
  a->is_stale = 0;
  return result;
}

static int open_window(app *a) {
  if (SDL_Init(SDL_INIT_VIDEO) < 0)
    return -1;
  a->window = SDL_CreateWindow("Digits", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                               VIEW_WIDTH, VIEW_HEIGHT, SDL_WINDOW_RESIZABLE);
  if (!a->window)
    return -1;
  a->renderer = SDL_CreateRenderer(a->window, -1, 0);
  return a->renderer ? SDL_RenderSetLogicalSize(a->renderer, VIEW_WIDTH, VIEW_HEIGHT) : -1;
}

/* Draws once for all events that have come. */
static int run(app *a) {
  SDL_Event event;

  for (a->is_running = 1; a->is_running;) {
    if (a->is_stale && show(a) < 0)
      return -1;
    if (!SDL_WaitEvent(&event))
      return -1;
    do
      handle(a, &event);
    while (SDL_PollEvent(&event));
  }
  return 0;
}

static int run_window(app *a, const char *picture) {
  if (open_window(a) < 0)
    return -1;
  clear(a);
  if (picture)
    read_picture(a, picture);
  return run(a);
}

static void close_all(app *a) {
  reader_picture_free(&a->picture);
  SDL_DestroyRenderer(a->renderer);
  SDL_DestroyWindow(a->window);
  SDL_Quit();
  reader_close(&a->reader);
}

int main(int argc, char **argv) {
  static app a;
  const int has_model = argc > 2 && strcmp(argv[1], "--model") == 0;
  const int rest = has_model ? 3 : 1;

  if (argc > rest + 1 || (argc > rest && argv[rest][0] == '-')) {
    fprintf(stderr, "usage: draw_digits [--model MODEL.safetensors] [PICTURE]\n");
    return 2;
  }
  const char *const error = reader_open(&a.reader, has_model ? argv[2] : NULL);
  if (error) {
    fprintf(stderr, "draw_digits: %s\n", error);
    reader_close(&a.reader);
    return 1;
  }
  const int result = run_window(&a, argc > rest ? argv[rest] : NULL);
  if (result < 0)
    fprintf(stderr, "draw_digits: %s\n", SDL_GetError());
  close_all(&a);
  return result < 0 ? 1 : 0;
}
