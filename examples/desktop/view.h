/* What the window shows, with SDL's renderer. */
#ifndef VIEW_H
#define VIEW_H

#include "pad.h"
#include "reader.h"

#include <SDL.h>

/* In units that the window is scaled from. */
enum { VIEW_WIDTH = 720, VIEW_HEIGHT = 440, VIEW_PAD_X = 20, VIEW_PAD_Y = 20, VIEW_PAD_SIZE = 400 };

/* The pad, what the network sees of it, and a bar for each digit. Return 0, or a negative number
 * with SDL_GetError() set. */
int view_draw_pad(SDL_Renderer *renderer, const pad *p, const reader_answer *answer);

/* The picture, with the boxes of its digits. */
int view_draw_picture(SDL_Renderer *renderer, const reader_picture *picture);

#endif
