/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sys/file.h"

static char folder[64];

/* A path in the test's folder, valid until the call after the next three. */
static const char *in(const char *name) {
    static char paths[4][256];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/sekuire-test-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? 0 : -1;
}

/* The number of entries in the test's folder. */
static unsigned entries(void) {
    unsigned count = 0;
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) count++;
    closedir(directory);
    return count;
}

static void put(const char *path, const char *text, mode_t mode) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void assert_holds(const char *path, const char *text) {
    struct sek_buffer bytes;
    struct sekuire_error err = {0};
    sek_buffer_init(&bytes, 1 << 20);
    assert_int_equal(sys_read_file(path, &bytes, &err), 0);
    assert_string_equal(bytes.data == NULL ? "" : bytes.data, text);
    sek_buffer_clear(&bytes);
}

static mode_t mode_of(const char *path) {
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void read_takes_exactly_the_cap_and_refuses_one_byte_more(void **state) {
    (void)state;
    struct sek_buffer bytes;
    struct sekuire_error err = {0};
    put(in("five"), "12345", 0600);
    sek_buffer_init(&bytes, 5);
    assert_int_equal(sys_read_file(in("five"), &bytes, &err), 0);
    assert_int_equal(bytes.size, 5);
    sek_buffer_clear(&bytes);
    sek_buffer_init(&bytes, 4);
    assert_int_equal(sys_read_file(in("five"), &bytes, &err), SEKUIRE_ERR_TOO_LARGE);
    assert_string_equal(err.message, "is larger than 4 bytes");
    assert_int_equal(bytes.size, 0);
    sek_buffer_clear(&bytes);
}

static void read_appends_and_leaves_the_buffer_alone_on_failure(void **state) {
    (void)state;
    struct sek_buffer bytes;
    struct sekuire_error err = {0};
    put(in("long"), "0123456789", 0600);
    sek_buffer_init(&bytes, 8);
    sek_buffer_string(&bytes, "abc");
    assert_int_equal(sys_read_file(in("long"), &bytes, &err), SEKUIRE_ERR_TOO_LARGE);
    assert_string_equal(bytes.data, "abc");
    sek_buffer_clear(&bytes);
}

static void read_refuses_what_is_no_file(void **state) {
    (void)state;
    struct sek_buffer bytes;
    struct sekuire_error err = {0};
    sek_buffer_init(&bytes, 100);
    assert_int_equal(sys_read_file(folder, &bytes, &err), SEKUIRE_ERR_IO);
    assert_string_equal(err.message, "is a directory");
    assert_int_equal(sys_read_file("/dev/zero", &bytes, &err), SEKUIRE_ERR_IO);
    assert_string_equal(err.message, "is a device and no regular file");
    assert_int_equal(sys_read_regular("/dev/zero", &bytes, &err), SEKUIRE_ERR_IO);
    assert_int_equal(mkfifo(in("pipe"), 0600), 0);
    assert_int_equal(sys_read_regular(in("pipe"), &bytes, &err), SEKUIRE_ERR_IO); /* and does not wait for a writer */
    assert_string_equal(err.message, "is a pipe and no regular file");
    assert_true(sys_is_other(in("pipe")));
    assert_false(sys_is_other(in("missing")));
    assert_int_equal(sys_read_file(in("missing"), &bytes, &err), SEKUIRE_ERR_IO);
    assert_string_equal(err.message, "cannot be opened: No such file or directory");
}

static void secret_refuses_open_modes_and_links(void **state) {
    (void)state;
    struct sek_buffer bytes;
    struct sekuire_error err = {0};
    sek_buffer_init(&bytes, 100);
    put(in("secret"), "s3", 0600);
    assert_int_equal(sys_read_secret(in("secret"), &bytes, &err), 0);
    assert_string_equal(bytes.data, "s3");
    static const mode_t modes[] = {0644, 0640, 0604, 0620, 0602, 0601};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(chmod(in("secret"), modes[i]), 0);
        assert_int_equal(sys_read_secret(in("secret"), &bytes, &err), SEKUIRE_ERR_CONFIG);
        assert_non_null(strstr(err.message, "chmod 600 "));
    }
    assert_int_equal(chmod(in("secret"), 0600), 0);
    assert_int_equal(symlink(in("secret"), in("link")), 0);
    assert_int_equal(sys_read_secret(in("link"), &bytes, &err), SEKUIRE_ERR_CONFIG);
    assert_string_equal(err.message, "is a symbolic link");
    sek_buffer_clear(&bytes);
}

