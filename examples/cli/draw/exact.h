/* To be included by every file that draws with floats: keeps the compiler from fusing a * b + c
 * into one rounding where the machine can, so that all machines draw the same digits. GCC does not
 * fuse in its ISO modes (-std=c11) and does not know the pragma. */
#ifndef CLI_DRAW_EXACT_H
#define CLI_DRAW_EXACT_H

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#endif
