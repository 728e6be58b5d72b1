/* `predict --overlay`: the picture with what was read drawn on it. */
#ifndef CLI_PREDICT_OVERLAY_H
#define CLI_PREDICT_OVERLAY_H

#include <stdbool.h>

#include <mnistcnn.h>

/* Writes the image as PNG with a box around everything that was found and the answer above it:
 * green for digits, blue for those that were cut from a neighbour, orange for what is unclear, red
 * for what is no digit, gray for empty cells. False: the message is in mnistcnn_last_error(), or
 * memory is lacking, which *out_of_memory says. */
bool overlay_write(const char *path, const mnistcnn_image *image, const mnistcnn_model *model,
                   const mnistcnn_page *page, bool *out_of_memory);

#endif
