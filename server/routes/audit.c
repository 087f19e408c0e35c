/* SPDX-License-Identifier: Apache-2.0 */
/* /workspaces/W/audit, and the installation's own chain at /audit */
#include "server/routes/routes.h"

/* One row of the list. */
static int visit(void *context, const struct store_audit *row, const char *next) {
    struct list *list = context;
    if (list_row(list, next)) guard_audit_write(&list->writer, row, true);
    return 0;
}

/* A chain, page by page. */
static int answer_chain(struct exchange *x, struct sekuire_text workspace, struct sekuire_error *err) {
    struct list list;
    int status = list_begin(&list, x, err);
    if (status != 0) return status;
    status = list.session->ops->audit_each(list.session, workspace, &list.page, visit, &list, err);
    return list_end(&list, status, err);
}

int route_audit_workspace(struct exchange *x, struct sekuire_error *err) { return answer_chain(x, x->workspace, err); }

int route_audit_installation(struct exchange *x, struct sekuire_error *err) { return answer_chain(x, SEK_TEXT(""), err); }
