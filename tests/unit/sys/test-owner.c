/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"

static char folder[64];
static char file[128];
static char link_to_it[128];

static int make_file(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/sekuire-test-XXXXXX");
    if (mkdtemp(folder) == NULL) return -1;
    snprintf(file, sizeof file, "%s/file", folder);
    snprintf(link_to_it, sizeof link_to_it, "%s/link", folder);
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd >= 0 && close(fd) == 0 && symlink("file", link_to_it) == 0 ? 0 : -1;
}

static int remove_file(void **state) {
    (void)state;
    return unlink(link_to_it) == 0 && unlink(file) == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void a_file_that_others_can_write_is_refused(void **state) {
    (void)state;
    static const mode_t fine[] = {0600, 0644, 0444, 0755};
    static const mode_t bad[] = {0620, 0602, 0666, 0664};
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        assert_int_equal(chmod(file, fine[i]), 0);
        assert_int_equal(sys_check_writers(file, NULL), 0);
        assert_int_equal(sys_check_writers(link_to_it, NULL), 0);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sekuire_error err = {0};
        assert_int_equal(chmod(file, bad[i]), 0);
        assert_int_equal(sys_check_writers(file, &err), SEKUIRE_ERR_CONFIG);
        assert_non_null(strstr(err.message, "can be written by others"));
        assert_non_null(strstr(err.message, "chmod 600"));
        assert_int_equal(sys_check_writers(link_to_it, NULL), SEKUIRE_ERR_CONFIG);
    }
    assert_int_equal(sys_check_writers("/nowhere/at/all", NULL), SEKUIRE_ERR_IO);
}

/* The caller's own and root's files are taken, nobody else's. */
static void another_users_file_is_refused(void **state) {
    (void)state;
    struct sekuire_error err = {0};
    if (geteuid() != 0) {
        assert_int_equal(sys_check_writers("/etc/passwd", NULL), 0);
        return; /* only root can make a file somebody else's */
    }
    assert_int_equal(chown(file, 65534, 65534), 0);
    assert_int_equal(sys_check_writers(file, &err), SEKUIRE_ERR_CONFIG);
    assert_string_equal(err.message, "belongs to another user");
}

static void a_file_in_a_folder_that_others_can_write_is_refused(void **state) {
    (void)state;
    static const mode_t fine[] = {0700, 0755, 01777, 01770};
    static const mode_t bad[] = {0770, 0702, 0777};
    char missing[128];
    char elsewhere[] = "/tmp/sekuire-test-XXXXXX";
    char away[128];
    snprintf(missing, sizeof missing, "%s/missing", folder);
    assert_non_null(mkdtemp(elsewhere));
    snprintf(away, sizeof away, "%s/link", elsewhere);
    assert_int_equal(symlink(file, away), 0);
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        assert_int_equal(chmod(folder, fine[i]), 0);
        assert_int_equal(sys_check_kept(file, NULL), 0);
        assert_int_equal(sys_check_kept(link_to_it, NULL), 0);
        assert_int_equal(sys_check_kept(missing, NULL), 0);
        assert_int_equal(sys_check_kept(away, NULL), 0);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sekuire_error err = {0};
        assert_int_equal(chmod(folder, bad[i]), 0);
        assert_int_equal(sys_check_kept(file, &err), SEKUIRE_ERR_CONFIG);
        assert_non_null(strstr(err.message, "is in a folder that others can write"));
        assert_non_null(strstr(err.message, "chmod go-w /tmp/sekuire-test-"));
        assert_int_equal(sys_check_kept(missing, NULL), SEKUIRE_ERR_CONFIG);
        assert_int_equal(sys_check_kept(away, NULL), SEKUIRE_ERR_CONFIG);
    }
    assert_int_equal(unlink(away), 0);
    assert_int_equal(rmdir(elsewhere), 0);
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(chmod(file, 0602), 0);
    assert_int_equal(sys_check_kept(file, NULL), SEKUIRE_ERR_CONFIG);
    assert_int_equal(sys_check_kept(link_to_it, NULL), SEKUIRE_ERR_CONFIG);
    assert_int_equal(sys_check_kept("/nowhere/at/all", NULL), 0);
    if (geteuid() == 0) {
        struct sekuire_error err = {0};
        assert_int_equal(chmod(file, 0600), 0);
        assert_int_equal(chown(folder, 65534, 65534), 0);
        assert_int_equal(sys_check_kept(file, &err), SEKUIRE_ERR_CONFIG);
        assert_string_equal(err.message, "is in a folder that belongs to another user");
    }
}

static void open_to_others_is_any_bit_of_theirs(void **state) {
    (void)state;
    static const mode_t bits[] = {0400, 0200, 0100, 0040, 0020, 0010, 0004, 0002, 0001};
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        assert_int_equal(chmod(file, bits[i]), 0);
        assert_int_equal(sys_open_to_others(file), bits[i] < 0100);
        assert_int_equal(sys_open_to_others(link_to_it), bits[i] < 0100);
    }
    assert_false(sys_open_to_others("-"));
    assert_false(sys_open_to_others("/nowhere/at/all"));
    assert_false(sys_open_to_others("/tmp"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_that_others_can_write_is_refused, make_file, remove_file),
        cmocka_unit_test_setup_teardown(another_users_file_is_refused, make_file, remove_file),
        cmocka_unit_test_setup_teardown(a_file_in_a_folder_that_others_can_write_is_refused, make_file, remove_file),
        cmocka_unit_test_setup_teardown(open_to_others_is_any_bit_of_theirs, make_file, remove_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
