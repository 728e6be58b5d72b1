#include "model/notes.h"

const model_note model_notes[] = {
    {"description", "Description"},
    {"training.epochs", "Epochs"},
    {"training.kept_epoch", "Kept epoch"},
    {"training.images", "Training images"},
    {"training.held_out", "Held out"},
    {"training.batch_size", "Batch size"},
    {"training.seed", "Seed"},
};

const size_t num_model_notes = sizeof model_notes / sizeof model_notes[0];
