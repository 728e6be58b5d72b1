/* Included by every file that draws with floats: prevents the compiler from contracting a * b + c
 * to a fused multiply-add, so that all machines draw the same digits. GCC does not contract in its
 * ISO modes
 * (-std=c11) and does not know the pragma. */
#ifndef CLI_DRAW_EXACT_H
#define CLI_DRAW_EXACT_H

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#endif
