/* The text an architecture is written as. */
#ifndef MCNN_NN_ARCH_TEXT_H
#define MCNN_NN_ARCH_TEXT_H

#include "nn/arch.h"

/* Parses `text` (grammar: docs/architecture.md) for this input and number of classes, which the
 * caller has checked. An activation as a layer of its own directly behind one that takes an
 * activation becomes that layer's; "dense N softmax" becomes two layers. The last layer
 * has one output a class. MNISTCNN_ARCHITECTURE names the layer by number and text. */
mnistcnn_status mcnn_arch_parse(const char *text, mcnn_shape input, uint32_t num_classes,
                                const mcnn_alloc *alloc, mcnn_arch **out);

/* The normal form, one spelling for each architecture, which parses to the same; allocated with
 * arch->alloc; NULL with the message set. */
char *mcnn_arch_write(const mcnn_arch *arch);

/* The text of the default architecture for a number of classes, into a buffer of 160 bytes. */
void mcnn_arch_default_text(uint32_t num_classes, char text[160]);

#endif
