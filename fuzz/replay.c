/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a target over the files of a folder, without a fuzzer: replay FOLDER. Prints how many there were; none is an error. */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* Targets that need no start do not define their own. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    return 0;
}

static char running[256];

/* Names the input that stopped the program. */
static void on_abort(int signal_number) {
    static const char text[] = " is the input that failed\n";
    (void)signal_number;
    if (write(2, running, strlen(running)) > 0 && write(2, text, sizeof text - 1) > 0) _exit(1);
    _exit(1);
}

/* Runs one file, in memory of exactly its size, so that AddressSanitizer sees every byte too far. */
static int run(int folder, const char *name) {
    struct stat st;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) return -1;
    size_t size = (size_t)st.st_size;
    uint8_t *data = malloc(size == 0 ? 1 : size);
    int status = data != NULL && read(fd, data, size) == (ssize_t)size ? 0 : -1;
    snprintf(running, sizeof running, "%s", name);
    if (status == 0) LLVMFuzzerTestOneInput(data, size);
    free(data);
    close(fd);
    return status;
}

int main(int argc, char **argv) {
    unsigned count = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (folder == NULL) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    signal(SIGABRT, on_abort);
    LLVMFuzzerInitialize(&argc, &argv);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.') continue;
        if (run(dirfd(folder), entry->d_name) != 0) {
            fprintf(stderr, "cannot read %s\n", entry->d_name);
            return 1;
        }
        count++;
    }
    closedir(folder);
    printf("fuzz: %u inputs\n", count);
    return count == 0;
}
