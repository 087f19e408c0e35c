/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/process.h"

/* Exit code of a child that keeps secrets: 0 if it can leave no dump. */
static int child(void) {
    struct rlimit core = {1, 1};
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1) return 1; /* the test would show nothing */
    sys_keep_secrets();
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0) return 2;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 3;
}

static void a_program_that_keeps_secrets_leaves_no_dump(void **state) {
    (void)state;
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) _exit(child());
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_program_that_keeps_secrets_leaves_no_dump)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