static void secret_refuses_another_users_file(void **state) {
    (void)state;
    struct sek_buffer bytes;
    struct sekuire_error err = {0};
    sek_buffer_init(&bytes, 100);
    if (geteuid() == 0) {
        put(in("foreign"), "s3", 0600);
        assert_int_equal(chown(in("foreign"), 65534, 65534), 0);
        assert_int_equal(sys_read_secret(in("foreign"), &bytes, &err), SEKUIRE_ERR_CONFIG);
        assert_string_equal(err.message, "belongs to another user");
    } else {
        assert_int_equal(sys_read_secret("/etc/passwd", &bytes, &err), SEKUIRE_ERR_CONFIG);
        assert_string_equal(err.message, "belongs to another user");
    }
}

static void replace_sets_bytes_and_mode_and_leaves_nothing_else(void **state) {
    (void)state;
    struct sekuire_error err = {0};
    put(in("file"), "old", 0644);
    assert_int_equal(sys_replace_file(in("file"), SEK_TEXT("new"), 0600, &err), 0);
    assert_holds(in("file"), "new");
    assert_int_equal(mode_of(in("file")), 0600);
    assert_int_equal(sys_replace_file(in("fresh"), SEK_TEXT(""), 0644, &err), 0);
    assert_holds(in("fresh"), "");
    assert_int_equal(mode_of(in("fresh")), 0644);
    assert_int_equal(entries(), 2);
}

static void replace_replaces_a_link_and_not_what_it_names(void **state) {
    (void)state;
    struct sekuire_error err = {0};
    struct stat st;
    put(in("target"), "precious", 0600);
    assert_int_equal(symlink(in("target"), in("out")), 0);
    assert_int_equal(sys_replace_file(in("out"), SEK_TEXT("new"), 0600, &err), 0);
    assert_holds(in("target"), "precious");
    assert_holds(in("out"), "new");
    assert_int_equal(lstat(in("out"), &st), 0);
    assert_true(S_ISREG(st.st_mode));
}

static void replace_refuses_a_directory(void **state) {
    (void)state;
    struct sekuire_error err = {0};
    assert_int_equal(mkdir(in("place"), 0700), 0);
    assert_int_equal(sys_replace_file(in("place"), SEK_TEXT("x"), 0600, &err), SEKUIRE_ERR_IO);
    assert_int_equal(sys_replace_file(in("place/"), SEK_TEXT("x"), 0600, &err), SEKUIRE_ERR_IO);
    assert_int_equal(sys_replace_file(in("nowhere/file"), SEK_TEXT("x"), 0600, &err), SEKUIRE_ERR_IO);
    assert_int_equal(entries(), 1);
}

