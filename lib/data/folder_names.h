/* Names of folders that mean something else than a class. */
#ifndef MCNN_DATA_FOLDER_NAMES_H
#define MCNN_DATA_FOLDER_NAMES_H

/* 1 for what operating systems and NAS devices put beside a user's files, such as __MACOSX. */
int mcnn_is_system_folder(const char *name);

/* The part of a dataset that a folder of this name holds. */
typedef enum mcnn_dataset_part {
  MCNN_NO_PART,
  MCNN_PART_TRAINING,
  MCNN_PART_HELD_OUT
} mcnn_dataset_part;
mcnn_dataset_part mcnn_dataset_part_of(const char *name);

/* 1 where the names are the same but for ASCII letters in upper and lower case. */
int mcnn_names_equal_in_any_case(const char *a, const char *b);

#endif
