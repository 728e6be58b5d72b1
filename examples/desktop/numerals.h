/* Digits as lines, so that no library for fonts is needed. */
#ifndef NUMERALS_H
#define NUMERALS_H

#include <SDL.h>

/* In the renderer's colour; digit 0 to 9. */
int numerals_draw(SDL_Renderer *renderer, unsigned digit, const SDL_FRect *where);

#endif