static void what_is_no_regular_file_is_not_replaced(void **state) {
    (void)state;
    struct sekuire_error err = {0};
    struct sys_pending *pending = NULL;
    assert_int_equal(mkfifo(in("pipe"), 0600), 0);
    assert_int_equal(symlink("pipe", in("link")), 0);
    assert_int_equal(symlink("/dev/null", in("null")), 0);
    assert_int_equal(symlink("nowhere", in("dangling")), 0);
    put(in("opened"), "", 0600); /* as where the output is a file */
    int fd = open(in("opened"), O_WRONLY | O_CLOEXEC);
    char target[64];
    char name[64];
    assert_true(fd >= 0);
    snprintf(target, sizeof target, "/proc/self/fd/%d", fd);
    snprintf(name, sizeof name, "/dev/fd/%d", fd);
    assert_int_equal(symlink(target, in("output")), 0);
    static const char *const names[] = {"pipe", "link", "null", "output", "."};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(sys_check_replaceable(in(names[i]), &err), SEKUIRE_ERR_IO);
        assert_non_null(strstr(err.message, "is no regular file"));
        assert_int_equal(sys_replace_file(in(names[i]), SEK_TEXT("x"), 0600, NULL), SEKUIRE_ERR_IO);
    }
    assert_int_equal(sys_check_replaceable(name, NULL), SEKUIRE_ERR_IO);
    assert_int_equal(close(fd), 0);
    assert_int_equal(entries(), 6);
    assert_int_equal(sys_check_replaceable(in("dangling"), NULL), 0);
    assert_int_equal(sys_check_replaceable(in("missing"), NULL), 0);
    assert_int_equal(sys_check_replaceable(in("no/folder"), NULL), 0);
    assert_int_equal(sys_pending_write(in("file"), SEK_TEXT("x"), 0600, &pending, NULL), 0);
    assert_false(sys_pending_is_placed(pending));
    assert_int_equal(sys_pending_commit(pending, NULL), 0);
    assert_true(sys_pending_is_placed(pending));
    sys_pending_discard(pending);
    assert_false(sys_pending_is_placed(NULL));
}

static void the_usual_mode_is_the_old_files_or_the_umasks(void **state) {
    (void)state;
    mode_t before = umask(027);
    assert_int_equal(sys_replace_file(in("fresh"), SEK_TEXT("x"), SYS_MODE_USUAL, NULL), 0);
    umask(before);
    assert_int_equal(mode_of(in("fresh")), 0640);
    assert_int_equal(chmod(in("fresh"), 04604), 0);
    assert_int_equal(sys_replace_file(in("fresh"), SEK_TEXT("y"), SYS_MODE_USUAL, NULL), 0);
    assert_int_equal(mode_of(in("fresh")), 0604);
}

/* Absolute paths that name one file to be, whether folders are there or not. */
static void one_place_has_many_names(void **state) {
    (void)state;
    assert_int_equal(mkdir(in("a"), 0700), 0);
    assert_int_equal(symlink("a", in("way")), 0);
    put(in("a/file"), "", 0600);
    assert_int_equal(link(in("a/file"), in("hard")), 0);
    static const char *const same[][2] = {{"a/new", "way/new"},       {"a/new", "a/./../a//new"}, {"x/y/new", "x/./y/../y/new"},
                                          {"x/y/new", "way/../x//y/new"}, {"a/file", "hard"},     {"new", "a/../new"}};
    static const char *const others[][2] = {{"a/new", "a/newer"}, {"a/new", "x/new"}, {"x/y", "x/z/y"}, {"new", "x/new"}, {"a/file", "way"}};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) assert_true(sys_same_place(in(same[i][0]), in(same[i][1])));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) assert_false(sys_same_place(in(others[i][0]), in(others[i][1])));
    char here[4096];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(folder), 0);
    assert_true(sys_same_place("new", in("new")));
    assert_true(sys_same_place("./x/new", in("x/new")));
    assert_true(sys_same_place("way/new", "a/new"));
    assert_int_equal(chdir(here), 0);
    assert_true(sys_same_place("/no-such-folder/../../x", "/x"));
}

/* Runs a check in a child, for what changes the whole process; the check's return value is 0 if all is well. */
static void in_child(int (*check)(void)) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(check());
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int write_over_the_limit(void) {
    static char big[64 << 10];
    struct sekuire_error err = {0};
    const struct rlimit limit = {4096, 4096};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 10;
    if (sys_replace_file(in("file"), (struct sekuire_text){big, sizeof big}, 0600, &err) != SEKUIRE_ERR_NO_SPACE) return 11;
    if (err.status != SEKUIRE_ERR_NO_SPACE || strncmp(err.message, "cannot be written: ", 19) != 0) return 12;
    if (sys_create_file(in("other"), (struct sekuire_text){big, sizeof big}, 0600, &err) != SEKUIRE_ERR_NO_SPACE) return 13;
    return sys_replace_file(in("small"), SEK_TEXT("fits"), 0600, &err) == 0 ? 0 : 14;
}

