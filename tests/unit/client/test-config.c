/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "client/config.h"
#include "client/files.h"

static int clean(void **state) {
    unsetenv("SEKUIRE_API_URL");
    unsetenv("SEKUIRE_WORKSPACE_ID");
    unsetenv("NO_COLOR");
    return make_folder(state);
}
#define CLEAN(name) cmocka_unit_test_setup_teardown(name, clean, remove_folder)

static int load(struct sek_settings_request request, struct sek_settings *settings, struct sekuire_error *err) {
    request.user_path = in("user.yaml");
    request.project_path = in("project.yaml");
    return sek_settings_load(&request, settings, err);
}

static void assert_workspace(struct sek_settings_request request, const char *expected, const char *from) {
    struct sek_settings settings;
    struct sekuire_error err = {0};
    if (load(request, &settings, &err) != 0) fail_msg("%s", err.message);
    assert_string_equal(settings.workspace, expected);
    assert_string_equal(sek_origin_word(settings.workspace_from), from);
}

static void the_workspace_comes_from_the_strongest_source(void **state) {
    (void)state;
    struct sek_credentials login = {.exists = true, .workspace_id = "ws_login", .backend = SEK_URL_DEFAULT};
    struct sek_settings_request request = {.credentials = &login};
    assert_workspace((struct sek_settings_request){0}, "", "none");
    assert_workspace(request, "ws_login", "login");
    put(in("user.yaml"), "workspace: ws_user\n", 0600);
    assert_workspace(request, "ws_user", "user");
    put(in("project.yaml"), "workspace: ws_project\n", 0600);
    assert_workspace(request, "ws_project", "project");
    setenv("SEKUIRE_WORKSPACE_ID", "ws_env", 1);
    assert_workspace(request, "ws_env", "env");
    request.workspace_option = "ws_flag";
    assert_workspace(request, "ws_flag", "flag");
}

static void assert_backend(struct sek_settings_request request, const char *expected, const char *from) {
    struct sek_settings settings;
    struct sekuire_error err = {0};
    if (load(request, &settings, &err) != 0) fail_msg("%s", err.message);
    assert_string_equal(settings.backend.base, expected);
    assert_string_equal(sek_origin_word(settings.backend_from), from);
}

static void the_backend_comes_from_the_strongest_source(void **state) {
    (void)state;
    struct sek_credentials login = {.exists = true, .backend = "https://login"};
    struct sek_settings_request request = {.credentials = &login};
    assert_backend((struct sek_settings_request){0}, "https://api.sekuire.ai", "default");
    assert_backend(request, "https://login", "login");
    put(in("user.yaml"), "backend: https://user/\n", 0600);
    assert_backend(request, "https://user", "user");
    setenv("SEKUIRE_API_URL", "https://env//", 1);
    assert_backend(request, "https://env", "env");
    request.backend_option = "http://127.0.0.1:9300/";
    assert_backend(request, "http://127.0.0.1:9300", "flag");
}

static void values_are_taken_as_they_are_written(void **state) {
    (void)state;
    struct sek_settings settings;
    struct sekuire_error err = {0};
    put(in("user.yaml"), "workspace: 0012\ntrust:\n  require_pinned: true\noutput: {color: \"always\"}\nbackend:\n", 0600);
    assert_int_equal(load((struct sek_settings_request){0}, &settings, &err), 0);
    assert_string_equal(settings.workspace, "0012");
    assert_true(settings.require_pinned);
    assert_int_equal(settings.color, SEK_COLOR_ALWAYS);
    assert_int_equal(settings.backend_from, SEK_FROM_DEFAULT);
    put(in("project.yaml"), "output:\n  color: never\n", 0600);
    assert_int_equal(load((struct sek_settings_request){0}, &settings, &err), 0);
    assert_int_equal(settings.color, SEK_COLOR_NEVER);
    assert_int_equal(settings.color_from, SEK_FROM_PROJECT);
    put(in("project.yaml"), "", 0600);
    setenv("NO_COLOR", "1", 1);
    assert_int_equal(load((struct sek_settings_request){0}, &settings, &err), 0);
    assert_int_equal(settings.color, SEK_COLOR_NEVER);
    assert_int_equal(settings.color_from, SEK_FROM_VARIABLE);
}

static void malformed_options_and_variables_are_errors_of_usage(void **state) {
    (void)state;
    struct sek_settings settings = {0};
    struct sekuire_error err = {0};
    assert_int_equal(load((struct sek_settings_request){.workspace_option = "../x"}, &settings, &err), SEKUIRE_ERR_USAGE);
    assert_int_equal(load((struct sek_settings_request){.workspace_option = ""}, &settings, &err), SEKUIRE_ERR_USAGE);
    assert_int_equal(load((struct sek_settings_request){.backend_option = "h"}, &settings, &err), SEKUIRE_ERR_USAGE);
    setenv("SEKUIRE_API_URL", "h", 1);
    assert_int_equal(load((struct sek_settings_request){0}, &settings, &err), SEKUIRE_ERR_USAGE);
    assert_non_null(strstr(err.message, "SEKUIRE_API_URL"));
    unsetenv("SEKUIRE_API_URL");
    setenv("SEKUIRE_WORKSPACE_ID", "a b", 1);
    assert_int_equal(load((struct sek_settings_request){0}, &settings, &err), SEKUIRE_ERR_USAGE);
    assert_non_null(strstr(err.message, "SEKUIRE_WORKSPACE_ID"));
}

