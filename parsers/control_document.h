/*
 * control_document: `open_campaign` and `tick`, one JSON object (design 5.1, values against section 8).
 *
 * Whether a campaign is older than the county's newest is for the reader of the record to judge. One thread at a time.
 */
#ifndef DUIZHANG_PARSERS_CONTROL_DOCUMENT_H
#define DUIZHANG_PARSERS_CONTROL_DOCUMENT_H

#include "parsers/format_parser.h"

extern const struct format_parser control_document_format;

#endif