static void a_full_disk_leaves_the_old_file_and_no_other(void **state) {
    (void)state;
    put(in("file"), "old", 0600);
    in_child(write_over_the_limit);
    assert_holds(in("file"), "old");
    assert_holds(in("small"), "fits");
    assert_int_equal(entries(), 2);
}

static int write_where_it_is_forbidden(void) {
    struct sekuire_error err = {0};
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return 20;
    if (sys_replace_file(in("file"), SEK_TEXT("new"), 0600, &err) != SEKUIRE_ERR_IO) return 21;
    if (strcmp(err.message, "cannot be written: Permission denied") != 0) return 22;
    return sys_create_file(in("other"), SEK_TEXT("new"), 0600, &err) == SEKUIRE_ERR_IO ? 0 : 23;
}

static void a_read_only_folder_leaves_the_old_file(void **state) {
    (void)state;
    put(in("file"), "old", 0644);
    assert_int_equal(chmod(folder, 0555), 0);
    in_child(write_where_it_is_forbidden);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_holds(in("file"), "old");
    assert_int_equal(entries(), 1);
}

static void pending_changes_nothing_until_commit(void **state) {
    (void)state;
    struct sys_pending *pending = NULL;
    struct sekuire_error err = {0};
    put(in("file"), "old", 0600);
    assert_int_equal(sys_pending_write(in("file"), SEK_TEXT("new"), 0600, &pending, &err), 0);
    assert_holds(in("file"), "old");
    assert_int_equal(entries(), 2);
    sys_pending_discard(pending);
    assert_holds(in("file"), "old");
    assert_int_equal(entries(), 1);
    assert_int_equal(sys_pending_write(in("file"), SEK_TEXT("new"), 0600, &pending, &err), 0);
    assert_int_equal(sys_pending_commit(pending, &err), 0);
    sys_pending_discard(pending);
    assert_holds(in("file"), "new");
    assert_int_equal(entries(), 1);
    sys_pending_discard(NULL);
}

static void create_never_overwrites(void **state) {
    (void)state;
    struct sekuire_error err = {0};
    assert_int_equal(sys_create_file(in("key"), SEK_TEXT("a"), 0600, &err), 0);
    assert_int_equal(mode_of(in("key")), 0600);
    assert_int_equal(sys_create_file(in("key"), SEK_TEXT("b"), 0600, &err), SEKUIRE_ERR_EXISTS);
    assert_holds(in("key"), "a");
    assert_int_equal(symlink(in("elsewhere"), in("dangling")), 0);
    assert_int_equal(sys_create_file(in("dangling"), SEK_TEXT("b"), 0600, &err), SEKUIRE_ERR_EXISTS);
    assert_false(sys_exists(in("elsewhere")));
}

static void directories_are_made_private_with_their_parents(void **state) {
    (void)state;
    struct sekuire_error err = {0};
    assert_int_equal(sys_make_directories(in("a/b//c/"), &err), 0);
    assert_int_equal(mode_of(in("a")), 0700);
    assert_int_equal(mode_of(in("a/b/c")), 0700);
    assert_int_equal(sys_make_directories(in("a/b/c"), &err), 0);
    put(in("file"), "", 0600);
    assert_int_equal(sys_make_directories(in("file/x"), &err), SEKUIRE_ERR_IO);
    assert_int_equal(sys_make_directories(in("file"), &err), SEKUIRE_ERR_IO);
}

static int lock_is_held(void) {
    struct sys_lock *lock = NULL;
    struct sekuire_error err = {0};
    return sys_lock_file(in("lock"), false, &lock, &err) == SEKUIRE_ERR_CONFLICT && err.status == SEKUIRE_ERR_CONFLICT ? 0 : 30;
}

static int lock_is_free(void) {
    struct sys_lock *lock = NULL;
    if (sys_lock_file(in("lock"), false, &lock, NULL) != 0) return 31;
    sys_unlock(lock);
    return 0;
}

