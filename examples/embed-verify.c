/* SPDX-License-Identifier: Apache-2.0 */
/* Accepts a policy and decides one action with it, on the library alone:
 *   cc embed-verify.c $(pkg-config --cflags --libs sekuire) -o embed-verify
 *   ./embed-verify policy.json WORKSPACE PUBLIC-KEY-HEX TOOL */
#include <sekuire/sekuire.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { POLICY_MAX = 4 << 20 };

static struct sekuire_text text(const char *string) {
    struct sekuire_text t = {string, strlen(string)};
    return t;
}

static int complain(const char *what, const struct sekuire_error *err) {
    fprintf(stderr, "embed-verify: %s: %s (%s)\n", what, err->message, sekuire_status_word(err->status));
    return 1;
}

int main(int argc, char **argv) {
    struct sekuire_error err;
    struct sekuire_policy *policy = NULL;
    struct sekuire_engine *engine = NULL;
    struct sekuire_public_key key;
    int code = 1;
    if (argc != 5) {
        fprintf(stderr, "usage: embed-verify POLICY WORKSPACE PUBLIC-KEY-HEX TOOL\n");
        return 2;
    }
    char *bytes = (char *)malloc(POLICY_MAX);
    FILE *file = fopen(argv[1], "rb");
    if (bytes == NULL || file == NULL) {
        perror(argv[1]);
        free(bytes);
        return 3;
    }
    struct sekuire_text envelope = {bytes, fread(bytes, 1, POLICY_MAX, file)};
    struct sekuire_acceptance acceptance = {argv[2], &key, 1, (int64_t)time(NULL), NULL};
    fclose(file);

    if (sekuire_public_key_parse(text(argv[3]), &key, &err) != 0) {
        complain("key", &err);
        goto out;
    }
    if (sekuire_policy_parse(envelope, &policy, &err) != 0) {
        complain(argv[1], &err);
        goto out;
    }
    if (sekuire_policy_accept(policy, &acceptance, NULL, &err) != 0) {
        complain("not accepted", &err);
        goto out;
    }
    if (sekuire_engine_new(policy, 0, &engine, &err) != 0) {
        complain("no engine", &err);
        goto out;
    }
    struct sekuire_action action;
    struct sekuire_decision decision;
    memset(&action, 0, sizeof action);
    action.type = SEKUIRE_ACTION_TOOL;
    action.target = text(argv[4]);
    if (sekuire_decide(engine, &action, (int64_t)time(NULL), &decision, &err) != 0) {
        complain("no decision", &err);
        goto out;
    }
    char message[256];
    sekuire_decision_message(&decision, &action, message, sizeof message);
    printf("%s%s%s\n", sekuire_verdict_word(decision.verdict), message[0] != '\0' ? ": " : "", message);
    code = decision.verdict == SEKUIRE_ALLOW ? 0 : 1;
out:
    sekuire_engine_free(engine);
    sekuire_policy_free(policy);
    free(bytes);
    return code;
}
