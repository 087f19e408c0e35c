/* SPDX-License-Identifier: Apache-2.0 */
/* What is on the disk when: the program's own fsync and renameat stand before libc's and write down that they were called. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/file.h"

static char calls[32]; /* f: a file was synced, d: a directory, r: a name was taken over, n: a free name was taken */
static char folder[] = "/tmp/sekuire-durable-XXXXXX";
static char file[sizeof folder + 8];

static void note(char call) {
    size_t n = strlen(calls);
    if (n + 1 < sizeof calls) calls[n] = call;
}

int fsync(int fd) {
    struct stat st;
    note(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? 'd' : 'f');
    return (int)syscall(SYS_fsync, fd);
}

int renameat(int from, const char *old_name, int to, const char *new_name) {
    note('r');
    return (int)syscall(SYS_renameat2, from, old_name, to, new_name, 0);
}

int renameat2(int from, const char *old_name, int to, const char *new_name, unsigned flags) {
    note(flags == RENAME_NOREPLACE ? 'n' : 'r');
    return (int)syscall(SYS_renameat2, from, old_name, to, new_name, flags);
}

static int setup(void **state) {
    (void)state;
    memset(calls, 0, sizeof calls);
    return 0;
}

static void a_replaced_file_is_synced_before_it_takes_the_name_and_the_folder_after(void **state) {
    (void)state;
    assert_int_equal(sys_replace_file(file, SEK_TEXT("new"), 0600, NULL), 0);
    assert_string_equal(calls, "frd");
}

static void a_new_file_is_synced_before_it_has_its_name_and_the_folder_after(void **state) {
    (void)state;
    assert_int_equal(unlink(file), 0);
    assert_int_equal(sys_create_file(file, SEK_TEXT("new"), 0600, NULL), 0);
    assert_string_equal(calls, "fnd");
}

static void what_waits_to_be_put_in_place_is_synced_already(void **state) {
    (void)state;
    struct sys_pending *pending = NULL;
    assert_int_equal(sys_pending_write(file, SEK_TEXT("newer"), 0600, &pending, NULL), 0);
    assert_string_equal(calls, "f");
    assert_int_equal(sys_pending_commit(pending, NULL), 0);
    assert_string_equal(calls, "frd");
    sys_pending_discard(pending);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_replaced_file_is_synced_before_it_takes_the_name_and_the_folder_after, setup),
        cmocka_unit_test_setup(a_new_file_is_synced_before_it_has_its_name_and_the_folder_after, setup),
        cmocka_unit_test_setup(what_waits_to_be_put_in_place_is_synced_already, setup),
    };
    if (mkdtemp(folder) == NULL) return 1;
    snprintf(file, sizeof file, "%s/file", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(file);
    rmdir(folder);
    return failed;
}
