/* Costs that the caller wants filled. */
#ifndef MCNN_API_COST_H
#define MCNN_API_COST_H

#include "api/import.h"

/* As mcnn_check_output(). */
mnistcnn_status mcnn_check_cost(const mnistcnn_cost *cost);

/* `to` was checked. */
void mcnn_copy_out_cost(const mnistcnn_cost *from, mnistcnn_cost *to);

#endif
