/* SPDX-License-Identifier: Apache-2.0 */
/* The hidden prompt. A signal that ends the program comes only after the terminal shows again what is typed. */
#include "cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/output.h"
#include "crypto/ed25519.h"

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { ENDING_COUNT = sizeof ending_signals / sizeof ending_signals[0] };

static volatile sig_atomic_t caught;

static void catch_signal(int number) { caught = number; }

/* Writes a string to the terminal; a terminal that takes nothing cannot be asked either. */
static bool say(int tty, const char *text) {
    size_t n = strlen(text);
    return write(tty, text, n) == (ssize_t)n;
}

/* Reads up to the end of the line, with the signals of `waiting` let in only while it waits. False if nothing came, on a failure, and
 * once a signal was caught. */
static bool read_answer(int tty, const sigset_t *waiting, struct sek_buffer *ret) {
    struct pollfd ready = {.fd = tty, .events = POLLIN};
    bool came = false;
    char c = '\0';
    while (caught == 0) {
        if (ppoll(&ready, 1, NULL, waiting) < 0 && errno != EINTR) {
            came = false;
            break;
        }
        if (caught != 0 || ready.revents == 0) continue;
        ssize_t n = read(tty, &c, 1);
        if (n < 0 && errno == EINTR) continue;
        came = n > 0 || ret->size > 0;
        if (n <= 0 || c == '\n' || c == '\r') break;
        sek_buffer_byte(ret, c);
    }
    sek_wipe(&c, sizeof c);
    return came && caught == 0;
}

/* Asks with the echo off, and puts the terminal back as it was. */
static bool ask(int tty, const struct termios *old, const char *question, const sigset_t *waiting, struct sek_buffer *ret) {
    struct termios hidden = *old;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    hidden.c_lflag |= ICANON | ECHONL | ISIG;
    bool done = tcsetattr(tty, TCSAFLUSH, &hidden) == 0 && say(tty, question) && read_answer(tty, waiting, ret);
    tcsetattr(tty, TCSAFLUSH, old);
    return done;
}

int cli_prompt_secret(struct cli *cli, const char *question, struct sek_buffer *ret) {
    struct sigaction action = {.sa_handler = catch_signal};
    struct sigaction before[ENDING_COUNT];
    struct termios old;
    sigset_t blocked;
    sigset_t mask;
    int tty = isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY) : -1;
    if (tty < 0 || tcgetattr(tty, &old) != 0) {
        if (tty >= 0) close(tty);
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "there is no terminal to ask on");
    }
    caught = 0;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTSTP);
    for (size_t i = 0; i < ENDING_COUNT; i++) sigaddset(&blocked, ending_signals[i]);
    sigprocmask(SIG_BLOCK, &blocked, &mask);
    for (size_t i = 0; i < ENDING_COUNT; i++) sigaction(ending_signals[i], &action, &before[i]);
    sigset_t waiting = mask;
    sigaddset(&waiting, SIGTSTP);
    bool done = ask(tty, &old, question, &waiting, ret);
    for (size_t i = 0; i < ENDING_COUNT; i++) sigaction(ending_signals[i], &before[i], NULL);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    close(tty);
    if (caught != 0) raise(caught);
    return done ? 0 : cli_fail(cli, SEKUIRE_ERR_USAGE, "nothing was entered");
}
