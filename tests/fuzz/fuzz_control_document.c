/* fuzz_control_document: JSON that is said to be a control document, whole and in pieces. */
#include "tests/fuzz/fuzz_target.h"

#include "tests/fuzz/document_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message_headers headers;
	const struct document_context context = {
		.headers = &headers, .key_county = "532929", .limits = &document_limits_default};

	message_headers_read(&headers, NULL, 0);
	headers.kind = DOCUMENT_CONTROL;
	run_document_ways(&context, "UTF-8", data, size);
	return 0;
}
