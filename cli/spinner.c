/* SPDX-License-Identifier: Apache-2.0 */
/* The spinner: a thread that turns it until it is stopped. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/output.h"

enum { FRAME_NANOSECONDS = 120000000, BILLION = 1000000000 };

struct cli_spinner {
    const char *what;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
};

/* A moment one frame from now. */
static struct timespec next_frame(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += FRAME_NANOSECONDS;
    if (t.tv_nsec >= BILLION) {
        t.tv_nsec -= BILLION;
        t.tv_sec++;
    }
    return t;
}

/* Turns until told to stop, then wipes the line. The first frame comes late: a quick answer shows none. */
static void *turn(void *context) {
    struct cli_spinner *spinner = context;
    static const char frames[] = "|/-\\";
    size_t i = 0;
    pthread_mutex_lock(&spinner->lock);
    while (!spinner->stopping) {
        struct timespec until = next_frame();
        pthread_cond_timedwait(&spinner->wake, &spinner->lock, &until);
        if (!spinner->stopping) fprintf(stderr, "\r%c %s", frames[i++ % 4], spinner->what);
    }
    if (i > 0) fprintf(stderr, "\r\033[K");
    pthread_mutex_unlock(&spinner->lock);
    return NULL;
}

struct cli_spinner *cli_spinner_start(struct cli *cli, const char *what) {
    const char *term = getenv("TERM");
    if (cli->quiet || !isatty(STDERR_FILENO) || (term != NULL && strcmp(term, "dumb") == 0)) return NULL;
    struct cli_spinner *spinner = sek_alloc_zero(1, sizeof *spinner);
    if (spinner == NULL) return NULL;
    fflush(stdout);
    spinner->what = what;
    pthread_mutex_init(&spinner->lock, NULL);
    pthread_cond_init(&spinner->wake, NULL);
    if (pthread_create(&spinner->thread, NULL, turn, spinner) == 0) return spinner;
    pthread_cond_destroy(&spinner->wake);
    pthread_mutex_destroy(&spinner->lock);
    sek_free(spinner);
    return NULL;
}

void cli_spinner_stop(struct cli_spinner *spinner) {
    if (spinner == NULL) return;
    pthread_mutex_lock(&spinner->lock);
    spinner->stopping = true;
    pthread_cond_signal(&spinner->wake);
    pthread_mutex_unlock(&spinner->lock);
    pthread_join(spinner->thread, NULL);
    pthread_cond_destroy(&spinner->wake);
    pthread_mutex_destroy(&spinner->lock);
    sek_free(spinner);
}