static void a_lock_keeps_others_out_until_it_is_given_back(void **state) {
    (void)state;
    struct sys_lock *lock = NULL;
    struct sekuire_error err = {0};
    assert_int_equal(sys_lock_file(in("lock"), true, &lock, &err), 0);
    assert_int_equal(mode_of(in("lock")), 0600);
    in_child(lock_is_held);
    assert_int_equal(lock_is_held(), 0);
    sys_unlock(lock);
    in_child(lock_is_free);
    sys_unlock(NULL);
}

static void a_lock_is_not_taken_through_a_link(void **state) {
    (void)state;
    struct sys_lock *lock = NULL;
    struct sekuire_error err = {0};
    assert_int_equal(symlink("elsewhere", in("lock")), 0);
    assert_int_equal(sys_lock_file(in("lock"), false, &lock, &err), SEKUIRE_ERR_IO);
    assert_null(lock);
    assert_false(sys_exists(in("elsewhere")));
}

static void inside_follows_links_and_wants_a_regular_file(void **state) {
    (void)state;
    char *real = NULL;
    struct sekuire_error err = {0};
    assert_int_equal(mkdir(in("project"), 0700), 0);
    put(in("project/prompt"), "", 0600);
    put(in("outside"), "", 0600);
    put(in("projectile"), "", 0600);
    assert_int_equal(symlink(in("outside"), in("project/leads-out")), 0);
    assert_int_equal(symlink(in("project/prompt"), in("leads-in")), 0);
    assert_int_equal(sys_real_path(in("project"), &real, &err), 0);
    assert_true(sys_inside(real, in("project/prompt")));
    assert_true(sys_inside(real, in("leads-in")));
    assert_true(sys_inside("/", in("outside")));
    assert_false(sys_inside(real, in("project/leads-out")));
    assert_false(sys_inside(real, in("project/../outside")));
    assert_false(sys_inside(real, in("projectile")));
    assert_false(sys_inside(real, in("project")));
    assert_false(sys_inside(real, in("project/missing")));
    sek_free(real);
    assert_int_equal(sys_real_path(in("missing"), &real, &err), SEKUIRE_ERR_IO);
}

static int exists_where_it_may_not_look(void) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return 40;
    return sys_exists(in("closed/file")) ? 0 : 41;
}

static void exists_takes_what_it_may_not_look_at_for_something(void **state) {
    (void)state;
    put(in("file"), "", 0600);
    assert_true(sys_exists(in("file")));
    assert_false(sys_exists(in("missing")));
    assert_false(sys_exists(in("file/below")));
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(mkdir(in("closed"), 0), 0);
    in_child(exists_where_it_may_not_look);
    assert_int_equal(chmod(in("closed"), 0700), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(read_takes_exactly_the_cap_and_refuses_one_byte_more),
        TEST(read_appends_and_leaves_the_buffer_alone_on_failure),
        TEST(read_refuses_what_is_no_file),
        TEST(secret_refuses_open_modes_and_links),
        TEST(secret_refuses_another_users_file),
        TEST(replace_sets_bytes_and_mode_and_leaves_nothing_else),
        TEST(replace_replaces_a_link_and_not_what_it_names),
        TEST(replace_refuses_a_directory),
        TEST(what_is_no_regular_file_is_not_replaced),
        TEST(the_usual_mode_is_the_old_files_or_the_umasks),
        TEST(one_place_has_many_names),
        TEST(a_full_disk_leaves_the_old_file_and_no_other),
        TEST(a_read_only_folder_leaves_the_old_file),
        TEST(pending_changes_nothing_until_commit),
        TEST(create_never_overwrites),
        TEST(directories_are_made_private_with_their_parents),
        TEST(a_lock_keeps_others_out_until_it_is_given_back),
        TEST(a_lock_is_not_taken_through_a_link),
        TEST(inside_follows_links_and_wants_a_regular_file),
        TEST(exists_takes_what_it_may_not_look_at_for_something),
    };
    return cmocka_run_group_tests_name("sys/file", tests, NULL, NULL);
}
