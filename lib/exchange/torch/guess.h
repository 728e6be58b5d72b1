/* The network that names and shapes of weights imply, which is a guess: convolution, batch
 * normalisation where there is one, ReLU, a pooling of 2 or none, without padding or with "same".
 */
#ifndef MCNN_EXCHANGE_TORCH_GUESS_H
#define MCNN_EXCHANGE_TORCH_GUESS_H

#include "base/strings.h"
#include "exchange/torch/layers.h"
#include "exchange/torch/text.h"
#include "exchange/torch/torch.h"

enum { MCNN_TORCH_MAX_PROPOSALS = 8, MCNN_TORCH_PROPOSAL = 1024 };

typedef struct mcnn_torch_proposal {
  uint32_t height, width;
  char text[MCNN_TORCH_PROPOSAL];
} mcnn_torch_proposal;

typedef struct mcnn_torch_guess {
  size_t count;   /* of the proposals, the likeliest first */
  int is_certain; /* there is one, and nothing else of this kind fits */
  mcnn_torch_proposal proposals[MCNN_TORCH_MAX_PROPOSALS];
} mcnn_torch_guess;

/* *guess has none where nothing of this kind fits. Batch normalisations that the network evidently
 * does not use are left out; remarks go to *notes. */
mnistcnn_status mcnn_torch_guess_network(const mcnn_import_request *request,
                                         const mcnn_torch_layers *layers, mcnn_strings *notes,
                                         mcnn_torch_guess *guess);

/* The sizes of an image that are tried where none is given, by likelihood. */
enum { MCNN_TORCH_NUM_SIDES = 2 };
void mcnn_torch_sides(uint32_t channels, uint32_t sides[MCNN_TORCH_NUM_SIDES]);

/* The channels of the image that the network reads; 0: neither 1 nor 3. */
uint32_t mcnn_torch_image_channels(const mcnn_torch_layers *layers);

/* The side of the square image of one or three channels that a vector is, as an image. */
void mcnn_torch_vector_image(uint32_t length, uint32_t size[3]);

#endif
