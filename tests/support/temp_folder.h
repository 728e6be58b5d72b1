/* Temporary folders: every test that writes files has one of its own, so that two runs in one build
 * tree do not meet. For C and C++; needs cmocka alone. */
#ifndef TEST_TEMP_FOLDER_H
#define TEST_TEMP_FOLDER_H

#ifdef __cplusplus
extern "C" {
#endif

enum { TEST_PATH = 512 };

/* A new folder below the working folder; removed with everything in it. */
void test_folder_create(char folder[TEST_PATH]);
void test_folder_remove(const char *folder);

/* A folder of that name. */
void test_folder_make(const char *path);

/* Set-up and tear-down of a whole test program, for cmocka_run_group_tests(): its working folder
 * becomes a new folder, which is removed at the end. */
int test_enter_folder(void **state);
int test_leave_folder(void **state);

#ifdef __cplusplus
}
#endif

#endif
