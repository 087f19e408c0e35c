/* SPDX-License-Identifier: Apache-2.0 */
/* The hidden prompt. */
#include "cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/output.h"

/* Writes a string to the terminal; a terminal that takes nothing cannot be asked either. */
static bool say(int tty, const char *text) {
    size_t n = strlen(text);
    return write(tty, text, n) == (ssize_t)n;
}

/* Reads up to the end of the line. False if nothing came, or on a failure. */
static bool read_answer(int tty, struct sek_buffer *ret) {
    for (;;) {
        char c;
        ssize_t n = read(tty, &c, 1);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0 || c == '\n' || c == '\r') return n > 0 || ret->size > 0;
        sek_buffer_byte(ret, c);
    }
}

int cli_prompt_secret(struct cli *cli, const char *question, struct sek_buffer *ret) {
    struct termios old;
    struct termios hidden;
    sigset_t blocked;
    sigset_t before;
    int tty = isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY) : -1;
    if (tty < 0 || tcgetattr(tty, &old) != 0) {
        if (tty >= 0) close(tty);
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "there is no terminal to ask on");
    }
    hidden = old;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG); /* Ctrl-C comes as a character, so that the echo is never left off */
    hidden.c_lflag |= ICANON | ECHONL;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGHUP);
    sigaddset(&blocked, SIGTSTP);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    bool done = tcsetattr(tty, TCSAFLUSH, &hidden) == 0 && say(tty, question) && read_answer(tty, ret);
    tcsetattr(tty, TCSAFLUSH, &old);
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(tty);
    if (!done || (ret->data != NULL && strchr(ret->data, 0x03) != NULL))
        return cli_fail(cli, SEKUIRE_ERR_USAGE, "nothing was entered");
    return 0;
}
