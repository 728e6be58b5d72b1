/* What the host's log is told before a training begins: options without effect, and what the
 * datasets lack. */
#ifndef MCNN_TRAIN_FINDINGS_H
#define MCNN_TRAIN_FINDINGS_H

#include "train/state.h"

void mcnn_log_findings(const mnistcnn_trainer *trainer);

#endif
