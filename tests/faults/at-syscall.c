/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program and ends it, or fails it, at one of its system calls.
 *
 *     at-syscall [--only changing|files] [--log FILE] [--kill N | --fail N --errno NUMBER] PROGRAM [ARGUMENT...]
 *
 * --kill N: SIGKILL as it enters the Nth call that counts. --fail N: the Nth does not happen and answers the error. Counted are all
 * calls of all threads; with `changing` those alone that can change what others see of the program (a file made, written, renamed; bytes
 * sent), with `files` those on files that are not the system's. --log: one line for each that counts. Ends as the program ended, by
 * its code or its signal; 125 if tracing failed. SIGTERM kills the program. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <elf.h>

enum { TASKS_MAX = 256, FILES_MAX = 1024, PATH_SIZE = 256, TRACE_FAILED = 125 };
enum which { ALL, CHANGING, FILES };

/* What a call does; CHANGES and OF_FILES are sets of them. */
enum kind { OTHER, OPEN, CREATE, READ, WRITE, SYNC, NAME, MODE, CLOSE, LOCK, LOOK, SEND };

struct call {
    long number;
    enum kind kind;
    const char *name;
};

#define CALL(name, kind) {SYS_##name, kind, #name}
static const struct call calls[] = {
    CALL(openat, OPEN), CALL(read, READ), CALL(pread64, READ), CALL(write, WRITE), CALL(writev, WRITE), CALL(pwrite64, WRITE),
    CALL(fsync, SYNC), CALL(fdatasync, SYNC), CALL(ftruncate, WRITE), CALL(renameat, NAME), CALL(renameat2, NAME), CALL(linkat, NAME),
    CALL(unlinkat, NAME), CALL(mkdirat, NAME), CALL(fchmod, MODE), CALL(fchmodat, MODE), CALL(close, CLOSE), CALL(fcntl, LOCK),
    CALL(flock, LOCK), CALL(newfstatat, LOOK), CALL(statx, LOOK), CALL(sendto, SEND), CALL(sendmsg, SEND), CALL(connect, SEND),
    CALL(getdents64, READ),
#if defined(SYS_open)
    CALL(open, OPEN), CALL(stat, LOOK), CALL(lstat, LOOK), CALL(rename, NAME), CALL(link, NAME), CALL(unlink, NAME), CALL(mkdir, NAME),
    CALL(chmod, MODE),
#endif
#if defined(SYS_fstat)
    CALL(fstat, LOOK),
#endif
};

/* A thread of the program. */
struct task {
    pid_t pid;
    bool inside;   /* between the entry and the exit of a call */
    bool failing;  /* the call is to fail at its exit */
    uint64_t closing; /* the descriptor that the call closes; 0: none */
    bool opening;  /* the call opens a file that counts */
};

static struct task tasks[TASKS_MAX];
static bool own_file[FILES_MAX] = {true, true}; /* by descriptor: stdin, stdout, or a file that was opened and is not the system's */
static enum which which = ALL;
static pid_t program;
static long kill_at, fail_at, fail_errno = EIO, counted;
static FILE *log_file;

/* Says why and gives up. */
static void fail(const char *what) {
    fprintf(stderr, "at-syscall: %s: %s\n", what, strerror(errno));
    exit(TRACE_FAILED);
}

/* SIGTERM ends the program at once; this one ends when that is gone. */
static void end_program(int signal_number) {
    (void)signal_number;
    kill(program, SIGKILL);
}

/* The entry of a thread, made at its first stop. */
static struct task *task_of(pid_t pid) {
    for (size_t i = 0; i < TASKS_MAX; i++) {
        if (tasks[i].pid == pid) return &tasks[i];
        if (tasks[i].pid == 0) {
            tasks[i].pid = pid;
            return &tasks[i];
        }
    }
    errno = EMFILE;
    fail("threads");
    return NULL;
}

/* Copies a string out of the program. */
static void read_string(pid_t pid, uint64_t address, char out[PATH_SIZE]) {
    size_t size = 0;
    while (size + 1 < PATH_SIZE) {
        struct iovec local = {out + size, 1};
        struct iovec remote = {(void *)(uintptr_t)(address + size), 1};
        if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != 1 || out[size] == '\0') break;
        size++;
    }
    out[size] = '\0';
}

/* Libraries, devices and what the kernel tells: their failures are the system's own. */
static bool is_system_path(const char *path) {
    if (strstr(path, ".so") != NULL) return true;
    static const char *const places[] = {"/lib", "/usr/", "/etc/", "/proc/", "/sys/", "/dev/"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strncmp(path, places[i], strlen(places[i])) == 0) return true;
    return false;
}

/* Is the descriptor, the first argument, one of a file that counts? stderr is none (who could be told), nor are sockets. */
static bool own_descriptor(uint64_t fd) { return fd < FILES_MAX && own_file[fd]; }

