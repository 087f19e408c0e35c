/* SPDX-License-Identifier: Apache-2.0 */
/* Decides every action of standard input (JSON, one in each line) by an accepted policy, and counts each as a request of one session:
 *   cc embed-decide.c $(pkg-config --cflags --libs sekuire) -o embed-decide
 *   ./embed-decide policy.json WORKSPACE PUBLIC-KEY-HEX < actions.jsonl */
#include <sekuire/sekuire.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { POLICY_MAX = 4 << 20, LINE_MAX_BYTES = 64 << 10 };

static struct sekuire_text text(const char *string) {
    struct sekuire_text t = {string, strlen(string)};
    return t;
}

/* The engine of a policy that is the workspace's, by this key; NULL, and the reason in *err. An engine never changes: any number of threads
 * may decide with one, and a new policy is a new engine in its place. */
static struct sekuire_engine *open_engine(struct sekuire_text envelope, const char *workspace, const char *key_hex, struct sekuire_error *err) {
    struct sekuire_policy *policy = NULL;
    struct sekuire_engine *engine = NULL;
    struct sekuire_public_key key;
    struct sekuire_acceptance acceptance = {workspace, &key, 1, (int64_t)time(NULL), NULL};
    if (sekuire_public_key_parse(text(key_hex), &key, err) == 0 && sekuire_policy_parse(envelope, &policy, err) == 0 &&
        sekuire_policy_accept(policy, &acceptance, NULL, err) == 0)
        (void)sekuire_engine_new(policy, 0, &engine, err);
    sekuire_policy_free(policy);
    return engine;
}

/* Is one more request within the limits? The session counts it if so. */
static int may_ask(struct sekuire_session *session, const struct sekuire_engine *engine, int64_t now) {
    struct sekuire_action request;
    struct sekuire_decision decision;
    memset(&request, 0, sizeof request);
    request.type = SEKUIRE_ACTION_RATE_LIMIT;
    request.target = text("request");
    request.count = 1;
    return sekuire_session_decide(session, engine, &request, now, &decision, NULL) == 0 && decision.verdict == SEKUIRE_ALLOW;
}

/* Decides one line and says so. Whatever is no decision is no. */
static void answer(const struct sekuire_engine *engine, struct sekuire_session *session, const char *line) {
    struct sekuire_parsed_action *parsed = NULL;
    struct sekuire_decision decision;
    struct sekuire_error err;
    char message[512];
    int64_t now = (int64_t)time(NULL);
    if (!may_ask(session, engine, now)) {
        puts("deny: too many requests");
        return;
    }
    if (sekuire_action_parse(text(line), 0, &parsed, &err) != 0 ||
        sekuire_decide(engine, sekuire_parsed_action_get(parsed, 0), now, &decision, &err) != 0) {
        printf("error: %s (%s)\n", err.message, sekuire_status_word(err.status));
    } else {
        sekuire_decision_message(&decision, sekuire_parsed_action_get(parsed, 0), message, sizeof message);
        printf("%s%s%s\n", sekuire_verdict_word(decision.verdict), message[0] != '\0' ? ": " : "", message);
    }
    sekuire_parsed_action_free(parsed);
}

int main(int argc, char **argv) {
    struct sekuire_error err;
    struct sekuire_engine *engine = NULL;
    struct sekuire_session *session = NULL;
    int code = 1;
    if (argc != 4) {
        fprintf(stderr, "usage: embed-decide POLICY WORKSPACE PUBLIC-KEY-HEX < ACTIONS\n");
        return 2;
    }
    char *bytes = (char *)malloc(POLICY_MAX);
    char *line = (char *)malloc(LINE_MAX_BYTES);
    FILE *file = fopen(argv[1], "rb");
    if (bytes == NULL || line == NULL || file == NULL) {
        perror(argv[1]);
        goto out;
    }
    {
        struct sekuire_text envelope = {bytes, fread(bytes, 1, POLICY_MAX, file)};
        engine = open_engine(envelope, argv[2], argv[3], &err);
    }
    if (engine == NULL || sekuire_session_new(&session, &err) != 0) {
        fprintf(stderr, "embed-decide: %s (%s)\n", err.message, sekuire_status_word(err.status));
        goto out;
    }
    while (fgets(line, LINE_MAX_BYTES, stdin) != NULL) answer(engine, session, line);
    code = 0;
out:
    if (file != NULL) fclose(file);
    sekuire_session_free(session);
    sekuire_engine_free(engine);
    free(line);
    free(bytes);
    return code;
}
