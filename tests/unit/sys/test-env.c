/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "crypto/ed25519.h"
#include "sys/env.h"

typedef int path_function(const char *name, char **ret, struct sekuire_error *err);

static void assert_path(path_function *function, const char *expected) {
    char *path = NULL;
    struct sekuire_error err = {0};
    assert_int_equal(function("file", &path, &err), 0);
    assert_string_equal(path, expected);
    sek_free(path);
}

static void paths_follow_xdg_where_it_is_absolute(void **state) {
    (void)state;
    setenv("HOME", "/home/u", 1);
    setenv("XDG_CONFIG_HOME", "/cfg", 1);
    setenv("XDG_STATE_HOME", "/state", 1);
    assert_path(sys_config_path, "/cfg/sekuire/file");
    assert_path(sys_state_path, "/state/sekuire/file");
    assert_path(sys_home_path, "/home/u/.sekuire/file");
}

static void relative_and_empty_xdg_values_are_ignored(void **state) {
    (void)state;
    setenv("HOME", "/home/u", 1);
    setenv("XDG_CONFIG_HOME", "cfg", 1);
    setenv("XDG_STATE_HOME", "", 1);
    assert_path(sys_config_path, "/home/u/.config/sekuire/file");
    assert_path(sys_state_path, "/home/u/.local/state/sekuire/file");
}

static void no_home_directory_is_an_error_of_configuration(void **state) {
    (void)state;
    static const char *const homes[] = {NULL, "", "relative"};
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_STATE_HOME");
    for (size_t i = 0; i < 3; i++) {
        char *path = NULL;
        struct sekuire_error err = {0};
        if (homes[i] == NULL) unsetenv("HOME");
        else setenv("HOME", homes[i], 1);
        assert_int_equal(sys_home_path("file", &path, &err), SEKUIRE_ERR_CONFIG);
        assert_int_equal(sys_config_path("file", &path, &err), SEKUIRE_ERR_CONFIG);
        assert_int_equal(sys_state_path("file", &path, &err), SEKUIRE_ERR_CONFIG);
        assert_int_equal(err.status, SEKUIRE_ERR_CONFIG);
        assert_null(path);
    }
}

static void an_empty_variable_is_not_set(void **state) {
    (void)state;
    setenv("SEKUIRE_TEST", "", 1);
    assert_null(sys_variable("SEKUIRE_TEST"));
    setenv("SEKUIRE_TEST", "x", 1);
    assert_string_equal(sys_variable("SEKUIRE_TEST"), "x");
    unsetenv("SEKUIRE_TEST");
    assert_null(sys_variable("SEKUIRE_TEST"));
}

static void the_device_fingerprint_is_the_hash_of_its_names(void **state) {
    (void)state;
    struct sys_device device;
    char text[512];
    char expected[65];
    sys_device(&device);
    snprintf(text, sizeof text, "%s|%s|%s", device.hostname, device.os, device.arch);
    sek_sha256_hex(expected, text, strlen(text));
    assert_string_equal(device.fingerprint, expected);
    assert_string_equal(device.os, "linux");
    assert_true(device.hostname[0] != '\0' && device.arch[0] != '\0');
}

static void the_clock_is_unix_time(void **state) {
    (void)state;
    assert_true(sys_now() > 1600000000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_follow_xdg_where_it_is_absolute),
        cmocka_unit_test(relative_and_empty_xdg_values_are_ignored),
        cmocka_unit_test(no_home_directory_is_an_error_of_configuration),
        cmocka_unit_test(an_empty_variable_is_not_set),
        cmocka_unit_test(the_device_fingerprint_is_the_hash_of_its_names),
        cmocka_unit_test(the_clock_is_unix_time),
    };
    return cmocka_run_group_tests_name("sys/env", tests, NULL, NULL);
}
