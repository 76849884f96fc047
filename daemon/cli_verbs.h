/*
 * cli_verbs: the verbs of duizhang, each defined in the file named beside it.
 */
#ifndef DUIZHANG_DAEMON_CLI_VERBS_H
#define DUIZHANG_DAEMON_CLI_VERBS_H

#include "daemon/cli.h"

extern const struct cli_verb cli_send_verb;          /* cli_send.c */
extern const struct cli_verb cli_open_campaign_verb; /* cli_send.c */
extern const struct cli_verb cli_tick_verb;          /* cli_send.c */
extern const struct cli_verb cli_topics_verb;        /* cli_topics.c */
extern const struct cli_verb cli_parse_verb;         /* cli_parse.c */
extern const struct cli_verb cli_status_verb;        /* cli_status.c */
extern const struct cli_verb cli_coverage_verb;      /* cli_coverage.c */
extern const struct cli_verb cli_campaigns_verb;     /* cli_campaigns.c */
extern const struct cli_verb cli_tasks_verb;         /* cli_tasks.c */
extern const struct cli_verb cli_preview_verb;       /* cli_preview.c */
extern const struct cli_verb cli_explain_verb;       /* cli_explain.c */

#endif