static void a_project_may_set_workspace_and_output_and_nothing_else(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint32_t line;
    } cases[] = {{"backend: https://evil\n", 1},
                 {"workspace: ws\ntrust:\n  require_pinned: false\n", 2},
                 {"trust: {}\n", 1},
                 {"workspace: ws\n\nworkspce: ws\n", 3},
                 {"output:\n  colour: never\n", 2},
                 {"api_key: x\n", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sek_settings settings = {0};
        struct sekuire_error err = {0};
        put(in("project.yaml"), cases[i].text, 0600);
        if (load((struct sek_settings_request){0}, &settings, &err) != SEKUIRE_ERR_CONFIG) fail_msg("%s was taken", cases[i].text);
        assert_int_equal(err.status, SEKUIRE_ERR_CONFIG);
        assert_int_equal(err.line, cases[i].line);
        assert_non_null(strstr(err.message, "project.yaml: "));
    }
}

static void a_malformed_user_file_is_an_error_of_configuration(void **state) {
    (void)state;
    static const char *const cases[] = {"a: [", "- x\n", "text", "backend: ftp://h\n", "workspace: a b\n", "workspace: [ws]\n",
                                        "trust:\n  require_pinned: yes\n", "trust:\n  require_pinned: \"true\"\n", "trust: 1\n",
                                        "output:\n  color: blue\n", "trust.require_pinned: true\n", "unknown: 1\n",
                                        "workspace: a\nworkspace: b\n", "workspace: &a ws\n", "\xff"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sek_settings settings = {0};
        struct sekuire_error err = {0};
        put(in("user.yaml"), cases[i], 0600);
        if (load((struct sek_settings_request){0}, &settings, &err) != SEKUIRE_ERR_CONFIG) fail_msg("%s was taken", cases[i]);
        assert_non_null(strstr(err.message, "user.yaml: "));
    }
}

static void get_knows_our_keys_and_upstreams(void **state) {
    (void)state;
    static const struct {
        const char *key;
        const char *value;
    } cases[] = {{"backend", "https://h"},  {"workspace", "ws"},     {"workspace.id", "ws"},    {"workspace_id", "ws"},
                 {"output.color", "auto"}, {"trust.require_pinned", "false"}, {"auth.method", "api-key"}};
    struct sek_credentials login = {.exists = true, .api_key = "k", .backend = "https://h", .workspace_id = "ws"};
    struct sek_settings settings;
    struct sek_buffer out;
    struct sekuire_error err = {0};
    enum sek_origin from;
    sek_buffer_init(&out, 1000);
    assert_int_equal(load((struct sek_settings_request){.credentials = &login}, &settings, &err), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(sek_config_get(&settings, &login, cases[i].key, &out, &from, &err), 0);
        assert_string_equal(out.data, cases[i].value);
        sek_buffer_clear(&out);
    }
    for (size_t i = 0; i < sek_config_key_count; i++) {
        assert_int_equal(sek_config_get(&settings, &login, sek_config_keys[i].name, &out, &from, &err), 0);
        sek_buffer_clear(&out);
    }
    assert_int_equal(sek_config_get(&settings, &login, "api_key", &out, &from, &err), SEKUIRE_ERR_USAGE);
}

static const struct {
    const char *before; /* NULL: no file */
    const char *key;
    const char *value;
    const char *after;
} edits[] = {
    {NULL, "workspace", "ws", "workspace: ws\n"},
    {NULL, "trust.require_pinned", "true", "trust:\n  require_pinned: true\n"},
    {"# mine\n", "workspace", "ws", "# mine\nworkspace: ws\n"},
    {"# mine", "workspace", "ws", "# mine\nworkspace: ws\n"},
    {"workspace: old # why\nbackend: https://h\n", "workspace", "new", "workspace: new # why\nbackend: https://h\n"},
    {"workspace: 'old' # why\n", "workspace", "new", "workspace: new # why\n"},
    {"workspace: \"o\" # why\n", "workspace.id", "new", "workspace: new # why\n"},
    {"\"workspace\":   old\n", "workspace_id", "new", "\"workspace\": new\n"},
    {"workspace:\nbackend: https://h\n", "workspace", "new", "workspace: new\nbackend: https://h\n"},
    {"workspace: # none yet\n", "workspace", "new", "workspace: new # none yet\n"},
    {"workspace: old", "workspace", "new", "workspace: new"},
    {"workspace: old\r\nbackend: https://h\r\n", "workspace", "new", "workspace: new\r\nbackend: https://h\r\n"},
    {"backend: https://h", "workspace", "ws", "backend: https://h\nworkspace: ws\n"},
    {"# a\nworkspace: old # gone\n# b\n", "workspace", "", "# a\n# b\n"},
    {"backend: https://h\n", "workspace", "", "backend: https://h\n"},
    {"output:\n    # loud\n    color: always\nworkspace: ws\n", "output.color", "never",
     "output:\n    # loud\n    color: never\nworkspace: ws\n"},
    {"trust: # mine\nworkspace: ws\n", "trust.require_pinned", "true", "trust: # mine\n  require_pinned: true\nworkspace: ws\n"},
    {"trust:\n   require_pinned: true\n", "trust.require_pinned", "false", "trust:\n   require_pinned: false\n"},
    {"trust:\n  require_pinned: true\n", "trust.require_pinned", "", "trust:\n"},
    {"workspace: ws\n", "output.color", "never", "workspace: ws\noutput:\n  color: never\n"},
    {NULL, "backend", "https://h:9300/base", "backend: https://h:9300/base\n"},
    {NULL, "workspace", "null", "workspace: \"null\"\n"},
    {NULL, "workspace", "1e3", "workspace: \"1e3\"\n"},
    {"---\nworkspace: a\n", "workspace", "b", "---\nworkspace: b\n"},
};