/* Does this entry count? Fills in what stands in the log. */
static bool counts(struct task *task, const struct __ptrace_syscall_info *info, const char **ret_name, char path[PATH_SIZE]) {
    const __uint64_t *args = info->entry.args;
    const struct call *call = NULL;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0] && call == NULL; i++)
        if (calls[i].number == (long)info->entry.nr) call = &calls[i];
    enum kind kind = call == NULL ? OTHER : call->kind;
    *ret_name = call == NULL ? "other" : call->name;
    path[0] = '\0';
    task->opening = false;
    task->closing = kind == CLOSE ? args[0] : 0;
    if (kind == OPEN) {
        bool at = strcmp(call->name, "openat") == 0;
        read_string(task->pid, args[at], path);
        task->opening = !is_system_path(path);
        if ((args[at + 1] & (O_CREAT | O_WRONLY | O_RDWR)) != 0) kind = CREATE;
    }
    if (kind == NAME || kind == LOOK) {
        bool at = strstr(call->name, "at") != NULL && strcmp(call->name, "stat") != 0 && strcmp(call->name, "lstat") != 0;
        if (strcmp(call->name, "fstat") != 0) read_string(task->pid, args[at], path);
    }
    if (which == ALL) return true;
    bool system = is_system_path(path);
    bool descriptor = kind == READ || kind == WRITE || kind == SYNC || kind == MODE || kind == CLOSE || kind == LOCK ||
                      (kind == LOOK && path[0] == '\0');
    if (descriptor) system = !own_descriptor(args[0]);
    /* Locks of SQLite (F_SETLK) do not count: it tries again for seconds, and a lock that cannot be given back is kept for good. */
    if (kind == LOCK && strcmp(call->name, "fcntl") == 0 && args[1] != F_OFD_SETLK && args[1] != F_OFD_SETLKW) return false;
    if (which == CHANGING)
        return !system && (kind == CREATE || kind == WRITE || kind == SYNC || kind == NAME || kind == MODE || kind == CLOSE || kind == LOCK ||
                           kind == SEND);
    return !system && kind != OTHER && kind != SEND;
}

/* The call is replaced by none. */
static void skip_call(pid_t pid) {
#if defined(__x86_64__)
    if (ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L) != 0) fail("orig_rax");
#elif defined(__aarch64__)
    int none = -1;
    struct iovec value = {&none, sizeof none};
    if (ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &value) != 0) fail("system call number");
#else
#error "teach this file to skip a system call on this machine"
#endif
}

/* The skipped call's answer. */
static void answer_error(pid_t pid) {
#if defined(__x86_64__)
    if (ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), -fail_errno) != 0) fail("rax");
#elif defined(__aarch64__)
    struct user_regs_struct registers;
    struct iovec value = {&registers, sizeof registers};
    if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &value) != 0) fail("registers");
    registers.regs[0] = (unsigned long long)-fail_errno;
    if (ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &value) != 0) fail("registers");
#endif
}

/* A thread stands before a call. */
static void entered(struct task *task, const struct __ptrace_syscall_info *info) {
    char path[PATH_SIZE];
    const char *name;
    if (!counts(task, info, &name, path)) return;
    counted++;
    if (log_file != NULL) fprintf(log_file, "%ld %s %s\n", counted, name, path);
    if (log_file != NULL) fflush(log_file);
    if (counted == kill_at) kill(program, SIGKILL);
    if (counted == fail_at) {
        skip_call(task->pid);
        task->failing = true;
    }
}

/* A thread has come back from a call. */
static void left(struct task *task, const struct __ptrace_syscall_info *info) {
    if (task->failing) answer_error(task->pid);
    task->failing = false;
    int64_t fd = info->exit.rval;
    if (fd > STDERR_FILENO && fd < FILES_MAX && task->opening) own_file[fd] = true;
    if (task->closing > 0 && task->closing < FILES_MAX) own_file[task->closing] = false;
    task->opening = false;
    task->closing = 0;
}

/* Lets every thread go from call to call until the program ends; its status. */
static int trace(void) {
    int status = 0;
    for (;;) {
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && errno == EINTR) continue;
        if (pid < 0) fail("waitpid");
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (pid == program) return status;
            continue;
        }
        long deliver = 0;
        int stop = WSTOPSIG(status);
        struct task *task = task_of(pid);
        if (stop == (SIGTRAP | 0x80)) {
            struct __ptrace_syscall_info info;
            if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0) continue;
            if (info.op == PTRACE_SYSCALL_INFO_ENTRY) entered(task, &info);
            else if (info.op == PTRACE_SYSCALL_INFO_EXIT) left(task, &info);
        } else if (stop != SIGTRAP && stop != SIGSTOP) {
            deliver = stop;
        }
        if (ptrace(PTRACE_SYSCALL, pid, NULL, deliver) != 0 && errno != ESRCH) fail("ptrace");
    }
}

/* A number from the command line. */
static long number(const char *text) {
    char *end = NULL;
    long value = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 1) {
        errno = EINVAL;
        fail(text);
    }
    return value;
}

int main(int argc, char **argv) {
    int i = 1;
    for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
        if (strcmp(argv[i], "--only") == 0) which = strcmp(argv[i + 1], "changing") == 0 ? CHANGING : FILES;
        else if (strcmp(argv[i], "--kill") == 0) kill_at = number(argv[i + 1]);
        else if (strcmp(argv[i], "--fail") == 0) fail_at = number(argv[i + 1]);
        else if (strcmp(argv[i], "--errno") == 0) fail_errno = number(argv[i + 1]);
        else if (strcmp(argv[i], "--log") == 0) log_file = fopen(argv[i + 1], "we");
        else break;
    }
    if (i >= argc || strncmp(argv[i], "--", 2) == 0) {
        errno = EINVAL;
        fail("arguments");
    }
    program = fork();
    if (program < 0) fail("fork");
    if (program == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) fail("traceme");
        raise(SIGSTOP);
        execv(argv[i], argv + i);
        fail(argv[i]);
    }
    signal(SIGTERM, end_program);
    int status = 0;
    if (waitpid(program, &status, 0) != program || !WIFSTOPPED(status)) fail("start");
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC;
    if (ptrace(PTRACE_SETOPTIONS, program, NULL, options) != 0) fail("options");
    if (ptrace(PTRACE_SYSCALL, program, NULL, 0L) != 0) fail("ptrace");
    status = trace();
    if (log_file != NULL) fclose(log_file);
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    return TRACE_FAILED;
}