static void set_changes_one_line_and_keeps_the_rest(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        struct sekuire_error err = {0};
        unlink(in("c/user.yaml"));
        if (edits[i].before != NULL) {
            mkdir(in("c"), 0700);
            put(in("c/user.yaml"), edits[i].before, 0640);
        }
        if (sek_config_set(in("c/user.yaml"), edits[i].key, edits[i].value, &err) != 0) fail_msg("case %zu: %s", i, err.message);
        assert_string_equal(get(in("c/user.yaml")), edits[i].after);
        if (edits[i].before != NULL) assert_int_equal(mode_of(in("c/user.yaml")), 0640);
    }
    print_message("%zu edits\n", sizeof edits / sizeof edits[0]);
}

static void set_leaves_alone_what_it_cannot_edit(void **state) {
    (void)state;
    static const char *const files[] = {"a: [", "unknown: 1\n", "- x\n", "{workspace: old, backend: \"https://h\"}\n", "{}\n",
                                        "workspace: >\n  old\nbackend: https://h\n", "workspace:\n  old\n", "workspace: a\n...\n---\nb: c\n",
                                        "\xff\xfe"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct sekuire_error err = {0};
        put(in("user.yaml"), files[i], 0600);
        int status = sek_config_set(in("user.yaml"), "workspace", "new", &err);
        if (status != SEKUIRE_ERR_CONFIG) fail_msg("case %zu gave %d: %s", i, status, get(in("user.yaml")));
        assert_int_equal(err.status, SEKUIRE_ERR_CONFIG);
        assert_string_equal(get(in("user.yaml")), files[i]);
    }
}

static void set_refuses_unknown_and_read_only_keys_and_malformed_values(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"api_key", "x"},         {"device.name", "x"},  {"auth.method", "token"},
                                           {"backend", "ftp://h"},   {"workspace", "../x"}, {"trust.require_pinned", "yes"},
                                           {"output.color", "blue"}, {"output", "x"},       {"workspace", "a\nbackend: https://evil"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sekuire_error err = {0};
        assert_int_equal(sek_config_set(in("user.yaml"), cases[i][0], cases[i][1], &err), SEKUIRE_ERR_USAGE);
        assert_int_equal(err.status, SEKUIRE_ERR_USAGE);
    }
    assert_int_equal(access(in("user.yaml"), F_OK), -1);
}

static void set_follows_a_link_to_the_file(void **state) {
    (void)state;
    struct stat st;
    put(in("dotfiles.yaml"), "workspace: a\n", 0600);
    assert_int_equal(symlink(in("dotfiles.yaml"), in("user.yaml")), 0);
    assert_int_equal(sek_config_set(in("user.yaml"), "workspace", "b", NULL), 0);
    assert_int_equal(lstat(in("user.yaml"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_string_equal(get(in("dotfiles.yaml")), "workspace: b\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CLEAN(the_workspace_comes_from_the_strongest_source),
        CLEAN(the_backend_comes_from_the_strongest_source),
        CLEAN(values_are_taken_as_they_are_written),
        CLEAN(malformed_options_and_variables_are_errors_of_usage),
        CLEAN(a_project_may_set_workspace_and_output_and_nothing_else),
        CLEAN(a_malformed_user_file_is_an_error_of_configuration),
        CLEAN(get_knows_our_keys_and_upstreams),
        CLEAN(set_changes_one_line_and_keeps_the_rest),
        CLEAN(set_leaves_alone_what_it_cannot_edit),
        CLEAN(set_refuses_unknown_and_read_only_keys_and_malformed_values),
        CLEAN(set_follows_a_link_to_the_file),
    };
    return cmocka_run_group_tests_name("client/config", tests, NULL, NULL);
}
